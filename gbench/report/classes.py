"""The shares of the classes: which a model makes too seldom or too often, beside real data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gbench.report.numbers import short
from gbench.report.records import Control, Data, Model, Records
from gbench.stats import Estimate, estimate

HEAD = "data model family seed class share real_share coverage vendi_ratio nn_ratio"
WITHIN = {"coverage": "coverage", "vendi_ratio": "Vendi ratio", "nn_ratio": "NN ratio"}
OFF, FAR = 0.8, 0.5  # shaded where a mean ratio is under these, or over their inverses
Found = Mapping[int, Sequence[Mapping[str, Any]]]  # by seed, a record a class


class Cell(NamedTuple):
    """
    Attributes:
        text: the mean over seeds of the share over the real share; "" where there is none.
        shade: "", "off" or "far".
        tip: the interval, and the means of the other scores within the class.
    """

    text: str
    shade: str
    tip: str


@dataclass(frozen=True)
class Row:
    """
    Attributes:
        index: of the model's colour and mark; None for real data.
        cells: one a class.
    """

    title: str
    index: int | None
    cells: list[Cell]


class Table(NamedTuple):
    """
    Attributes:
        classes: with the share of each in the reference.
        rows: the real data first, then the models that have shares.
    """

    classes: list[tuple[int, float]]
    rows: list[Row]


def found(row: Model | Control) -> Found:
    """By seed, of the runs that were evaluated."""
    if isinstance(row, Control):
        return row.by_class
    return {run.seed: run.evaluation.get("by_class", ()) for run in row.runs}


def table(data: Data) -> Table | None:
    """None where no record has classes."""
    models = [(index, model, found(model)) for index, model in enumerate(data.models)]
    records = [record for _, _, seeds in models for each in seeds.values() for record in each]
    if not records:
        return None
    shares = {record["class"]: record["real_share"] for record in records}
    classes = sorted(shares.items())
    rows = [Row(model.title, index, _cells(classes, seeds))
            for index, model, seeds in models if any(seeds.values())]  # fmt: skip
    if (real := data.real_control) and any(found(real).values()):
        rows.insert(0, Row(real.title, None, _cells(classes, found(real))))
    return Table(classes, rows)


def _cells(classes: Iterable[tuple[int, float]], seeds: Found) -> list[Cell]:
    records = [record for each in seeds.values() for record in each]
    return [_cell([record for record in records if record["class"] == k]) for k, _ in classes]


def _cell(records: Sequence[Mapping[str, Any]]) -> Cell:
    value = estimate([record["share"] / record["real_share"] for record in records])
    if value is None:
        return Cell("", "", "this class is not in the reference")
    tips = [_interval(value)]
    for key, title in WITHIN.items():
        if within := estimate([record[key] for record in records if record[key] is not None]):
            tips.append(f"{title} {short(within.mean)}")
    return Cell(f"{value.mean:.2f}", _shade(value.mean), "; ".join(tips))


def _interval(value: Estimate) -> str:
    half = "" if value.half is None else f" ± {value.half:.2f}"
    return f"share over real share {value.mean:.2f}{half}"


def _shade(ratio: float) -> str:
    for name, limit in (("far", FAR), ("off", OFF)):
        if not limit <= ratio <= 1 / limit:
            return name
    return ""


def observations(records: Records) -> Iterable[Sequence[Any]]:
    """A row a class, seed, and model or control."""
    keys = HEAD.split()[4:]
    for data in records.data:
        everything: list[Model | Control] = [*data.controls, *data.models]
        for row in everything:
            family = row.family if isinstance(row, Model) else "control"
            for seed, classes in found(row).items():
                for record in classes:
                    yield data.name, row.name, family, seed, *(record[key] for key in keys)
