"""Errors with few labels, compared in pairs over the draws."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gbench.report import svg
from gbench.report.cells import number
from gbench.report.lines import Series, Ticks, chart
from gbench.report.numbers import fixed, listed
from gbench.report.records import Records
from gbench.report.section import ZERO, Column, Drawing, Finding, Part, Section, Subject, Table
from gbench.report.table import head
from gbench.report.tested import Tested, by_unit
from gbench.report.tidy import Frame, columns, frame, where
from gbench.report.tidy import rows as rows_of
from gbench.report.view import (
    Block,
    Cell,
    Figure,
    Figures,
    Grid,
    Group,
    Head,
    Listing,
    Prose,
    Row,
    View,
)
from gbench.stats import Estimate

HEAD = "data model training labels draw error note"
MORE = "title n_labels n_test conditions shown"
SEMI, ALONE, DIFFERENCE = "semi_supervised", "supervised", "difference"
NAMES = {SEMI: "semi-supervised", ALONE: "labels alone"}
WORDS = {1: "lowers", -1: "raises"}
COLUMNS = [
    Column(SEMI, "Semi-supervised error (%)", "lower", compared=False,
           plain="Semi-supervised error (%)",
           asks="Test error of the classifier of a model that sees all training images."),
    Column(ALONE, "Error of labels alone (%)", "lower", compared=False,
           plain="Error of labels alone (%)",
           asks="Test error of the same network, taught the labelled images alone."),
    Column(DIFFERENCE, "Difference (points)", "lower", against=ZERO, plain="Difference (points)",
           asks="Semi-supervised less labels alone over the draws that have both, in percentage "
           "points."),
]  # fmt: skip
HEADS = [
    *map(head, COLUMNS),
    Head("p (Holm)", "Of the paired t-test, Holm-corrected over the numbers of labels."),
    Head("Pairs", "Draws that have both errors."),
]


def few_labels(records: Records) -> Frame:
    """An error in percent per training and draw, or why there is none; `shown` where the model has
    some error on these data."""
    found = frame(f"{HEAD} {MORE}", _rows(records))
    known = found.groupby(["data", "model"]).error.transform(lambda errors: errors.notna().any())
    return found.assign(shown=known.astype(bool)) if len(found) else found


def _rows(records: Records) -> Iterator[Sequence[Any]]:
    asked = records.params.get("few_labels") or {"models": [], "labels": [], "draws": []}
    for data in records.params["data"]:
        for model in asked["models"]:
            for labels in map(str, asked["labels"]):
                for draw in asked["draws"]:
                    card = records.record("few_labels", data, model, labels, draw)
                    yield from _of_draw((data, model), labels, draw, card)


def _of_draw(
    start: Sequence[str], labels: str, draw: int, card: Mapping[str, Any]
) -> Iterator[Sequence[Any]]:
    trained = bool(card.get("trainings"))
    more = (card["title"], card["n_labels"], card["n_test"], _conditions(card)) if trained else ()
    for training in NAMES:
        one = card["trainings"][training] if trained else {}
        share = one.get("test_error")
        note = card["note"] or one.get("note", "") if card else "not run"
        error = None if share is None else 100 * share
        yield *start, training, labels, draw, error, note, *(more or [None] * 4), None


def _conditions(card: Mapping[str, Any]) -> str:
    settings = ", ".join(f"{name} {value}" for name, value in card["hyperparameters"].items())
    budget = f"{fixed(card['rounds'], 0)} rounds of batches of {card['batch']}"
    return f"{fixed(card['n_test'], 0)} test images · {budget} · {settings}"


def _places(part: Part) -> list[Column]:
    """The columns with the decimals that the size of the test split is worth."""
    places = 1 if max(part.frame.n_test.dropna()) <= 1000 else 2
    return [replace(column, places=places) for column in COLUMNS]


def _differences(found: Frame) -> Frame:
    """The errors, and the difference of each draw that has both."""
    rows = [*rows_of(found)]
    errors = {(r["training"], r["labels"], r["draw"]): r["error"] for r in rows}
    long = [(r["labels"], r["draw"], r["training"], r["error"], r["note"]) for r in rows]
    for (training, *at), error in errors.items():
        alone = errors.get((ALONE, *at))
        if training == SEMI and error is not None and alone is not None:
            long.append((*at, DIFFERENCE, error - alone, ""))
    return frame("labels draw training value note", long)


TABLE = Table(
    "errors", "Errors with few labels", _places, tidy=_differences, by="training", row="labels",
    unit="draw", first="Labels", shared=False,  # with fewer labels draws differ more
)  # fmt: skip


def compared(part: Part) -> list[Part]:
    """A part per model that has an error, whose subjects are the numbers of labels."""
    return part.once("models", lambda: [*_models(part)])


def _models(part: Part) -> Iterator[Part]:
    shown = part.frame[part.frame.shown.astype(bool)]
    for model, own in shown.groupby("model", sort=False):
        subjects = [Subject(labels, labels) for labels in dict.fromkeys(own.labels)]
        yield replace(part, key=str(model), frame=own, subjects=subjects, known={})


def _title(one: Part) -> str:
    return next(iter(one.frame.title.dropna()))


def _gaps(tested: Tested, labels: str) -> str:
    """Why draws lack an error of either training, each reason once."""
    reasons: dict[int, list[str]] = {}
    for training in NAMES:
        for draw, note in tested.notes.get(training, {}).get(labels, {}).items():
            reasons.setdefault(draw, []).append(note)
    told = {draw: "; ".join(sorted({*reasons[draw]})) for draw in sorted(reasons)}
    return by_unit(told, "draw")


def gaps(one: Part) -> list[str]:
    """What has no error, and why."""
    tested = one.tested(TABLE)
    told = {subject.name: _gaps(tested, subject.name) for subject in one.subjects}
    return [f"{labels} labels: {why}" for labels, why in told.items() if why]


def _views(part: Part) -> Iterator[View]:
    for one in compared(part):
        shown: list[View] = [
            Prose(next(iter(one.frame.conditions.dropna())), "line"),
            Figures([_figure(part, one)]),
            _grid(part, one),
        ]
        if told := gaps(one):
            shown.append(Listing([("", text) for text in told]))
        yield Block(f"{part.anchor}-{one.key}", f"{_title(one)} on {part.key}", shown)


def _grid(part: Part, one: Part) -> Grid:
    tested, places = one.tested(TABLE), _places(one)[0].places or 0
    rows = []
    for labels in tested.subjects:
        n = next(iter(where(one.frame, labels=labels).n_labels.dropna()), None)
        p, pairs = tested.p(labels, DIFFERENCE), len(tested.values(labels, DIFFERENCE))
        cells = [number(tested.values(labels, c.key), places, unit="draw") for c in COLUMNS]
        text = "" if p is None else "<0.001" if p < 0.001 else f"{p:.3f}"
        cells += [Cell(text), Cell(str(pairs), gap=_gaps(tested, labels), plain=str(pairs))]
        rows.append(Row(f"{labels} ({n})" if labels == "all" else labels, cells))
    about = f"{TABLE.title}: {_title(one)} on {part.key}"
    return Grid(f"{part.anchor}-{one.key}-table", about, HEADS, [Group("", rows)], "Labels")


def _figure(part: Part, one: Part) -> Figure:
    """Both trainings with 95 % t-intervals over draws; the labels alone are the grey rings."""
    tested = one.tested(TABLE)
    known = {s.name: s.index for s in part.subjects if s.index is not None}
    index = known.get(one.key, len(known))  # a model of no other section comes last
    sizes = {row["labels"]: row["n_labels"] for row in rows_of(one.frame) if row["n_labels"]}
    series = []
    for training in NAMES:
        found = [(sizes[n], e) for n in tested.subjects if (e := tested.estimate(n, training))]
        first = training == SEMI
        line = Series(
            NAMES[training],
            [(n, e.mean) for n, e in found],
            svg.colour(index) if first else "var(--soft)",
            bars=[(n, e.low, e.high) for n, e in found],
            index=index if first else None,
            dash="" if first else "4 3",
            width=1.5,
            model=one.key if first else "",
        )
        series.append(line)
    every = [n for line in series for n, _ in line.points]
    fit = svg.fit(every, log=True)
    given = tuple(sorted({*every}))
    x = Ticks(fit.low, fit.high, "labelled training images", log=True, given=given)
    top = max(high for line in series for _, _, high in line.bars)
    y = svg.Scale(0, 1.06 * top or 1, "test error in % (lower is better ↓)")
    aside = (x.high / x.low) ** 0.006  # half the distance between two intervals at one number
    title = f"{_title(one)} on {part.key}: {_seen(tested)}"
    moved = [line.moved(aside ** (2 * k - 1)) for k, line in enumerate(series)]
    return Figure(title, chart(moved, x, y, title, width=420), "", one.key)


def _with(tested: Tested, sign: int) -> list[str]:
    """The numbers of labels at which the error is lower (1), higher (-1) or neither (0)."""
    return [name for name in tested.subjects if tested.sign(name, DIFFERENCE) == sign]


def _seen(tested: Tested) -> str:
    clauses = [
        f"{word} the error at {listed(labels)} labels"
        for sign, word in WORDS.items()
        if (labels := _with(tested, sign))
    ]
    if clauses:
        return f"semi-supervised training {'; it '.join(clauses)}"
    return "no difference can be distinguished from 0"


def found(parts: Sequence[Part]) -> Iterator[Finding]:
    """Where the unlabelled examples help or hurt; silent where no difference is known."""
    for part in parts:
        for one in compared(part):
            tested = one.tested(TABLE)
            clauses, subject = [], f"semi-supervised training ({_title(one)})"
            for sign, word in WORDS.items():
                differences = [
                    f"{points(e)} at {n} labels"
                    for n in _with(tested, sign)
                    if (e := tested.estimate(n, DIFFERENCE))
                ]
                if differences:
                    clauses.append(f"{subject} {word} the test error by {listed(differences)}")
                    subject = "it"
            if clauses and (neither := _with(tested, 0)):
                clauses.append(f"no difference is known at {listed(neither)} labels")
            if clauses:
                lead, at = f"Few labels on {part.key}:", f"{part.anchor}-{one.key}"
                yield Finding(lead, f"{'; '.join(clauses)}.", at)


def points(difference: Estimate) -> str:
    """ "9.3 [7.1, 11.5] points": its size, whatever its sign."""
    low, high = sorted(abs(end) for end in (difference.low, difference.high))
    return f"{fixed(abs(difference.mean), 1)} [{fixed(low, 1)}, {fixed(high, 1)}] points"


def failures(records: Records) -> list[str]:
    """What has no error, and why, over the whole section."""
    every, told = few_labels(records), []
    for (data, model), own in every.groupby(["data", "model"], sort=False):
        if not own.shown.any():
            why = "; ".join(sorted({*own.note}))
            told.append(f"few labels, {data}, {model}: {why}")
            continue
        (one,) = _models(Part(FEW_LABELS, str(data), own, records, []))
        told += [f"few labels, {data}, {model}, {gap}" for gap in gaps(one)]
    return told


FEW_LABELS = Section(
    id="few_labels",
    title="Few labels",
    lede="Test error where only so many training images have a label. The same network is trained "
    "twice, from the same first weights, with the same step size, dropout, number of updates, and "
    "labelled images in each: as the classifier of a semi-supervised model, which sees all "
    "training images, and on the labelled ones alone. A draw takes as many labels of each class, "
    "its smaller numbers among its larger; with all labels the draws differ in the seed of "
    "training alone. Intervals are 95 % t-intervals over draws; both trainings share each draw, "
    "and p is the paired t-test's, Holm-corrected over the numbers of labels. After Salimans et "
    "al. 2016, arXiv:1606.03498, section 6.1.",
    blind="other networks, augmented images, and settings that suit the labels alone better than "
    "the model's own, which were chosen for the semi-supervised error on the validation split. No "
    "training stops early.",
    frame=few_labels,
    written=lambda every: columns(HEAD)(every[every.shown.astype(bool)]),
    findings=(found,),
    empty="no model was trained with few labels",
    show=(Drawing(_views),),
)
