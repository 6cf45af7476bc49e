"""Ranks, rank correlations, and the members that no other beats."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


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
