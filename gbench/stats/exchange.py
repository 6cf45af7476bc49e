"""The exchange test: whether two groups of runs differ, without a law of their values.

If what parts the two groups does nothing, any division of all n + m runs into n and m was as
likely, and p is twice the share of divisions with a difference of means at least as large (Fisher,
"The Design of Experiments", 1935; Pitman, "Significance Tests Which May be Applied to Samples from
any Populations", 1937).  It reaches 2 / C(n + m, n), 0.008 with five runs each.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from gbench.stats.estimates import ALPHA

MOST = 200_000  # divisions that are all tried: ten runs a side; of more, so many are drawn


def exchange_p(first: Sequence[float], second: Sequence[float]) -> float:
    """The p-value of the exchange test: twice that of the nearer side.  Neither sample is empty."""
    pooled = np.array([*first, *second], dtype=float)
    n, m = len(first), len(second)
    spread = float(np.ptp(pooled))
    if spread == 0:
        return 1.0
    pooled = (pooled - pooled.mean()) / spread
    sums, own = _divisions(n, m) @ pooled, pooled[:n].sum()
    sides = min((sums >= own - 1e-9).sum(), (sums <= own + 1e-9).sum())
    drawn = comb(n + m, n) > MOST  # the division that was observed counts as one of those drawn
    return min(1.0, 2 * float((sides + drawn) / (len(sums) + drawn)))


@lru_cache(maxsize=4)
def _divisions(n: int, m: int) -> NDArray[np.bool_]:
    """[D, n + m] which runs are the first n: all ways, or MOST ways at random with a fixed seed."""
    if comb(n + m, n) > MOST:
        order = np.random.default_rng(0).random((MOST, n + m)).argsort(axis=1)
        return order < n
    chosen = np.array([*combinations(range(n + m), n)])
    found = np.zeros((len(chosen), n + m), dtype=bool)
    np.put_along_axis(found, chosen, True, axis=1)
    return found


def smallest_p(n: int, m: int) -> float:
    """The p-value of the exchange test of n against m runs when all of one lie above all others."""
    return min(1.0, 2 / comb(n + m, n))


def enough(remedies: int, plain: int | None = None) -> int:
    """The least seeds of each remedy with which one that always wins is significant after Holm.

    Args:
        remedies: how many are compared, by one metric on one data set.
        plain: seeds of the plain model; None for as many as of each remedy.
    """
    n = 2
    while remedies * smallest_p(n, n if plain is None else plain) >= ALPHA:
        n += 1
    return n
