"""What a linear probe reads off the features of encoders and critics, by number of labels."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from gbench.report import svg
from gbench.report.kit import table
from gbench.report.kit.cells import DASH
from gbench.report.kit.lines import Series, Ticks, chart
from gbench.report.kit.section import Column, Part, Subject, Table
from gbench.report.kit.tested import Tested, test
from gbench.report.kit.tidy import Frame, frame, where
from gbench.report.kit.tidy import rows as rows_of
from gbench.report.kit.view import (
    COMPARED,
    Cell,
    Figure,
    Figures,
    Grid,
    Group,
    Head,
    Prose,
    Row,
    View,
)
from gbench.report.numbers import fixed, half_width, listed
from gbench.report.records import Model
from gbench.report.sections.subjects import data_of
from gbench.stats import Estimate, estimate
from gbench.tracks.generation.page.few_labels import points
from gbench.tracks.generation.page.useful import asked, edited, places, plus, sizes

REFERENCES = {  # title and meaning
    "pixels": ("Raw pixels", "no features at all: what must be beaten to be of use"),
    "judge": ("Judge", "features of the judge, which was taught all labels of the training split"),
}
KINDS = ("encoder", "critic")
AGAINST = {"untrained": "untrained", "pixels": "raw pixels"}
TOP, FREE, LABELLED = "References", "Learned without labels", "Of models taught all labels"
PICKED = "Picked by the means shown here, so their lead is somewhat flattered; the table has all."
MEDIANS = (
    "All networks together that learned without labels: how many points the median one is better "
    "than itself untrained, and than raw pixels, at each seed. One number per kind, so no "
    "correction; signs by the intervals."
)
MOST = 2  # models in the figure
DASHED = {"pixels": "4 3", "judge": "1.5 4"}


def _long(found: Frame) -> Frame:
    """Percent by number of labels: trained, untrained, and of raw pixels at the same seed."""
    rows = [row for row in rows_of(found) if row["labels"] and row["accuracy"] is not None]
    values = {(r["of"], r["seed"], r["labels"]): 100 * r["accuracy"] for r in rows}
    long = []
    for row in rows:
        reference = row["model"] in REFERENCES
        block = TOP if reference else LABELLED if row["labelled"] else FREE
        name = row["model"] if reference else f"{row['model']} {row['of']}"
        start, n = (block, name, row["seed"]), row["labels"]
        key = n if row["network"] == "trained" else f"{n} | untrained"
        long.append((*start, key, 100 * row["accuracy"]))
        pixels = values.get(("pixels", row["seed"], n))
        if key == n and not reference and pixels is not None:
            long.append((*start, f"{n} | pixels", pixels))
    order = (TOP, FREE, LABELLED)
    return frame("block model seed metric value", sorted(long, key=lambda r: order.index(r[0])))


def _columns(part: Part) -> Iterator[Column]:
    for n in sizes(part):
        over, at = f"{n} labels", places(part)
        yield Column(n, "accuracy", asks="Test accuracy of the probe, the mean over draws of the "
                     "labels.", over=over, places=at, plain=over)  # fmt: skip
        yield Column(f"{n} | untrained", "untrained", "", asks="The same network with its first "
                     "weights, never trained.", over=over, against=n, places=at,
                     plain="untrained")  # fmt: skip
        yield Column(f"{n} | pixels", "pixels", "", asks="Whether the accuracy is above that of "
                     "raw pixels.", over=over, against=n, places=at, plain="pixels")  # fmt: skip


def _why(part: Part, subject: Subject) -> str:
    notes = where(part.frame, model=subject.name).note
    model = next(m for m in data_of(part.results, part.key).models if m.name == subject.name)
    return ", ".join(dict.fromkeys(filter(None, notes))) or model.absence or "not measured"


TABLE = Table(
    "probed", "Features under a linear probe", lambda part: [*_columns(part)], tidy=_long,
    block="block", why=_why, first="Features",
)  # fmt: skip


def of(part: Part) -> Part:
    """The part's rows on features, with their subjects."""
    found: Part = part.once("probed", lambda: _of(part))
    return found


def _of(part: Part) -> Part:
    own = part.frame[part.frame.question.isin(("probe", ""))]
    subjects = [
        Subject(
            name, title, None, TOP, f"{meaning}; {_size(own, name, name)} numbers", reference=True
        )
        for name, (title, meaning) in REFERENCES.items()
    ]
    for index, model in enumerate(data_of(part.results, part.key).models):
        subjects += _subjects(own, model, index)
    return replace(part, frame=own, subjects=subjects, known={})


def _subjects(found: Frame, model: Model, index: int) -> list[Subject]:
    """A subject a network that has answers, or the model, which then has no row."""
    known = where(found, model=model.name)
    kinds = [kind for kind in KINDS if len(known[(known.of == kind) & (known.labels != "")])]
    return [
        Subject(
            f"{model.name} {kind}", f"{model.title} {kind}", index, kind,
            f"{model.source}; {_size(found, model.name, kind)} numbers",
            rival=not model.with_status("diverged"),
        )
        for kind in kinds
    ] or [Subject(model.name, model.title, index)]  # fmt: skip


def _size(found: Frame, model: str, kind: str) -> int:
    return int(next(iter(where(found, model=model, of=kind)["size"].dropna()), 0))


def _block(part: Part, title: str) -> Tested | None:
    return next((one for one in test(of(part), TABLE) if one.block == title), None)


def views(part: Part) -> Iterator[View]:
    """The figure of the best, the table of all, and the median network."""
    tests = test(of(part), TABLE) if asked(part) else []
    if not tests:
        return
    if drawn := figure(part):
        yield Figures([drawn])
        yield Prose(PICKED, "small")
    yield edited(table.grid(of(part), TABLE, tests), _row)
    if rows := [row for n in sizes(part) if (row := _middles(part, n))]:
        yield Prose(MEDIANS, "small")
        heads = [
            Head(f"{kind}, less {other}", f"Points by which the median {kind} is better.", "higher")
            for kind in KINDS
            for other in AGAINST.values()
        ]
        about = f"The median network on {part.key}"
        yield Grid(f"{part.anchor}-medians", about, heads, [Group("", rows)], "Labels")


def _row(row: Row) -> Row:
    """References have an accuracy alone; of pixels only the sign is shown."""
    cells = []
    for k, cell in enumerate(row.cells):
        reference, pixels = row.kind == "control", k % 3 == 2
        if k % 3 and (reference or pixels):
            cell = Cell(sign=None if reference else cell.sign, kind="beside")
        cells.append(cell)
    return replace(row, cells=cells, model=row.model.split(" ")[0])


# --- The median network ---------------------------------------------------------------------------


def medians(part: Part, n: str) -> dict[tuple[str, str], Estimate]:
    """Of all networks of a kind that learned without labels: by how many points the median one is
    better than itself untrained, and than raw pixels, given n labels.

    The median is taken at each seed, so that one test speaks for all networks together where the
    tests of single ones, many and on few seeds, show little.
    """
    tested, found = _block(part, FREE), {}
    for kind in KINDS if tested else ():
        for other in AGAINST:
            assert tested is not None
            gains = [
                _less(tested.values(s.name, n), tested.values(s.name, f"{n} | {other}"))
                for s in of(part).subjects
                if s.block == kind and s.rival and _of_block(tested, s.name)
            ]
            seeds = set.intersection(*(set(gain) for gain in gains)) if gains else set()
            middles = [float(np.median([g[seed] for g in gains])) for seed in sorted(seeds)]
            value = estimate(middles)
            if value is not None and value.half is not None:
                found[kind, other] = value
    return found


def _of_block(tested: Tested, name: str) -> bool:
    return any(name in by_row for by_row in tested.found.values())


def _less(first: Mapping[int, float], second: Mapping[int, float]) -> dict[int, float]:
    return {seed: first[seed] - second[seed] for seed in first.keys() & second.keys()}


def _middles(part: Part, n: str) -> Row | None:
    found = medians(part, n)
    cells = [_middle(part, found.get((kind, other))) for kind in KINDS for other in AGAINST]
    return Row(n, cells) if found else None


def _middle(part: Part, value: Estimate | None) -> Cell:
    if value is None:
        return Cell(DASH)
    sign = 0 if value.low <= 0 <= value.high else 1 if value.mean > 0 else -1
    at = places(part)
    text = fixed(value.mean, at)
    return plus(Cell(text, half_width(value, at), sign=COMPARED[sign], sort=value.mean))


def finding(part: Part) -> str:
    """At the fewest labels, what the median encoder and critic gain on no training at all."""
    fewest, clauses = next(iter(sizes(part))), []
    for (kind, other), middle in medians(part, fewest).items():
        named = "itself untrained" if other == "untrained" else AGAINST[other]
        if middle.low <= 0 <= middle.high:
            clauses.append(f"the median {kind} cannot be distinguished from {named}")
        else:
            word = "better" if middle.mean > 0 else "worse"
            clauses.append(f"the median {kind} is {word} than {named} by {points(middle)}")
    given = f"given {fewest} labels, of networks that learned without labels "
    return given + listed(clauses) if clauses else ""


# --- The figure -----------------------------------------------------------------------------------


def chosen(part: Part) -> list[Subject]:
    """The features without labels that have the highest mean at some number of labels, each once;
    of models without a diverged seed."""
    tested, found = _block(part, FREE), {}
    for n in sizes(part) if tested else ():
        assert tested is not None
        there = [s for s in of(part).subjects if s.name in tested.losses(n)]
        if there:
            best = min(there, key=lambda s: tested.loss(s.name, n))
            found[best.name] = best
    return [*found.values()][:MOST]


def figure(part: Part) -> Figure | None:
    """The best models, the networks of these untrained, raw pixels and the judge's features, with
    95 % t-intervals over seeds; None where fewer than two numbers of labels have a value."""
    best = chosen(part)
    lines = [_series(part, TOP, of(part).by_name[name]) for name in REFERENCES]
    lines += [_series(part, FREE, subject) for subject in best]
    lines += [_series(part, FREE, subject, " | untrained") for subject in best]
    every = [point for line in lines for point in line.points]
    given = tuple(sorted({n for n, _ in every}))
    if len(given) < 2:
        return None
    fit = svg.fit([*given], log=True)
    x = Ticks(fit.low, fit.high, "labels that the probe is given", log=True, given=given)
    low = min(end for line in lines for _, end, _ in line.bars)
    y = svg.Scale(0.95 * low, 100, "test accuracy in % (higher is better ↑)")
    seen = f"{listed([s.title for s in best])}: best of the features learned without labels"
    seen = seen if best else "Raw pixels and the judge's features"
    room = 18 + svg.FONT * max(len(line.name) for line in lines)
    step = (x.high / x.low) ** 0.006
    placed = [line.moved(step ** (k - len(lines) / 2)) for k, line in enumerate(lines)]
    return Figure(seen, chart(placed, x, y, seen, width=360 + room, names=room))


def _series(part: Part, block: str, subject: Subject, network: str = "") -> Series:
    tested = _block(part, block)
    found = [
        (n, value)
        for labels, n in sizes(part).items()
        if tested and (value := tested.estimate(subject.name, labels + network))
    ]
    trained = subject.index is not None and not network
    return Series(
        f"{subject.title}{', untrained' if network else ''}",
        [(n, value.mean) for n, value in found],
        "var(--soft)" if subject.index is None else svg.colour(subject.index),
        bars=[(n, max(0.0, value.low), min(100.0, value.high)) for n, value in found],
        index=subject.index if trained else None,
        dash=DASHED.get(subject.name, "" if trained else "2 2.5"),
        width=1.8 if trained else 1.3,
        model=subject.name.split(" ")[0] if subject.index is not None else "",
    )
