"""Variances that borrow from all rows, and what chance alone would show.

With three seeds the variance of one row (a model, say) is hardly known, and a test that uses it
alone finds next to nothing.  The rows of a table know more together (Smyth, "Linear Models and
Empirical Bayes Methods for Assessing Differential Expression in Microarray Experiments", 2004):
their variances are taken as drawn from one law, a scaled inverse chi-squared with d0 degrees of
freedom, and each row's is moved towards what they share.

Two deviations from Smyth, both for the sake of the error rate.  His moderated variance is
(d0 s0^2 + d s^2) / (d0 + d) with a fitted d0, and his p-value is that of Student's t with d0 + d
degrees of freedom.  Here the weight is one half, whatever d0 is,

    v_i = (pooled s^2 + s_i^2) / 2,

since a d0 that is fitted too large by chance makes some v_i too small just when it matters; and
p-values come from simulation (`alike`), to which d0 is uncertain.  `benchmarks/statistics.py`
measures the error rates of both.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]

DRAWS = 10_000
DEGREES = np.geomspace(0.5, 128, 17)  # what d0 may be


def mean_variances(variances: Floats, seeds: Ints) -> Floats:
    """[..., k] the moderated variance of each row's mean.

    Args:
        variances: [..., k] of each row over its seeds, with the divisor n - 1.
        seeds: [k] how many each row has, at least 2.
    """
    pooled = np.average(variances, axis=-1, weights=seeds - 1)
    return (pooled[..., None] + variances) / 2 / seeds


def alike(variances: Floats, seeds: Ints) -> tuple[Floats, Floats]:
    """What rows with one common mean would show: [DRAWS, k] means, and their moderated variances.

    Each draw takes a d0 by its likelihood times 1 / d0; a variance a row, by what is known of it
    then; deals these out to the rows anew, with replacement; and from them draws the mean and the
    variance of each row over its seeds.  The generator's seed is fixed, so that equal tables have
    equal p-values.

    Args:
        variances: [k] observed, not all 0.
        seeds: [k] as for `mean_variances`.
    """
    draw, degrees, size = np.random.default_rng(0), seeds - 1, (DRAWS, len(seeds))
    middle = float(np.median(variances)) or float(np.mean(variances))
    known = np.maximum(variances, 1e-5 * middle)  # of 0 there is no logarithm
    scales, likelihoods = _laws(known, degrees)
    weights = likelihoods / DEGREES
    chosen = draw.choice(len(DEGREES), DRAWS, p=weights / weights.sum())
    d0, s0 = DEGREES[chosen, None], scales[chosen, None]
    posterior = (d0 * s0 + degrees * known) / (2 * draw.standard_gamma((d0 + degrees) / 2))
    spread = np.take_along_axis(posterior, draw.integers(0, size[1], size), axis=1)
    means = draw.standard_normal(size) * np.sqrt(spread / seeds)
    sampled = spread * draw.standard_gamma(degrees / 2, size) * 2 / degrees
    return means, mean_variances(sampled, seeds)


def _laws(variances: Floats, degrees: Ints) -> tuple[Floats, Floats]:
    """For each of `DEGREES` the s0^2 that fits the mean log variance (Smyth's section 6.2), and the
    likelihood up to a factor: s^2 / s0^2 has an F distribution with d and d0 degrees of freedom."""
    d, d0 = degrees / 2, DEGREES[:, None] / 2
    centre = np.mean(np.log(variances) - digamma(d) + np.log(d))
    s0 = np.exp(centre + digamma(d0) - np.log(d0))
    ratio = variances / s0
    log = gammaln(d + d0) - gammaln(d0) + d * np.log(d / d0) + (d - 1) * np.log(ratio)
    log = (log - (d + d0) * np.log1p(ratio * d / d0) - np.log(s0)).sum(axis=1)
    return s0[:, 0], np.exp(log - log.max())
