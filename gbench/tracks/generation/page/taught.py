"""What a model's samples teach a classifier, next to what real images teach it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gbench.report.kit import table
from gbench.report.kit.cells import joined
from gbench.report.kit.section import ZERO, Column, Part, Subject, Table
from gbench.report.kit.tested import test
from gbench.report.kit.tidy import Frame, frame, where
from gbench.report.kit.tidy import rows as rows_of
from gbench.report.kit.view import Cell, Fold, Grid, Group, Row, View
from gbench.report.numbers import fixed, interval, listed
from gbench.report.records import Model, by_seed
from gbench.report.sections.subjects import data_of
from gbench.stats import Estimate
from gbench.tracks.generation.page.useful import asked, edited, places, plus

REFERENCES = {  # title and meaning
    "real": ("Real training images", "the ceiling: the same classifier, taught the real images"),
    "memoriser": (
        "Memoriser",
        "hands out training images of the requested class: full marks for copying",
    ),
    "shuffled": ("Shuffled labels", "real training images under wrong labels: the floor"),
}
LESS = {"own": "against", "joined": "gain"}  # the columns less what real images teach
ASKED, UNASKED = "By class", "Not by class"
COLUMNS = (
    Column("own", "samples alone", asks="Test accuracy of a classifier that is taught a model's "
           "samples alone, each of the requested class. In the tip: the class that loses most."),
    Column("against", "against real images", against=ZERO, asks="The same, less the accuracy of "
           "the classifier that is taught the real training images, at the same seed; in "
           "percentage points."),
    Column("joined", "real and samples", compared=False, asks="Test accuracy of a classifier that "
           "is taught both, with no more updates."),
    Column("gain", "gain", against=ZERO, asks="The same, less the accuracy of the classifier that "
           "is taught the real training images alone, at the same seed; in percentage points."),
    Column("judged", "labelled by the judge", asks="Another question: samples alone, with the "
           "classes that the judge sees in them."),
)  # fmt: skip


def _long(found: Frame) -> Frame:
    """Percent by training, and the differences from what real images teach at each seed."""
    rows = [row for row in rows_of(where(found, question="classification")) if row["class"] == ""]
    real = {r["seed"]: r["accuracy"] for r in rows if (r["model"], r["of"]) == ("real", "own")}
    long = []
    for row in rows:
        value, start = row["accuracy"], (row["model"], row["seed"])
        long.append((*start, row["of"], None if value is None else 100 * value, row["note"]))
        ceiling = None if row["model"] == "real" else real.get(row["seed"])
        if row["of"] in LESS and value is not None and ceiling is not None:
            long.append((*start, LESS[row["of"]], 100 * value - 100 * ceiling, ""))
    return frame("model seed metric value note", long)


def _tip(part: Part, name: str, key: str) -> str:
    """Which class loses most against the real images, in the mean over seeds."""
    ceiling, own = _per_class(part, "real"), _per_class(part, name)
    common = sorted(ceiling.keys() & own.keys())
    if key != "own" or name in REFERENCES or not common:
        return ""
    first, second = (np.mean([of[seed] for seed in common], axis=0) for of in (ceiling, own))
    lost = 100 * (first - second)
    if np.isnan(lost).all():
        return ""
    worst = int(np.nanargmax(lost))
    return f"class {worst} loses most: {fixed(float(lost[worst]), 1)} points"


def _per_class(part: Part, name: str) -> dict[int, list[float]]:
    own = where(part.frame, model=name, of="own")
    own = own[own["class"] != ""]
    return {int(str(seed)): [*of.accuracy.astype(float)] for seed, of in own.groupby("seed")}


def _why(part: Part, subject: Subject) -> str:
    return joined(*dict.fromkeys(where(part.frame, model=subject.name).note)) or "not measured"


TABLE = Table(
    "taught",
    "Samples as training data",
    lambda part: [replace(c, plain=c.title, places=places(part)) for c in COLUMNS],
    tidy=_long,
    why=_why,
    tip=_tip,
    first="Taught",
)


def of(part: Part) -> Part:
    """The part's rows on samples, with their subjects."""
    found: Part = part.once("taught", lambda: _of(part))
    return found


def _of(part: Part) -> Part:
    own = part.frame[part.frame.question.isin(("classification", ""))]
    valued = own[(own.of == "own") & own.accuracy.notna()].model
    subjects = [
        Subject(name, title, None, "References", meaning, reference=True)
        for name, (title, meaning) in REFERENCES.items()
    ]
    for index, model in enumerate(data_of(part.results, part.key).models):
        block = ASKED if model.name in {*valued} else UNASKED
        subjects.append(_subject(model, index, block, own))
    return replace(part, frame=own, subjects=subjects, known={})


def _subject(model: Model, index: int, block: str, found: Frame) -> Subject:
    noted = where(found, model=model.name, of="judged")
    notes = {
        row["seed"]: row["note"] for row in rows_of(noted[noted["class"] == ""]) if row["note"]
    }
    gap = joined(model.absence, by_seed(notes))
    return Subject(
        model.name,
        model.title,
        index,
        block,
        model.source,
        rival=not model.with_status("diverged"),
        gap=lambda key: gap if key in ("own", "judged") else "",
    )


def views(part: Part) -> Iterator[View]:
    """The table; models without samples by class are folded, with the one column that they have."""
    if not asked(part):
        return
    one = of(part)
    tests = test(one, TABLE)
    grid = edited(table.grid(one, TABLE, tests), _row)
    yield replace(grid, groups=[group for group in grid.groups if group.title != UNASKED])
    for group in (group for group in grid.groups if group.title == UNASKED):
        last = [k for k, head in enumerate(grid.heads) if head.key == "judged"]
        rows = [replace(row, cells=[row.cells[k] for k in last]) for row in group.rows]
        yield Fold(
            f"{len(rows)} more model{'s' if len(rows) > 1 else ''}, of which no class can be "
            "requested: the last column alone",
            [Grid(f"{grid.id}-more", f"Samples labelled by the judge on {part.key}",
                  [grid.heads[k] for k in last], [Group("", rows, "models")], "Taught")],
        )  # fmt: skip


def _row(row: Row) -> Row:
    own, against, joint, gain, judged = row.cells
    if row.model == "real":
        return replace(row, cells=[own, Cell(), joint, Cell(), judged])
    return replace(row, cells=[own, plus(against), joint, plus(gain), judged])


def finding(part: Part) -> str:
    """Whose samples teach most, and for how many models they teach less than real images, or help
    when added to these; empty if no test supports it."""
    one = of(part)
    tested = one.tested(TABLE)
    known = [s for s in one.subjects if s.name in tested.rivals and tested.values(s.name, "own")]
    best, tied = (tested.with_verdict("own", verdict) for verdict in ("best", "tied"))
    if len(known) == 1 and len(tested.values(known[0].name, "own")) > 1:
        best = known
    ceiling = tested.estimate("real", "own")
    value = tested.estimate(best[0].name, "own") if best else None
    if value is None or ceiling is None or ceiling.half is None:
        return ""
    rest = f"; {listed([s.title for s in tied])} cannot be distinguished from it" if tied else ""
    less = [s for s in known if tested.sign(s.name, "against") == -1]
    helps, hurts = ([s for s in known if tested.sign(s.name, "gain") == k] for k in (1, -1))
    return (
        f"a classifier taught the samples of {best[0].title} alone names {_percent(value)} of the "
        f"test images, one taught real images {_percent(ceiling)}{rest}; {len(less)} of "
        f"{len(known)} models with samples by class teach less than real images do; added to "
        f"these, the samples of {len(helps)} help significantly, those of {len(hurts)} hurt"
    )


def _percent(value: Estimate) -> str:
    """ "88.5 [86.1, 90.9] %"."""
    return f"{interval(value, 0, 100)} %"
