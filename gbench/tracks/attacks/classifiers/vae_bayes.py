"""Analysis by synthesis: the class whose decoder explains an image best.

Schott, Rauber, Bethge and Brendel, "Towards the First Adversarially Robust Neural Network Model on
MNIST", 2019, arXiv:1805.09190, equations (5) to (8): logits are
max_z log p(x | z, y) - KL(N(z, 1) || N(0, 1)), up to a constant and divided by the number of
pixels, as in the authors' code.

Deviations.  One encoder and one decoder know the class as an input, where the paper has a VAE for
each class.  The maximum is sought by gradient descent with momentum from the encoder's mean, not by
Adam from the best of 8,000 draws.  And the forward pass is differentiated through all of these
steps, so that attacks have its exact gradient; the authors' code cuts it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot


class Synthesis(nn.Module):
    """[B, C, H, W] to logits [B, K].

    Args:
        shape: (C, H, W).
        classes: K.
        latent: dimensions of z.
        width: units of each hidden layer.
        sigma: the standard deviation of a pixel around its decoded value.
        steps, stepsize, momentum: of the search for z.
    """

    def __init__(
        self,
        shape: Sequence[int],
        classes: int,
        *,
        latent: int,
        width: int,
        sigma: float,
        steps: int,
        stepsize: float,
        momentum: float,
    ):
        super().__init__()
        pixels = math.prod(shape)
        self.classes, self.latent, self.sigma = classes, latent, sigma
        self.steps, self.stepsize, self.momentum = steps, stepsize, momentum
        self.encoder = nn.Sequential(
            nn.Linear(pixels + classes, width),
            nn.ELU(),
            nn.Linear(width, width),
            nn.ELU(),
            nn.Linear(width, 2 * latent),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent + classes, width),
            nn.ELU(),
            nn.Linear(width, width),
            nn.ELU(),
            nn.Linear(width, pixels),
            nn.Sigmoid(),
        )

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """[B, D] and one-hot [B, K] to the means and log-variances of q(z | x, y), [B, latent]."""
        mean, log_variance = self.encoder(torch.cat([2 * x - 1, y], 1)).chunk(2, 1)
        return mean, log_variance

    def energy(self, x: Tensor, z: Tensor, y: Tensor) -> Tensor:
        """-log p(x | z, y) + |z|^2 / 2, without constants, [B]."""
        decoded = self.decoder(torch.cat([z, y], 1))
        return ((x - decoded).square().sum(1) / self.sigma**2 + z.square().sum(1)) / 2

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """The negative evidence bound of images with their classes, in nats a pixel."""
        flat, label = x.flatten(1), one_hot(y, self.classes).to(x.dtype)
        mean, log_variance = self.encode(flat, label)
        z = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        error = (flat - self.decoder(torch.cat([z, label], 1))).square().sum(1)
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1) / 2
        return (error / (2 * self.sigma**2) + divergence).mean() / flat.shape[1]

    def forward(self, x: Tensor) -> Tensor:
        graph = torch.is_grad_enabled() and x.requires_grad
        flat = x.flatten(1).repeat_interleave(self.classes, 0)  # [B K, D]
        label = torch.eye(self.classes, dtype=x.dtype, device=x.device).repeat(len(x), 1)
        with torch.enable_grad():
            z = self.encode(flat, label)[0]
            if not graph:
                z = z.detach().requires_grad_()
            velocity = torch.zeros_like(z)
            for _ in range(self.steps):
                value = self.energy(flat, z, label).sum() * self.sigma**2
                (slope,) = torch.autograd.grad(value, z, create_graph=graph)
                velocity = self.momentum * velocity + slope
                z = z - self.stepsize * velocity
                if not graph:
                    z = z.detach().requires_grad_()
            lowest = self.energy(flat, z, label)
        logits = -lowest.reshape(len(x), self.classes) / x[0].numel()
        return logits if graph else logits.detach()


def build(
    shape: Sequence[int],
    classes: int,
    *,
    latent: int = 8,
    width: int = 128,
    sigma: float = 0.15,
    steps: int = 10,
    stepsize: float = 0.05,
    momentum: float = 0.7,
) -> Synthesis:
    """
    Args:
        shape: (C, H, W).
        classes: K.
        latent: dimensions of z; the paper: 8.
        width: units of each hidden layer.
        sigma: of a pixel around its decoded value.
        steps, stepsize, momentum: of the search for z; the paper: 50 steps of Adam.
    """
    return Synthesis(
        shape,
        classes,
        latent=latent,
        width=width,
        sigma=sigma,
        steps=steps,
        stepsize=stepsize,
        momentum=momentum,
    )
