"""References to read values against: laws that need no model."""

from math import log, pi

import torch
from torch import Tensor

from gbench.tracks.generation.measure.likelihood.mean import log_mean_exp
from gbench.zoo.shared.dataset import Mixture


def uniform(dimensions: int, levels: int) -> float:
    """The log density of pixels of which all grey levels are equally likely, in nats."""
    return -dimensions * log((levels + 1) / levels)


def mixture(x: Tensor, law: Mixture) -> Tensor:
    """The log density of points x [N, D] by the law that they were drawn from, [N] nats."""
    return about(x, law.centres.to(x.device), law.sigma**2)


def memoriser(
    x: Tensor, validation: Tensor, train: Tensor, variances: list[float]
) -> tuple[Tensor, float]:
    """The exact log densities [N] of x [N, *shape] for a decoder that makes training images, one as
    likely as the other, with noise of that variance of those given under which validation images
    are most likely; and that variance."""
    best = max(variances, key=lambda variance: float(about(validation, train, variance).mean()))
    return about(x, train, best), best


def about(x: Tensor, centres: Tensor, variance: float) -> Tensor:
    """An equal mixture of spherical Gaussians about centres [K, *shape]: x [N, *shape] -> [N]."""
    flat, middle = x.flatten(1).double(), centres.flatten(1).double()
    squares = torch.cdist(flat, middle, compute_mode="donot_use_mm_for_euclid_dist").square()
    constant = 0.5 * flat.shape[1] * log(2 * pi * variance)
    return log_mean_exp(-0.5 * squares / variance) - constant
