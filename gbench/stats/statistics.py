"""Intervals and comparisons over training seeds, and rank correlations.

A training seed is the unit: intervals and tests speak about the method, not about one trained
network.  Images are never resampled: a bootstrap with replacement is wrong for metrics that look
at nearest neighbours.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

ALPHA = 0.05

Verdict = Literal["best", "tied", "worse", "untested"]


class Estimate(NamedTuple):
    """A mean over seeds.

    Attributes:
        mean: of the seeds' values.
        half: half the width of the 95 % interval; None with fewer than two seeds.
        n: how many seeds.
    """

    mean: float
    half: float | None
    n: int

    @property
    def low(self) -> float:
        """The interval's lower end; the mean where there is no interval."""
        return self.mean - (self.half or 0.0)

    @property
    def high(self) -> float:
        """The interval's upper end; the mean where there is no interval."""
        return self.mean + (self.half or 0.0)


def estimate(values: Sequence[float]) -> Estimate | None:
    """Mean and Student's 95 % interval, mean +- t(n-1, 0.975) s / sqrt(n); None without values."""
    n = len(values)
    if n == 0:
        return None
    mean = float(np.mean(values))
    if n == 1:
        return Estimate(mean, None, 1)
    spread = float(np.std(values, ddof=1)) / n**0.5
    return Estimate(mean, float(stdtrit(n - 1, 1 - ALPHA / 2)) * spread, n)


def paired_p(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided p-value of Student's paired t-test; at least two pairs.

    Where all differences are equal, it is 0, or 1 if they are all 0.
    """
    differences = np.subtract(first, second)
    n = len(differences)
    spread = float(np.std(differences, ddof=1)) / n**0.5
    mean = float(np.mean(differences))
    if spread <= 1e-12 * abs(mean):
        return 0.0 if mean else 1.0
    return float(2 * stdtr(n - 1, -abs(mean) / spread))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for several comparisons, in the order given.

    Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979: the i-th smallest of m
    is multiplied by m - i + 1, and none may be below the one before it.
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def compare(losses: Mapping[str, Mapping[int, float]]) -> dict[str, Verdict]:
    """Compares every model with the one of the lowest mean loss.

    Args:
        losses: by model and seed, lower is better.

    Returns:
        by model: "best"; "tied" where a paired t-test on the common seeds, Holm-corrected over all
        models, does not tell it from the best at 5 %; "worse" where it does; "untested" where
        fewer than two seeds are common, and nothing is best where nothing could be tested.
    """
    means = {
        model: float(np.mean(list(seeds.values()))) for model, seeds in losses.items() if seeds
    }
    if not means:
        return {}
    best = min(means, key=means.__getitem__)
    verdicts: dict[str, Verdict] = dict.fromkeys(means, "untested")
    p_values = {}
    for model in means:
        common = sorted(losses[model].keys() & losses[best].keys())
        if model != best and len(common) >= 2:
            p_values[model] = paired_p(
                [losses[model][seed] for seed in common], [losses[best][seed] for seed in common]
            )
    for model, p_value in zip(p_values, holm(list(p_values.values())), strict=True):
        verdicts[model] = "worse" if p_value < ALPHA else "tied"
    if p_values:
        verdicts[best] = "best"
    return verdicts


def ranks(losses: Mapping[str, float]) -> dict[str, float]:
    """The ranks 1, 2, ... from the lowest loss; equal losses share the mean of their ranks."""
    return {
        model: sum(other < loss for other in losses.values())
        + (sum(other == loss for other in losses.values()) + 1) / 2
        for model, loss in losses.items()
    }


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's, in [-1, 1]; None where one of them never changes."""
    a, b = (_centred_ranks(values) for values in (first, second))
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else None


def partial_correlation(
    first: Sequence[float], second: Sequence[float], given: Sequence[float]
) -> float | None:
    """Spearman's with a third variable held fixed, in [-1, 1].

    (r_ab - r_ac r_bc) / sqrt((1 - r_ac^2) (1 - r_bc^2)).  None where one of the two never changes,
    or changes with the third alone.
    """
    pairs = ((first, second), (first, given), (second, given))
    ab, ac, bc = (rank_correlation(*pair) for pair in pairs)
    if ab is None or ac is None or bc is None:
        return None
    left = (1 - ac**2) * (1 - bc**2)
    return float(np.clip((ab - ac * bc) / left**0.5, -1, 1)) if left > 1e-9 else None


def _centred_ranks(values: Sequence[float]) -> NDArray[np.float64]:
    by_index = ranks({str(index): value for index, value in enumerate(values)})
    found = np.array([*by_index.values()])
    return found - found.mean()


def mean_ranks(columns: Sequence[Mapping[str, Mapping[int, float]]]) -> dict[str, Estimate]:
    """Each model's rank averaged over columns, as an estimate over seeds; see `ranks_by_seed`."""
    estimates = {
        model: estimate([*values.values()]) for model, values in ranks_by_seed(columns).items()
    }
    return {model: value for model, value in estimates.items() if value is not None}


def ranks_by_seed(
    columns: Sequence[Mapping[str, Mapping[int, float]]],
) -> dict[str, dict[int, float]]:
    """Each model's rank averaged over columns, by model and seed.

    Args:
        columns: losses by model and seed, one mapping a metric.

    A column counts at a seed only if every model of any column has a value there, so that all
    models are ranked on the same ground.
    """
    models = sorted({model for column in columns for model in column})
    seeds = sorted({s for column in columns for values in column.values() for s in values})
    by_model: dict[str, dict[int, float]] = {model: {} for model in models}
    for seed in seeds:
        complete = [
            ranks({model: column[model][seed] for model in models})
            for column in columns
            if all(seed in column.get(model, {}) for model in models)
        ]
        if complete:
            for model in models:
                by_model[model][seed] = float(np.mean([column[model] for column in complete]))
    return by_model


def pareto(points: Mapping[str, tuple[float, float]]) -> list[str]:
    """The models that no other beats in one loss without losing in the other, by first loss."""
    front = [
        model
        for model, (a, b) in points.items()
        if not any(c <= a and d <= b and (c, d) != (a, b) for c, d in points.values())
    ]
    return sorted(front, key=lambda model: points[model])
