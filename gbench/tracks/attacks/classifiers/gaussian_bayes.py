"""Bayes' rule with a Gaussian for each class: the largest log p(x | y) + log P(y) wins.

Full covariances with a ridge, by maximum likelihood; quadratic discriminant analysis.  The logits
are these log-densities divided by the number of pixels, which changes no decision and keeps the
cross-entropy of attacks from saturating.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gbench.zoo.shared.dataset import Examples


class Gaussians(nn.Module):
    """M Gaussians a class, [B, C, H, W] to logits [B, K].

    Args:
        pixels: D.
        classes: K.
        components: M.
    """

    means: Tensor
    whitening: Tensor
    weights: Tensor

    def __init__(self, pixels: int, classes: int, components: int):
        super().__init__()
        self.register_buffer("means", torch.zeros(classes, components, pixels))
        # transposed inverses of the Cholesky factors of the covariances
        self.register_buffer("whitening", torch.zeros(classes, components, pixels, pixels))
        self.register_buffer("weights", torch.zeros(classes, components))  # log P(y, component)

    def set(self, k: int, means: Tensor, covariances: Tensor, log_weights: Tensor) -> None:
        """Class k: [M, D], [M, D, D] and [M]."""
        factors = torch.linalg.cholesky(covariances.double())
        identity = torch.eye(means.shape[1], dtype=torch.float64)
        inverses = torch.linalg.solve_triangular(factors, identity, upper=False)
        self.means[k], self.whitening[k] = means, inverses.mT
        self.weights[k] = log_weights

    def forward(self, x: Tensor) -> Tensor:
        flat = x.flatten(1)
        size = flat.shape[1]
        apart = flat - self.means[:, :, None]  # [K, M, B, D]
        white = apart @ self.whitening
        # log|det| of a triangular matrix is the sum of its diagonal's logarithms
        volumes = self.whitening.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        each = self.weights + volumes - size / 2 * math.log(2 * math.pi)
        joint = each[:, :, None] - white.square().sum(3) / 2  # [K, M, B]
        return joint.logsumexp(1).T / size


class Bayes(Gaussians):
    """One Gaussian a class, solved for."""

    def __init__(self, pixels: int, classes: int, ridge: float):
        super().__init__(pixels, classes, 1)
        self.ridge = ridge

    def solve(self, examples: Examples, seed: int) -> None:
        """Mean, covariance and share of every class; the seed is of no account."""
        flat = examples.x.flatten(1).double().cpu()
        labels = examples.y.cpu()
        for k in range(len(self.means)):
            own = flat[labels == k]
            centred = own - own.mean(0)
            covariance = centred.T @ centred / len(own)
            covariance += self.ridge * torch.eye(flat.shape[1], dtype=torch.float64)
            share = torch.tensor([len(own) / len(flat)]).log()
            self.set(k, own.mean(0)[None], covariance[None], share)


def build(shape: Sequence[int], classes: int, *, ridge: float = 0.01) -> Bayes:
    """
    Args:
        shape: (C, H, W).
        classes: K.
        ridge: added to the variance of every pixel.
    """
    return Bayes(math.prod(shape), classes, ridge)
