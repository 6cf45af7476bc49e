"""Means over training seeds, and their intervals.

A training seed is the unit: intervals and tests speak about the method, not about one trained
network.  Images are never resampled: a bootstrap with replacement is wrong for metrics that look
at nearest neighbours.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

ALPHA = 0.05


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
