"""Longer or better?  Samples at half of each training against those at its end.

Training seeds are the unit of a model's verdict.  With three of them and forty models hardly one is
told by itself, so that the question is also asked of all models at once: does it go one way in more
of them than a fair coin would have it?  Nothing is said of budgets beyond the one that was trained.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binomtest

from gbench.protocol.evidence import Metric
from gbench.report.numbers import listed, short
from gbench.report.records import Data, Model, Run
from gbench.stats import ALPHA, Estimate, estimate, holm, paired_p

HEAD = "data model family metric round half end gain low high p verdict"


@dataclass(frozen=True)
class Change:
    """What the second half of training changed, by one metric of one model.

    Attributes:
        index: of the model's colour and mark.
        rounds: trained in half and in all.
        half, end: means over seeds, as the metric's values.
        gain: over seeds, of the metric as a loss: above 0 where the end is better.
        p: of a paired t-test, Holm-corrected over the models; None with fewer than two seeds.
    """

    model: Model
    index: int
    name: str
    metric: Metric
    rounds: tuple[float, float]
    half: float
    end: float
    gain: Estimate
    p: float | None

    @property
    def verdict(self) -> str:
        if self.p is None:
            return "untested"
        if self.p >= ALPHA:
            return "not told"
        return "better" if self.gain.mean > 0 else "worse"


def measured(data: Data) -> dict[str, Metric]:
    """The metrics that were computed along some training."""
    return {
        name: metric
        for name, metric in data.metrics.items()
        if any(any(run.along.get(name, ())) for model in data.models for run in model.runs)
    }


def changes(data: Data, name: str, metric: Metric) -> list[Change]:
    """Of the models that were scored at half of their training and at its end."""
    found, p_values = [], []
    for index, model in enumerate(data.models):
        pairs = [pair for run in model.runs if (pair := _half_and_end(run, name))]
        if not pairs:
            continue
        halves, ends, rounds = zip(*pairs, strict=True)
        first, last = ([metric.loss(value) for value in side] for side in (halves, ends))
        gain = estimate([a - b for a, b in zip(first, last, strict=True)])
        assert gain is not None
        half, end = (float(np.mean(side)) for side in (halves, ends))
        found.append(Change(model, index, name, metric, rounds[0], half, end, gain, None))
        p_values.append(paired_p(first, last) if gain.n > 1 else None)
    adjusted = iter(holm([p for p in p_values if p is not None]))
    return [
        one if p is None else replace(one, p=next(adjusted))
        for one, p in zip(found, p_values, strict=True)
    ]


def _half_and_end(run: Run, name: str) -> tuple[float, float, tuple[float, float]] | None:
    """The metric at the point nearest to half of training and at the last, and their rounds."""
    points = zip(run.along.get("round", ()), run.along.get(name, ()), strict=False)
    known = [(at, value) for at, value in points if at]
    if len(known) < 2:
        return None
    end, last = known[-1]
    half, before = min(known[:-1], key=lambda point: abs(point[0] - end / 2))
    return None if before is None or last is None else (before, last, (half, end))


def told(data: Data) -> str:
    """What the second half of training is good for, by each metric; empty without measurements."""
    clauses = []
    for name, metric in measured(data).items():
        gains = [change.gain.mean for change in changes(data, name, metric)]
        moved = [gain for gain in gains if gain]
        if not moved:
            continue
        better = sum(gain > 0 for gain in moved)
        p = float(binomtest(better, len(moved)).pvalue)
        size = f"p = {short(p)}" if p >= 0.001 else "p < 0.001"
        verdict = size if p < ALPHA else f"no more than chance, {size}"
        clauses.append(f"{metric.title} in {better} of {len(moved)} models ({verdict})")
    if not clauses:
        return ""
    return f"The end of training is better than its half by {listed(clauses)}; sign tests."


def lines(data: Data) -> list[tuple[Model, int, list[Change | None]]]:
    """A row a model, with a change a metric."""
    columns = [changes(data, name, metric) for name, metric in measured(data).items()]
    rows = []
    for index, model in enumerate(data.models):
        found = [next((c for c in column if c.index == index), None) for column in columns]
        if any(found):
            rows.append((model, index, found))
    return rows


def rows(data: Data) -> Iterator[Sequence[str | int | float | None]]:
    """Tidy: a row a model and metric."""
    for name, metric in measured(data).items():
        for c in changes(data, name, metric):
            start = (data.name, c.model.name, c.model.family, name, c.rounds[1])
            yield *start, c.half, c.end, c.gain.mean, c.gain.low, c.gain.high, c.p, c.verdict
