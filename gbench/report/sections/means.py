"""Means over seeds, for `dvc metrics`."""

from typing import Any

from gbench.report.records import Control, Model, Records
from gbench.report.sections.costs import train_seconds
from gbench.stats import estimate


def means(records: Records) -> dict[str, Any]:
    """By data, model and metric; controls are models here."""
    found: dict[str, Any] = {}
    for data in records.data:
        rows: list[Model | Control] = [*data.controls, *data.models, *data.outside]
        every = {row.name: _of(row, [*data.metrics]) for row in rows}
        found[data.name] = {name: values for name, values in every.items() if values}
    return found


def _of(row: Model | Control, metrics: list[str]) -> dict[str, float]:
    values = {name: row.values(name) for name in metrics}
    if isinstance(row, Model):
        values["train_seconds"] = dict(train_seconds(row))
    known = {name: estimate([*of.values()]) for name, of in values.items()}
    return {name: float(f"{value.mean:.6g}") for name, value in known.items() if value}
