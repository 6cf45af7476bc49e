"""Tests of rows against the best one, and of differences against zero."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import bdtr, stdtr

from gbench.stats.estimates import ALPHA
from gbench.stats.moderated import Floats, Ints, alike, mean_variances

Verdict = Literal["best", "tied", "worse", "untested"]
Scale = Literal["linear", "log"]
Losses = Mapping[str, Mapping[int, float]]  # by row and seed


class Compared(NamedTuple):
    """A row against the best one.

    Attributes:
        difference: of the means on the scale, the row's less that of the best.
        p: None where it is untested, and for the best.
    """

    verdict: Verdict
    difference: float
    p: float | None


class Apart(NamedTuple):
    """A mean difference against 0.

    Attributes:
        difference: on the scale.
        p: two-sided.
    """

    difference: float
    p: float

    @property
    def sign(self) -> int:
        """Of the difference; 0 where it cannot be distinguished from 0 at 5 %."""
        return int(np.sign(self.difference)) if self.p < ALPHA else 0


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


def on_scale(values: Losses, scale: Scale) -> dict[str, dict[int, float]]:
    """The values on a scale on which the spread over seeds is comparable.

    Args:
        scale: "log" for what spreads in proportion to its size, such as a distance or a time.
            Where some value is not positive, the logarithm is replaced by arsinh(x / s), with s the
            median of the rows' standard deviations: linear near 0, logarithmic far from it.
    """
    every = [value for seeds in values.values() for value in seeds.values()]
    spreads = [np.std([*of.values()], ddof=1) for of in values.values() if len(of) > 1]
    unit = float(np.median(spreads)) if spreads else 0.0
    if scale == "linear" or not every or (min(every) <= 0 and not unit):
        return {row: dict(seeds) for row, seeds in values.items()}
    moved = np.log if min(every) > 0 else lambda value: np.arcsinh(value / unit)
    return {row: {s: float(moved(v)) for s, v in seeds.items()} for row, seeds in values.items()}


def compare(losses: Losses, scale: Scale = "linear", step: float = 0.0) -> dict[str, Compared]:
    """Compares every row with the best one: that of the lowest mean loss, before any scale.

    After Hsu's comparisons with the best ("Simultaneous Confidence Intervals for all Distances from
    the 'Best'", 1981), with t_i = (m_i - m_best) / sqrt(v_i + v_best) of moderated variances v
    (`moderated`).  Hsu's critical value is for a best that is known to be the only one; where
    several are equally good, the one that looks best was lucky, and the others seem worse.  So
    p is the share of simulated tables of equally good rows whose largest t, with a best chosen in
    each, is at least t_i.  Rows that are worse leave, and the rest is tested again among itself,
    until none leaves (step-down).  With probability of about 95 % no row that is as good as the
    best is called worse; `benchmarks/statistics.py` has the rates.

    Args:
        losses: lower is better.
        scale: on which they are compared (`on_scale`).
        step: the least by which two values differ: 1 for ranks.  A row whose seeds agree is taken
            to vary as if one of them were a step off, since agreement does not rule out chance.

    Returns:
        by row: "best"; "tied" where it cannot be distinguished from the best at 5 %; "worse" where
        it can; "untested" with fewer than two seeds.  Nothing is best where nothing is tested.
    """
    scaled = {row: [*seeds.values()] for row, seeds in on_scale(losses, scale).items() if seeds}
    rows = [row for row, values in scaled.items() if len(values) > 1]
    found = {row: Compared("untested", 0.0, None) for row in scaled}
    if len(rows) < 2:
        return found
    means, variances, seeds = _moments([scaled[row] for row in rows])
    variances = np.maximum(variances, step**2 / seeds)
    best = int(np.argmin([np.mean([*losses[row].values()]) for row in rows]))
    errors = _errors(variances, seeds)
    observed = (means - means[best]) / np.sqrt(errors + errors[best])
    p_values = _step_down(observed, _to_best, variances, seeds)
    for row, difference, p in zip(rows, means - means[best], p_values, strict=True):
        found[row] = Compared("worse" if p < ALPHA else "tied", float(difference), float(p))
    found[rows[best]] = Compared("best", 0.0, None)
    return found


def apart(differences: Losses, *, shared: bool = True) -> dict[str, Apart]:
    """Tests each row's mean difference against 0, two-sided.

    t_i = |m_i| / sqrt(v_i) of moderated variances; p as for `compare`: the share of simulated
    tables of rows without a difference whose largest t is at least t_i, step-down.  For a single
    row this is Student's paired t-test.

    Args:
        differences: by row and unit; rows with fewer than two units are left out.
        shared: False where the rows' spread differs by design: then each row has its own variance,
            in Student's t-test, and p is Holm-corrected over the rows.
    """
    values = {row: [*units.values()] for row, units in differences.items() if len(units) > 1}
    if not values:
        return {}
    means, variances, seeds = _moments([*values.values()])
    if shared:
        observed = _to_zero(means, _errors(variances, seeds))
        p_values = _step_down(observed, _to_zero, variances, seeds)
    else:
        raw = [paired_p(of, [0.0] * len(of)) for of in values.values()]
        p_values = np.asarray(holm(raw), dtype=np.float64)
    return {
        row: Apart(float(m), float(p)) for row, m, p in zip(values, means, p_values, strict=True)
    }


def _moments(values: Sequence[Sequence[float]]) -> tuple[Floats, Floats, Ints]:
    """[k] means, variances and numbers of the values of k rows."""
    means = np.array([np.mean(of) for of in values])
    variances = np.array([np.var(of, ddof=1) for of in values])
    # equal values have a variance of 0, not the last digit's
    variances[variances <= 1e-24 * means**2] = 0.0
    return means, variances, np.array([len(of) for of in values])


def _to_best(means: Floats, variances: Floats) -> Floats:
    """[..., k] each mean's distance from the lowest one in standard errors."""
    best = means.argmin(axis=-1)[..., None]
    lowest, spread = (np.take_along_axis(of, best, axis=-1) for of in (means, variances))
    return (means - lowest) / np.sqrt(variances + spread)


def _to_zero(means: Floats, variances: Floats) -> Floats:
    """[..., k] each mean's distance from 0 in standard errors."""
    return np.abs(means) / np.sqrt(variances)


def _errors(variances: Floats, seeds: Ints) -> Floats:
    """[k] moderated variances of the means; 1 each where nothing varies."""
    return mean_variances(variances, seeds) if variances.any() else np.ones_like(variances)


def _step_down(
    observed: Floats, statistic: Callable[[Floats, Floats], Floats], variances: Floats, seeds: Ints
) -> Floats:
    """[k] p-values of the observed statistics, adjusted for all rows."""
    if not variances.any():  # there is no chance: what differs, differs
        return np.where(observed > 0, 0.0, 1.0)
    drawn = alike(variances, seeds)
    p_values, live = np.zeros(len(observed)), np.ones(len(observed), dtype=bool)
    leaving = live
    while leaving.any() and live.any():
        largest = np.sort(statistic(*(of[:, live] for of in drawn)).max(axis=1))
        above = len(largest) - np.searchsorted(largest, observed[live])
        left = p_values[~live].max(initial=0)  # no row may have a smaller p than one before it
        p_values[live] = np.maximum((1 + above) / (1 + len(largest)), left)
        leaving = live & (p_values < ALPHA)
        live = live & ~leaving
    return p_values
