"""A known mixture and a model's samples as two densities that overlap everywhere.

A divergence of the samples themselves would be infinite.  So both sides are convolved with one
spherical Gaussian kernel: the samples become their kernel density estimate, the mixture a mixture
with the same centres and a greater variance.  Both are then explicit, and either can be drawn from
and evaluated.  Draws from the estimate meet the kernel that they came from, as they must; without
it (leaving one out) a lone sample would count as a gain.

A kernel of deviation h costs a perfect sampler of n points from K modes that lie well apart in the
plane about (K (1 + (sigma / h)^2)^2 - 1) / (2n) nats in both directions, half of the chi-squared
distance of the estimate.  At h = sigma the formula holds (at half of it the measured cost is half
of the formula's), and the collapse of each mode to its centre, log 2 - 1/2, still stands out
tenfold for 100 points a mode; at twice the width only threefold.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from gbench.protocol.evidence import Evidence, Floats, Skip

BLOCK = 512  # points at a time, so that the distances stay in the cache


@dataclass(frozen=True)
class Law:
    """Equal parts of spherical Gaussians.

    Attributes:
        centres: [K, D].
        sigma: the standard deviation along each axis.
    """

    centres: Floats
    sigma: float

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """At least n points, as many from each Gaussian: less noise than with a random choice."""
        means = np.repeat(self.centres, -(-n // len(self.centres)), axis=0)
        return means + self.sigma * rng.normal(size=means.shape)

    def log_density(self, x: Floats) -> Floats:
        """[N] in nats, of x [N, D]."""
        norm = np.log(len(self.centres)) + x.shape[1] * np.log(self.sigma * np.sqrt(2 * np.pi))
        found = []
        for start in range(0, len(x), BLOCK):
            exponent = cdist(x[start : start + BLOCK], self.centres, "sqeuclidean")
            exponent /= -2 * self.sigma**2
            top = exponent.max(axis=1)
            exponent -= top[:, None]
            found.append(top + np.log(np.exp(exponent, out=exponent).sum(axis=1)))
        return np.concatenate(found) - norm


def smoothed(evidence: Evidence, bandwidth: float) -> tuple[Law, Law]:
    """The model's law g and the data's r, both convolved with the kernel.

    Args:
        bandwidth: the kernel's standard deviation, in those of the mixture's modes.

    Raises:
        Skip: the data are not a known mixture.
    """
    if evidence.centres is None:
        raise Skip("the data set has no known modes")
    h = bandwidth * evidence.sigma
    centres = evidence.centres.astype(np.float64)
    model = Law(evidence.generated.x.astype(np.float64), h)
    return model, Law(centres, np.hypot(h, evidence.sigma))


def divergence(first: Law, second: Law, n: int, seed: int) -> float:
    """KL(first || second) in nats, the mean over n or a few more draws from the first."""
    x = first.draw(n, np.random.default_rng(seed))
    return float((first.log_density(x) - second.log_density(x)).mean())
