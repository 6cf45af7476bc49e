"""How much of the spread over seeds is sampling: the training's variance and the samples' apart.

A run draws several disjoint batches of n samples, and each is scored against the same real
examples.  With a_s the effect of seed s on a model and e_sb that of batch b of that run,

    y_sb = mu + a_s + e_sb,  var(a) = training,  var(e) = sampling,

the sampling variance is the variance between batches of one run, and the training variance is
that between the runs' means over B batches, less sampling / B (the analysis of variance's
unbiased estimators: Searle, Casella and McCulloch, "Variance Components", 1992, section 3.5).  A
value of the table is of one batch: its variance over seeds is the sum of the two.

Both are averaged over models, and the share of the sampling in their sum is a ratio of two means
over models, with the interval that its linearisation gives (Cochran, "Sampling Techniques", 1977,
section 6.4), since models differ in their variances and no F distribution holds.

Not in it: the draw of the real examples, which all share.  Models whose samples walk on from a
common set of chains (RBM, energy) draw batches that are not quite independent, so that their
sampling variance is a little too small.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from gbench.report.numbers import listed, percent, short
from gbench.report.records import Data, Model
from gbench.stats.statistics import ALPHA

HEAD = "data metric models runs batches sampling_sd training_sd sampling_share low high"


class Components(NamedTuple):
    """Of one model.

    Attributes:
        sampling: variance between batches of one run, averaged over runs.
        training: variance between runs that is not the batches'; under 0 by chance where it is
            small.  It is not cut, so that its mean over models has no bias.
    """

    sampling: float
    training: float


class Share(NamedTuple):
    """How much of a variance is sampling, over models.

    Attributes:
        mean: within [0, 1], as are the ends of its 95 % interval.
        low, high: None with a single model.
    """

    mean: float
    low: float | None
    high: float | None


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


def components(values: NDArray[np.float64]) -> Components:
    """
    Args:
        values: [S, B] of S >= 2 seeds and B >= 2 batches each.
    """
    sampling = float(values.var(axis=1, ddof=1).mean())
    between = float(values.mean(axis=1).var(ddof=1))
    return Components(sampling, between - sampling / values.shape[1])


def share(found: Sequence[Components]) -> Share | None:
    """The sum of the sampling variances over that of all variances; None if that is not over 0."""
    sampling = np.array([one.sampling for one in found])
    total = sampling + [one.training for one in found]
    if not total.sum() > 0:
        return None
    n, ratio = len(found), float(sampling.sum() / total.sum())
    mean = min(1.0, ratio)
    if n < 2:
        return Share(mean, None, None)
    error = float(np.sqrt(n / (n - 1) * ((sampling - ratio * total) ** 2).sum()) / total.sum())
    half = float(stdtrit(n - 1, 1 - ALPHA / 2)) * error
    return Share(mean, *(float(np.clip(ratio + sign * half, 0, 1)) for sign in (-1, 1)))


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
