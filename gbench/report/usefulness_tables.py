"""The two tables on usefulness, and their verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gbench.report import figures
from gbench.report.latent import told
from gbench.report.numbers import fixed, half_width, short
from gbench.report.usefulness import KINDS, Features, Taught, Useful, Values
from gbench.stats import Estimate, Verdict, compare, estimate

DASH = "\N{EN DASH}"
UNASKED = "Cannot be asked by class"
AGAINST = ("untrained", "raw pixels")
CLASSIFIED = (  # title of a column, and what its tip says
    ("samples alone", "Test accuracy of a classifier that is taught a model's samples alone, each "
     "of the class that was asked for. In the tip: the class that loses most."),
    ("against real images", "The same, less the accuracy of the classifier that is taught the real "
     "training images, at the same seed; in percentage points."),
    ("real and samples",
     "Test accuracy of a classifier that is taught both, with no more updates."),
    ("gain", "The same, less the accuracy of the classifier that is taught the real training "
     "images alone, at the same seed; in percentage points."),
    ("labelled by the judge", "Another question: samples alone, with the classes that the judge "
     "sees in them."),
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """
    Attributes:
        sign: of a difference: 1 better, -1 worse, 0 not told; None if it was not tested.
        verdict: against the best of the column; None where nothing is compared.
    """

    text: str
    interval: str = ""
    tip: str = ""
    sign: int | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Row:
    index: int | None
    title: str
    meaning: str
    cells: list[Cell]


Group = tuple[str, list[Row]]


def places(useful: Useful) -> int:
    """The decimals of a percentage that the size of the test split is worth."""
    return 1 if useful.card["protocol"]["n_test"] <= 1000 else 2


def verdicts(columns: Mapping[str, Values]) -> dict[str, Verdict]:
    """Against the highest mean, by `compare`."""
    return compare(
        {name: {s: -v for s, v in values.items()} for name, values in columns.items() if values}
    )


def less(first: Values, second: Values) -> Values:
    """The difference at each seed that both have."""
    return {seed: first[seed] - second[seed] for seed in first.keys() & second.keys()}


def classified(useful: Useful) -> list[Group]:
    """The rows of the first table: references, models asked for classes, the others."""
    ranked = [one for one in useful.models if one.ranked]
    judged = {t: verdicts({one.name: one.scores[t] for one in ranked}) for t in ("own", "judged")}
    rows = {}
    asked = [one for one in useful.models if one.scores["own"]]
    signs = {
        training: dict(
            zip(
                (one.name for one in asked),
                told([one.scores[training] for one in asked], [useful.real] * len(asked), "higher"),
                strict=True,
            )
        )
        for training in ("own", "joined")
    }
    for one in (*useful.references, *useful.models):
        beside = {t: _difference(useful, one, t, signs[t].get(one.name)) for t in signs}
        cells = [
            _cell(useful, one.scores["own"], judged["own"].get(one.name), _tip(useful, one)),
            beside["own"],
            _cell(useful, one.scores["joined"]),
            beside["joined"],
            _cell(useful, one.scores["judged"], judged["judged"].get(one.name), one.gap),
        ]
        title = one.title + (" *" if one.gap else "")
        rows[one.name] = Row(one.index, title, one.meaning, cells)
    parts = (
        ("References", useful.references),
        ("Asked by class", asked),
        (UNASKED, [one for one in useful.models if not one.scores["own"]]),
    )
    return [(title, [rows[one.name] for one in part]) for title, part in parts if part]


def _difference(useful: Useful, one: Taught, training: str, sign: int | None) -> Cell:
    if one.name == "real":
        return Cell("")
    values = less(one.scores[training], useful.real)
    cell = _cell(useful, values, sign=sign)
    positive = values and float(np.mean([*values.values()])) > 0
    return Cell(("+" if positive else "") + cell.text, cell.interval, cell.tip, sign)


def _tip(useful: Useful, one: Taught) -> str:
    """Which class loses most against the real images, in the mean over seeds."""
    ceiling = next((r.per_class for r in useful.references if r.name == "real"), {})
    common = sorted(one.per_class.keys() & ceiling.keys())
    if one.index is None or not common:
        return one.gap
    mean = [
        np.mean([[np.nan if v is None else v for v in found[seed]] for seed in common], axis=0)
        for found in (ceiling, one.per_class)
    ]
    lost = 100 * (mean[0] - mean[1])
    if np.isnan(lost).all():
        return one.gap
    worst = int(np.nanargmax(lost))
    told_ = f"class {worst} loses most: {fixed(float(lost[worst]), 1)} points"
    return "; ".join(filter(None, (told_, one.gap)))


def _cell(
    useful: Useful,
    values: Values,
    verdict: Verdict | None = None,
    also: str = "",
    sign: int | None = None,
) -> Cell:
    value = estimate([values[seed] for seed in sorted(values)])
    if value is None:
        return Cell(DASH, "", also)
    tip = "; ".join(f"seed {seed}: {short(values[seed])}" for seed in sorted(values))
    tip = "; ".join(filter(None, (tip, also)))
    text = fixed(value.mean, places(useful))
    return Cell(text, half_width(value, places(useful)), tip, sign, verdict)


def probed(useful: Useful) -> list[Group]:
    """The rows of the second table: for each number of labels the accuracy, the untrained
    network's, and whether raw pixels are beaten."""
    pixels = next(one for one in useful.seen if one.name == "pixels")
    empty = [Cell(""), Cell("")]
    top = [
        Row(None, one.title, f"{one.meaning}; {one.size} numbers",
            [cell for n in useful.labels
             for cell in (_cell(useful, one.trained.get(n, {})), *empty)])
        for one in useful.seen
    ]  # fmt: skip
    groups: list[Group] = [("References", top)]
    for title, group in useful.groups():
        columns = [_columns(useful, group, pixels, n) for n in useful.labels]
        rows = [
            Row(one.index, one.title, f"{one.meaning}; {one.size} numbers",
                [cell for column in columns for cell in column[k]])
            for k, one in enumerate(group)
        ]  # fmt: skip
        groups.append((title, rows))
    return groups


def _columns(
    useful: Useful, group: Sequence[Features], pixels: Features, n: str
) -> list[tuple[Cell, Cell, Cell]]:
    """A number of labels: each row's accuracy, the untrained network's, and the sign by pixels."""
    own = [one.trained.get(n, {}) for one in group]
    raw = [one.untrained.get(n, {}) for one in group]
    best = verdicts({one.name: v for one, v in zip(group, own, strict=True) if one.ranked})
    signs = told(own, raw, "higher")
    against = told(own, [pixels.trained.get(n, {})] * len(group), "higher")
    return [
        (
            _cell(useful, first, best.get(one.name)),
            _cell(useful, second, sign=sign),
            Cell("", sign=by_pixels),
        )
        for one, first, second, sign, by_pixels in zip(group, own, raw, signs, against, strict=True)
    ]


def line(useful: Useful) -> str:
    """What holds for both tables, in one line."""
    protocol, settings = useful.card["protocol"], useful.card["settings"]
    return (
        f"{fixed(protocol['n_train'], 0)} training images, and as many samples · "
        f"{fixed(protocol['n_test'], 0)} test images · classifier: {settings['steps']} updates of "
        f"Adam on batches of {settings['batch']} · probe: {settings['draws']} draws of labels, "
        f"C {settings['inverse_l2']:g}"
    )


def medians(useful: Useful, n: str) -> list[tuple[str, str, Estimate]]:
    """Of all networks of a kind that learned without labels: by how many points the median one is
    better than itself untrained, and than raw pixels, told n labels.

    The median is taken at each seed, so that one test speaks for all networks together where the
    tests of single ones, many and on few seeds, tell little.
    """
    pixels = next(one for one in useful.seen if one.name == "pixels")
    found = []
    for kind in KINDS:
        group = [
            one
            for one in useful.features
            if one.name.endswith(f" {kind}") and one.ranked and not one.labelled
        ]
        for against in AGAINST:
            gains = [
                less(one.trained.get(n, {}), (pixels.trained if k else one.untrained).get(n, {}))
                for one in group
                for k in [against != "untrained"]
            ]
            seeds = set.intersection(*(set(gain) for gain in gains)) if gains else set()
            middle = estimate(
                [float(np.median([g[seed] for g in gains])) for seed in sorted(seeds)]
            )
            if middle is not None and middle.half is not None:
                found.append((kind, against, middle))
    return found


def middles(useful: Useful) -> list[Row]:
    """A row a number of labels, of `medians`, signed where the interval leaves out 0."""
    rows = []
    for n in useful.labels:
        there = {(kind, against): value for kind, against, value in medians(useful, n)}
        cells = [_middle(useful, there.get((kind, other))) for kind in KINDS for other in AGAINST]
        if there:
            rows.append(Row(None, n, "", cells))
    return rows


def _middle(useful: Useful, value: Estimate | None) -> Cell:
    if value is None:
        return Cell(DASH)
    sign = 0 if value.low <= 0 <= value.high else 1 if value.mean > 0 else -1
    text = ("+" if value.mean > 0 else "") + fixed(value.mean, places(useful))
    return Cell(text, half_width(value, places(useful)), "", sign)


def sections(found: Sequence[Useful]) -> list[dict[str, Any]]:
    """All that the page shows, a data set each."""
    return [
        {
            "useful": useful,
            "line": line(useful),
            "columns": CLASSIFIED,
            "classified": [group for group in classified(useful) if group[0] != UNASKED],
            "unasked": [
                row for group in classified(useful) if group[0] == UNASKED for row in group[1]
            ],
            "probed": probed(useful),
            "medians": middles(useful),
            "figure": figures.probes(useful),
        }
        for useful in found
    ]
