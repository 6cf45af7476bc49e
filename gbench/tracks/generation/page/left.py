"""What the room's own stages left of each run."""

from collections.abc import Iterator, Mapping
from typing import Any

from gbench.report.records import Data, Model, Records

Left = tuple[Data, Model, int, Mapping[str, Any]]


def left(records: Records, kind: str, only: str = "") -> Iterator[Left]:
    """(data, model, seed, record) of each run that has one.

    Args:
        kind: the folder of results.
        only: the one data set to look at; "" for all.
    """
    for data in (data for data in records.data if only in ("", data.name)):
        for model in data.models:
            for run in (run for run in model.runs if run.card):
                if record := records.record(kind, data.name, model.name, run.seed):
                    yield data, model, run.seed, record


def settings(records: Records, kind: str, only: str) -> Mapping[str, Any]:
    """How much was requested of every model; empty where nothing was measured."""
    return next((record["settings"] for *_, record in left(records, kind, only)), {})
