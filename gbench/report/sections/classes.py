"""The shares of the classes: what a model makes too seldom or too often, next to real data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gbench.report.kit.cells import DASH
from gbench.report.kit.section import Part
from gbench.report.kit.tidy import Frame, frame
from gbench.report.kit.view import Cell, Fold, Grid, Group, Head, Prose, Row, View
from gbench.report.numbers import percent, short
from gbench.report.records import Control, Data, Model, Records
from gbench.report.sections.subjects import data_of
from gbench.stats import estimate

HEAD = "data model family seed class share real_share coverage vendi_ratio nn_ratio"
WITHIN = {"coverage": "coverage", "vendi_ratio": "Vendi ratio", "nn_ratio": "NN ratio"}
OFF, FAR = 0.8, 0.5  # shaded where a mean ratio is under these, or over their inverses
SUMMARY = "Class by class: how often each model makes each class, over how often real data have it"
READING = (
    " names the class, also of what is none. 1: as often as in the reference; means over seeds. "
    "Shaded: under 0.8 or over 1.25; shaded and bold: under a half or over 2. These are the means "
    "alone, without a test: the row of real data shows how far chance leads. Point at a cell for "
    "its interval and for the scores within the class."
)
ASKS = "How often a model makes the class, over how often the reference has it."
Found = Mapping[int, Sequence[Mapping[str, Any]]]  # by seed, a record a class


def _found(row: Model | Control) -> Found:
    """By seed, of the runs that were evaluated."""
    if isinstance(row, Control):
        return row.by_class
    return {run.seed: run.evaluation.get("by_class", ()) for run in row.runs}


def classes(records: Records) -> Frame:
    """A row a class, seed, and model or control."""
    return frame(HEAD, (row for data in records.data for row in _rows(data)))


def _rows(data: Data) -> Iterator[Sequence[Any]]:
    keys = HEAD.split()[4:]
    every: list[Model | Control] = [*data.controls, *data.models]
    for row in every:
        family = row.family if isinstance(row, Model) else "control"
        for seed, found in _found(row).items():
            for record in found:
                yield data.name, row.name, family, seed, *(record[key] for key in keys)


def views(part: Part) -> Iterator[View]:
    """The table; nothing where no model's record has classes."""
    data = data_of(part.results, part.key)
    models = [
        (k, m, found) for k, m in enumerate(data.models) if any((found := _found(m)).values())
    ]
    if not models:
        return
    records = (record for _, _, seeds in models for each in seeds.values() for record in each)
    shares = dict(sorted({record["class"]: record["real_share"] for record in records}.items()))
    rows = [Row("Share of the reference", [Cell(percent(share)) for share in shares.values()])]
    if (real := data.real_control) and any(_found(real).values()):
        rows.append(Row(real.title, _cells(shares, _found(real)), real.name, kind="control"))
    rows += [Row(m.title, _cells(shares, seeds), m.name, k) for k, m, seeds in models]
    heads = [Head(str(label), ASKS, entry="Each class") for label in shares]
    who = "The judge" if data.kind == "images" else "The nearest mode"
    name = f"Classes on {part.key}"
    grid = Grid(f"{part.anchor}-classes", name, heads, [Group("", rows)], kind="classes")
    yield Fold(SUMMARY, [Prose(f"{who}{READING}", "small"), grid])


def _cells(labels: Mapping[int, float], seeds: Found) -> list[Cell]:
    records = [record for each in seeds.values() for record in each]
    return [_cell([record for record in records if record["class"] == k]) for k in labels]


def _cell(records: Sequence[Mapping[str, Any]]) -> Cell:
    value = estimate([record["share"] / record["real_share"] for record in records])
    if value is None:
        return Cell(DASH, tip="this class is not in the reference")
    half = "" if value.half is None else f" ± {value.half:.2f}"
    tips = [f"share over real share {value.mean:.2f}{half}"]
    for key, title in WITHIN.items():
        if within := estimate([record[key] for record in records if record[key] is not None]):
            tips.append(f"{title} {short(within.mean)}")
    return Cell(f"{value.mean:.2f}", tip="; ".join(tips), kind=_shade(value.mean))


def _shade(ratio: float) -> str:
    for name, limit in (("far", FAR), ("off", OFF)):
        if not limit <= ratio <= 1 / limit:
            return name
    return ""
