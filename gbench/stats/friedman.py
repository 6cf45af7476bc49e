"""Whether models differ in rank at all, and which of them cannot be distinguished.

The repeated unit is the training: a *block* is a seed, in which all models are ranked.  Metrics are
columns that look at the same samples, so they are no blocks: as such, ten metrics of three seeds
would count as thirty observations, and one lucky training as ten.  Each metric is ranked by
itself; over metrics, a model's score at a seed is its rank averaged over them, every one weighing
the same (correlated ones together more than once: the average is a convention).

First one test that they all are alike: Friedman, "The Use of Ranks to Avoid the Assumption of
Normality", 1937, in the form F = (b - 1) X / (b (k - 1) - X) with k - 1 and (k - 1)(b - 1)
degrees of freedom (Iman and Davenport, "Approximations of the Critical Region of the Friedman
Statistic", 1980), which is the two-way analysis of variance of the ranks and is so computed here;
over metrics it is that of the averaged ranks.

Then, where it rejects at 5 %, pairs, by Conover and Iman's t on mean ranks ("On Multiple-
Comparisons Procedures", 1979; Conover, "Practical Nonparametric Statistics", 1999, section 5.8),

    t = |R_a - R_b| / sqrt(2 max(s^2, s_ab^2, s_1^2) / b),  (k - 1)(b - 1) degrees of freedom,

with Holm's correction over all pairs.  s^2 is the residual mean square.  The other two are our
addition.  s_ab^2 is the mean of the two models' own variances over blocks: ranks at the ends of
the list vary less than those in the middle, so that the pooled s^2 alone finds too much.  s_1^2
is what s^2 would be if two neighbours changed places once: three blocks that agree do not show
that there is no chance at all.

Why not another.  Nemenyi's critical difference (Demsar, "Statistical Comparisons of Classifiers
over Multiple Data Sets", JMLR 2006) is for many blocks: with 45 models and 3 seeds it is
nearly the whole list.  Benavoli, Corani and Mangili, "Should We Really Use Post-Hoc Tests Based on
Mean-Ranks?", JMLR 2016, ask for tests on the pair alone, since a mean rank depends on who else
takes part.  That is right, and comparisons.csv has these tests, but three differences cannot pass
a correction for 990 pairs (sign flips end at p = 1/4, the paired t has two degrees of freedom).  So
the verdicts here are about places in this list, and the variance is borrowed from all models.
How often it errs was simulated: 44 models in 22 pairs of equals, normal values with the means and
standard deviations of ten metrics on digits, 3 seeds.  Some equal pair was separated in 2 to 6 %
of 300 repetitions, by metric (s^2 alone: 3 to 18 %), and 10 to 61 % of the unequal pairs were
(s^2 alone: 11 to 67 %; Welch's t: 0 to 11 %; the paired t: 0 to 2 %).
"""

from collections.abc import Mapping
from math import factorial
from typing import NamedTuple

import numpy as np
from networkx import find_cliques, from_numpy_array
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtr

from gbench.stats.comparisons import holm
from gbench.stats.estimates import ALPHA


class Test(NamedTuple):
    """That all models are alike.

    Attributes:
        f: infinite where all blocks agree.
        df1, df2: its degrees of freedom.
        p: in (0, 1].
    """

    f: float
    df1: int
    df2: int
    p: float


def friedman(scores: NDArray[np.float64]) -> Test | None:
    """
    Args:
        scores: [k, b] ranks of k models within each of b blocks, mean ranks for ties.

    Returns:
        None with fewer than two models or blocks, or where no rank differs.
    """
    k, b = scores.shape
    if k < 2 or b < 2:
        return None
    df1, df2 = k - 1, (k - 1) * (b - 1)
    means = scores.mean(axis=1, keepdims=True)
    between = b * float(((means - scores.mean()) ** 2).sum())
    rest = residual(scores) * df2
    total = between + rest
    if total <= 1e-12 * scores.size:
        return None
    if rest <= 1e-12 * total:  # the same order in each block, out of k! orders
        return Test(float("inf"), df1, df2, float(factorial(k)) ** (1 - b) if k < 100 else 0.0)
    f = (between / df1) / (rest / df2)
    return Test(f, df1, df2, float(fdtrc(df1, df2, f)))


def residual(scores: NDArray[np.float64]) -> float:
    """The mean square that neither models nor blocks explain, of scores [k, b]."""
    k, b = scores.shape
    expected = scores.mean(axis=1, keepdims=True) + scores.mean(axis=0) - scores.mean()
    return float(((scores - expected) ** 2).sum()) / ((k - 1) * (b - 1))


def pair_p(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """P-values of all pairs, Holm-corrected: [k, k], symmetric, 1 on the diagonal.

    Args:
        scores: [k, b] of at least two models and blocks.
    """
    k, b = scores.shape
    own = scores.var(axis=1, ddof=1)
    first, second = np.triu_indices(k, 1)
    swap = 2 * (b - 1) / b / ((k - 1) * (b - 1))
    variance = np.maximum(max(residual(scores), swap), (own[first] + own[second]) / 2)
    means = scores.mean(axis=1)
    t = np.abs(means[first] - means[second]) / np.sqrt(2 * variance / b)
    corrected = holm((2 * stdtr((k - 1) * (b - 1), -t)).tolist())
    found = np.ones((k, k))
    found[first, second] = found[second, first] = corrected
    return found


def grouped(by_seed: Mapping[str, Mapping[int, float]]) -> tuple[Test | None, list[list[str]]]:
    """The test of all, and the groups that are not distinguishable, the best first.

    Args:
        by_seed: ranks by model and seed, the same seeds for each.
    """
    order = sorted(by_seed, key=lambda model: float(np.mean([*by_seed[model].values()])))
    scores = np.array([[*by_seed[model].values()] for model in order])
    test = friedman(scores) if order else None
    if test is None:
        return None, []
    apart = pair_p(scores) < ALPHA if test.p < ALPHA else np.zeros((len(order), len(order)), bool)
    near = ~apart & ~np.eye(len(order), dtype=bool)
    groups = sorted(sorted(clique) for clique in find_cliques(from_numpy_array(near)))
    return test, [[order[place] for place in group] for group in groups]
