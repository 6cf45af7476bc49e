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

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from gbench.stats.estimates import ALPHA


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
