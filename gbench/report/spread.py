"""How much of the spread over seeds is sampling, by metric; see `gbench.stats.variance`."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from gbench.report.numbers import listed, percent, short
from gbench.report.records import Data, Model
from gbench.stats import Share, components, share

HEAD = "data metric models runs batches sampling_sd training_sd sampling_share low high"


class Spread(NamedTuple):
    """Of one metric.

    Attributes:
        models, runs, batches: how many there were of each; the least of any run for batches.
        sampling_sd, training_sd: roots of the mean variances; 0 where that is negative.
        share: None where nothing varies.
    """

    metric: str
    title: str
    models: int
    runs: int
    batches: int
    sampling_sd: float
    training_sd: float
    share: Share | None


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


def spreads(data: Data) -> list[Spread]:
    """A row a metric of which some model has several batches of at least two seeds."""
    rows = []
    for name, metric in data.metrics.items():
        values = [found for model in data.models if len(found := batches(model, name)) > 1]
        least = min((len(run) for found in values for run in found), default=0)
        parts = [components(np.array([run[:least] for run in found])) for found in values]
        if parts:
            sampling, training = np.mean(parts, axis=0)
            counts = len(parts), sum(map(len, values)), least
            sds = float(np.sqrt(sampling)), float(np.sqrt(max(0.0, training)))
            rows.append(Spread(name, metric.title, *counts, *sds, share(parts)))
    return rows


def told(data: Data) -> str:
    """Of which metrics sampling is more, or less, than half of the variance; empty if not known."""
    found = [(row.title, row.share) for row in spreads(data) if row.share]
    known = [(title, one.low, one.high) for title, one in found if one.low is not None]
    if not known:
        return ""
    more = [title for title, low, _ in known if low is not None and low > 0.5]
    less = [title for title, _, high in known if high is not None and high < 0.5]
    n = data.protocol.get("n_generated", 0)
    clauses = [f"more than half of it for {listed(more)}"] if more else []
    clauses += [f"less than half for {listed(less)}"] if less else []
    rest = len(known) - len(more) - len(less)
    if rest:
        clauses.append(f"not told from half for {rest if clauses else 'any'} of the metrics")
    return (
        f"A model that is trained again differs also because it is sampled again. With {n} samples "
        f"the sampling's part of the variance over seeds is {listed(clauses)}. More samples make "
        "that part smaller; what is left is the training's."
    )


def lines(data: Data) -> list[tuple[str, str, str, str]]:
    """Title, both standard deviations and the share with its interval, as text."""
    found = []
    for row in spreads(data):
        training = short(row.training_sd) if row.training_sd else "none seen"
        found.append((row.title, short(row.sampling_sd), training, _text(row.share)))
    return found


def _text(found: Share | None) -> str:
    if found is None:
        return "nothing varies"
    if found.low is None or found.high is None:
        return f"{percent(found.mean)} (one model)"
    return f"{percent(found.mean)} [{percent(found.low)}, {percent(found.high)}]"


def rows(data: Data) -> Iterable[Sequence[str | int | float | None]]:
    for row in spreads(data):
        counts, sds = (row.models, row.runs, row.batches), (row.sampling_sd, row.training_sd)
        yield data.name, row.metric, *counts, *sds, *(row.share or (None, None, None))
