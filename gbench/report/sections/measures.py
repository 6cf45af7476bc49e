"""Every model and control by every metric: the frame, its columns, and the tables' specs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from gbench.protocol.evidence import Metric
from gbench.report.numbers import short
from gbench.report.records import Data, Records
from gbench.report.section import Column, Part, Table
from gbench.report.sections.spread import sampling_sd
from gbench.report.sections.subjects import data_of
from gbench.report.tested import Tested
from gbench.report.tidy import Frame, frame
from gbench.report.view import Stamp

AXES = ("fidelity", "diversity", "modes", "overfitting")
PROTOCOL = "n_generated n_reference reference n_train d extractor extractor_hash"
HEAD = f"data model family seed metric value note {PROTOCOL}"
Stamped = Callable[[Part], Mapping[str, Stamp]]  # by metric, a stamp on its column


def nothing(part: Part) -> Mapping[str, Stamp]:
    """No stamps."""
    return {}


def scores(records: Records) -> Frame:
    """Every value of every metric; `reason` is the note of a run that finished."""
    rows = (row for data in records.data for row in (*_controls(data), *_models(data)))
    return frame(f"{HEAD} reason", rows)


def _controls(data: Data) -> Iterator[Sequence[Any]]:
    for control in data.controls:
        for seed, found in control.scores.items():
            for metric in (name for name in data.metrics if name in found):
                score = found[metric]
                start = (data.name, control.name, "control", seed, metric, score.value, score.note)
                yield *start, *_protocol(data.protocol), ""


def _models(data: Data) -> Iterator[Sequence[Any]]:
    for model in (*data.models, *data.outside):
        for run in model.runs:
            for metric in data.metrics:
                score = run.scores.get(metric)
                reason = score.note if score else "not measured"
                note = reason if run.status == "ok" else f"{run.status}: {run.note}"
                start = (data.name, model.name, model.family, run.seed, metric)
                kept = reason if run.status == "ok" and model in data.models else ""
                yield (
                    *start,
                    score.value if score else None,
                    note,
                    *_protocol(run.evaluation.get("protocol", {})),
                    kept,
                )


def _protocol(found: Mapping[str, Any]) -> Iterator[Any]:
    return (found.get(key) for key in PROTOCOL.split())


def metrics(part: Part, primary: bool | None = None, stamped: Stamped = nothing) -> list[Column]:
    """A column a metric, by axis; primary ones, the others, or all."""
    stamps = stamped(part)
    found = [
        _column(name, metric, stamps.get(name))
        for name, metric in data_of(part.results, part.key).metrics.items()
        if primary is None or metric.primary is primary
    ]
    return sorted(found, key=lambda column: _place(column.over))


def _place(axis: str) -> int:
    """An axis that is not among the known ones comes last."""
    return AXES.index(axis) if axis in AXES else len(AXES)


def _column(name: str, metric: Metric, stamp: Stamp | None) -> Column:
    shared = ("title", "better", "target", "asks", "formula", "blind", "source")
    return Column(
        name, over=metric.axis, stamp=stamp, **{key: getattr(metric, key) for key in shared}
    )


def first(tested: Tested, *axes: str) -> Column | None:
    """The first column of the first of these axes that has one with values: it speaks for it."""
    there = [c for key, c in tested.columns.items() if tested.found.get(key)]
    return next((c for axis in axes for c in there if c.over == axis), None)


def _tip(part: Part, row: str, key: str) -> str:
    model = next((m for m in data_of(part.results, part.key).models if m.name == row), None)
    spread = sampling_sd(model, key) if model else None
    return "" if spread is None else f"SD of sampling alone: {short(spread)}"


def table(name: str, title: str, *, primary: bool, stamped: Stamped = nothing) -> Table:
    """Of the metrics that are primary, or of the others, which count in no rank."""
    return Table(
        name,
        title,
        partial(metrics, primary=primary, stamped=stamped),
        tidy=lambda found: found.assign(note=found.reason),
        every=True,
        floor="real",
        rulers=True,
        rank=primary,
        filters=primary,
        tip=_tip,
    )


MAIN = table("main", "Scores", primary=True)
MORE = table("more", "More scores", primary=False)
