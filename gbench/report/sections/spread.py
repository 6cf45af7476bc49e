"""How much of the spread over seeds is sampling, by metric; see `gbench.stats.variance`."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gbench.report.kit.section import Part
from gbench.report.kit.tidy import Frame, frame, rows
from gbench.report.kit.view import Cell, Fold, Grid, Group, Head, Prose, Row, View
from gbench.report.numbers import listed, percent, short
from gbench.report.records import Data, Model
from gbench.report.sections.subjects import data_of
from gbench.stats import components, share

HEAD = "data metric models runs batches sampling_sd training_sd sampling_share low high"
HEADS = (
    Head("SD of sampling", "Between disjoint batches of samples of one run, pooled over runs and "
         "models."),
    Head("SD of training", "Between seeds, after what the batches explain is taken off; pooled "
         "over models."),
    Head("Sampling's share", "Of the variance of a value over seeds. In brackets the 95 % interval "
         "over models.", plain="Sampling's share of the variance"),
)  # fmt: skip
BLIND = (
    "Cannot show: what another choice of test examples would change, since all batches and seeds "
    "share them. Averages are dominated by the models that vary most."
)


def batches(model: Model, metric: str) -> list[list[float]]:
    """A value a batch, of each run that has all of them and at least two."""
    found = []
    for run in model.runs:
        values = run.evaluation.get("batches", {}).get(metric, [])
        if run.status == "ok" and len(values) > 1 and None not in values:
            found.append([float(value) for value in values])
    return found


def sampling_sd(model: Model, metric: str) -> float | None:
    """The standard deviation between batches of one run, pooled over runs; None without batches."""
    found = batches(model, metric)
    if not found:
        return None
    return float(np.sqrt(np.mean([np.var(values, ddof=1) for values in found])))


def _rows(data: Data) -> Iterator[Sequence[Any]]:
    """A row a metric of which some model has several batches of at least two seeds."""
    for metric in data.metrics:
        values = [found for model in data.models if len(found := batches(model, metric)) > 1]
        least = min((len(run) for found in values for run in found), default=0)
        parts = [components(np.array([run[:least] for run in found])) for found in values]
        if parts:
            sampling, training = np.mean(parts, axis=0)
            sds = float(np.sqrt(sampling)), float(np.sqrt(max(0.0, training)))
            counts = len(parts), sum(map(len, values)), least
            yield data.name, metric, *counts, *sds, *(share(parts) or (None, None, None))


def spread(parts: Sequence[Part]) -> Frame:
    """The parts of the variance, for the file; computed once for table and sentence too."""
    return frame(HEAD, (row for part in parts for row in _found(part)))


def _found(part: Part) -> list[Sequence[Any]]:
    return part.once("spread", lambda: [*_rows(data_of(part.results, part.key))])


def told(part: Part) -> str:
    """Of which metrics sampling is more, or less, than half of the variance; empty if not known."""
    data = data_of(part.results, part.key)
    known = [row for row in rows(spread([part])) if row["low"] is not None]
    if not known:
        return ""
    more = [data.metrics[row["metric"]].title for row in known if row["low"] > 0.5]
    less = [data.metrics[row["metric"]].title for row in known if row["high"] < 0.5]
    clauses = [f"more than half of it for {listed(more)}"] if more else []
    clauses += [f"less than half for {listed(less)}"] if less else []
    rest = len(known) - len(more) - len(less)
    if rest:
        clauses.append(
            f"not distinguishable from half for {rest if clauses else 'any'} of the metrics"
        )
    return (
        "Retraining also resamples. "
        f"With {data.protocol.get('n_generated', 0)} samples the part that sampling has in the "
        f"variance of a metric over seeds is {listed(clauses)}. More samples make that part "
        "smaller; the rest is training's."
    )


def views(part: Part) -> Iterator[View]:
    """The table, behind its question and answer."""
    found = [*rows(spread([part]))]
    if found:
        name = f"Sampling and training variance on {part.key}"
        filled = [_row(part, row) for row in found]
        grid = Grid(f"{part.anchor}-spread", name, HEADS, [Group("", filled)], first="Metric")
        summary = f"How much of the spread is sampling? {told(part)}".strip()
        yield Fold(summary, [grid, Prose(BLIND, "small")])


def _row(part: Part, row: dict[str, Any]) -> Row:
    training = short(row["training_sd"]) if row["training_sd"] else "none seen"
    texts = (short(row["sampling_sd"]), training, _share(row))
    title = data_of(part.results, part.key).metrics[row["metric"]].title
    return Row(title, [Cell(text) for text in texts])


def _share(row: dict[str, Any]) -> str:
    if row["sampling_share"] is None:
        return "nothing varies"
    mean = percent(row["sampling_share"])
    if row["low"] is None:
        return f"{mean} (one model)"
    return f"{mean} [{percent(row['low'])}, {percent(row['high'])}]"
