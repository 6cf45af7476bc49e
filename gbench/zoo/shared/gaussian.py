"""One Gaussian: the sample mean and a covariance, full or of low rank.

The low-rank form is probabilistic principal component analysis: Tipping and Bishop, "Probabilistic
Principal Component Analysis", 1999, Journal of the Royal Statistical Society B 61(3), eq. 7 and 8
(the maximum-likelihood solution).
"""

from math import log, pi

import torch
from torch import Tensor
from torch.linalg import cholesky, eigh, solve_triangular

from gbench.core.game import Fitted


class Gaussian(Fitted):
    """
    Args:
        shape: of one example.
        components: rank of the low-rank part; 0 for a full covariance.
        ridge: added to every variance, which keeps constant pixels from making it singular.
    """

    mean: Tensor
    factor: Tensor

    def __init__(self, shape: tuple[int, ...], *, components: int, ridge: float):
        super().__init__()
        self.shape, self.components, self.ridge = shape, components, ridge
        size = torch.Size(shape).numel()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("factor", torch.eye(size))  # covariance = factor factor'

    def fit(self, x: Tensor, seed: int) -> None:
        flat = x.flatten(1).double().cpu()
        self.mean.copy_(flat.mean(0))
        covariance = torch.cov(flat.T, correction=0)
        if self.components:
            values, vectors = eigh(covariance)
            kept = self.components
            left_over = (
                values[:-kept].clamp(min=0).mean() if kept < len(values) else values.new_zeros(())
            )
            signal = (values[-kept:] - left_over).clamp(min=0)
            covariance = (vectors[:, -kept:] * signal) @ vectors[:, -kept:].T
            covariance += left_over * torch.eye(len(values), dtype=covariance.dtype)
        covariance += self.ridge * torch.eye(len(covariance), dtype=covariance.dtype)
        self.factor.copy_(cholesky(covariance))

    def log_prob(self, x: Tensor) -> Tensor:
        """[B] nats."""
        centred = (x.flatten(1) - self.mean).double()
        factor = self.factor.double()
        white = solve_triangular(factor, centred.T, upper=False)
        volume = factor.diagonal().log().sum() + 0.5 * len(factor) * log(2 * pi)
        return -0.5 * white.square().sum(0) - volume

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """[n, *shape]; unbounded, also for images."""
        noise = torch.randn(n, len(self.mean), device=self.device)
        return (self.mean + noise @ self.factor.T).unflatten(1, self.shape)
