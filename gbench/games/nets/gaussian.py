"""Gaussian codes of independent components, given by a network."""

import torch
from torch import Tensor, nn

from gbench.games.nets.mlp import Trunk


class GaussianEncoder(nn.Module):
    """Maps data to the mean and log variance of its code, [B, latent] each."""

    def __init__(self, trunk: Trunk, latent: int):
        super().__init__()
        self.trunk, self.head = trunk, nn.Linear(trunk.features, 2 * latent)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.head(self.trunk(x)).chunk(2, dim=1)
        return mean, log_variance


def draw(mean: Tensor, log_variance: Tensor) -> Tensor:
    """One draw of each, differentiable in both: Kingma and Welling 2014, arXiv:1312.6114."""
    return mean + torch.randn_like(mean) * (log_variance / 2).exp()


def rate(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The Kullback-Leibler divergence from the standard normal, [B] nats."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)
