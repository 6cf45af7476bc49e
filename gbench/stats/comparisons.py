"""Tests of one model against another, and of all against the best."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from scipy.special import bdtr, stdtr

from gbench.stats.estimates import ALPHA

Verdict = Literal["best", "tied", "worse", "untested"]


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


def sign_p(better: int, of: int) -> float:
    """The two-sided p-value of the sign test: so many of the pairs that differ are better."""
    return min(1.0, 2 * float(bdtr(min(better, of - better), of, 0.5)))


def shared_spread_p(effect: float, draws: int) -> float:
    """The two-sided p-value of Student's t = effect / sqrt(2 / draws), with draws - 1 degrees of
    freedom.

    Both means are given the spread of the first sample, in which `effect` is counted: under the
    null hypothesis the second shares it, and its own scatter must not hide how far it is.
    """
    return float(2 * stdtr(draws - 1, -abs(effect) / (2 / draws) ** 0.5))


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
