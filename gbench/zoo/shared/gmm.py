"""A mixture of Gaussians with full covariances, fitted by expectation maximisation.

scikit-learn's GaussianMixture; Dempster, Laird and Rubin, "Maximum Likelihood from Incomplete Data
via the EM Algorithm", 1977, Journal of the Royal Statistical Society B 39(1).  For large images the
mixture lives on the first principal components, and the rest is white noise of the same
total variance.
"""

from math import log, pi

import torch
from torch import Tensor
from torch.linalg import cholesky, eigh, solve_triangular

from gbench.core.game import Fitted


class GMM(Fitted):
    """
    Args:
        shape: of one example.
        components: of the mixture, K.
        pca: the number P of principal components that the mixture lives on; 0 for all.
        ridge: added to the variances in each EM step.
        restarts: EM runs, of which the most likely is kept.
    """

    weights: Tensor
    means: Tensor
    factors: Tensor
    centre: Tensor
    basis: Tensor
    residual: Tensor

    def __init__(
        self, shape: tuple[int, ...], *, components: int, pca: int, ridge: float, restarts: int
    ):
        super().__init__()
        size = torch.Size(shape).numel()
        kept = min(pca, size) or size
        self.shape, self.components, self.pca = shape, components, pca
        self.ridge, self.restarts = ridge, restarts
        self.register_buffer("weights", torch.full((components,), 1 / components))
        self.register_buffer("means", torch.zeros(components, kept))
        self.register_buffer("factors", torch.eye(kept).repeat(components, 1, 1))
        self.register_buffer("centre", torch.zeros(size))
        self.register_buffer("basis", torch.eye(size)[:, :kept].clone())  # [D, P], orthonormal
        self.register_buffer("residual", torch.ones(()))  # variance of each left-out direction

    def fit(self, x: Tensor, seed: int) -> None:
        from sklearn.mixture import GaussianMixture

        flat = x.flatten(1).double().cpu()
        size, kept = self.basis.shape
        if kept < size:
            self.centre.copy_(flat.mean(0))
            values, vectors = eigh(torch.cov(flat.T, correction=0))
            self.basis.copy_(vectors[:, -kept:])
            self.residual.copy_(values[:-kept].mean().clamp(min=self.ridge))
        codes = (flat - self.centre.cpu()) @ self.basis.cpu().double()
        mixture = GaussianMixture(
            self.components, reg_covar=self.ridge, n_init=self.restarts, random_state=seed
        ).fit(codes.numpy())
        self.weights.copy_(torch.from_numpy(mixture.weights_))
        self.means.copy_(torch.from_numpy(mixture.means_))
        self.factors.copy_(cholesky(torch.from_numpy(mixture.covariances_)))

    def log_prob(self, x: Tensor) -> Tensor:
        """[B] nats."""
        centred = (x.flatten(1) - self.centre).double()
        codes = centred @ self.basis.double()
        white = solve_triangular(
            self.factors.double(), (codes - self.means.double()[:, None]).mT, upper=False
        )  # [K, P, B]
        volume = self.factors.double().diagonal(dim1=1, dim2=2).log().sum(1)
        size, kept = self.basis.shape
        terms = -0.5 * white.square().sum(1) - (volume + 0.5 * kept * log(2 * pi))[:, None]
        inside = (terms + self.weights.double().log()[:, None]).logsumexp(0)
        left_out = centred.square().sum(1) - codes.square().sum(1)
        variance = self.residual.double()
        outside = left_out / variance + (size - kept) * (variance.log() + log(2 * pi))
        return inside - 0.5 * outside if kept < size else inside

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """[n, *shape]; unbounded, also for images."""
        size, kept = self.basis.shape
        which = torch.multinomial(self.weights, n, replacement=True)
        noise = torch.randn(n, kept, device=self.device)
        codes = self.means[which] + torch.einsum("npq,nq->np", self.factors[which], noise)
        x = self.centre + codes @ self.basis.T
        if kept < size:
            white = torch.randn(n, size, device=self.device)
            x += self.residual.sqrt() * (white - white @ self.basis @ self.basis.T)
        return x.unflatten(1, self.shape)
