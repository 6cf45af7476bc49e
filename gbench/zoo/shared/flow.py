"""A normalising flow: an invertible map between data and standard normal noise.

Dinh, Sohl-Dickstein and Bengio, "Density Estimation Using Real NVP", 2017, arXiv:1605.08803.  By
the change of variables log p(x) = log N(f(x); 0, I) + log |det df/dx|.
"""

from collections.abc import Sequence
from math import log, pi

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from gbench.core.game import Batch, Game, Player
from gbench.zoo.shared.pixels import dequantise, quantise


class Bijection(nn.Module):
    """An invertible map of examples [B, *shape]."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The image y of x, [B, *shape], and log |det dy/dx|, [B]."""
        raise NotImplementedError

    def inverse(self, y: Tensor) -> Tensor:
        raise NotImplementedError


class Logit(Bijection):
    """Takes dequantised pixels, in [-h, 1 + h] with h = 1 / (2 levels), to the whole line.

    y = logit(margin + (1 - 2 margin) (x + h) / (1 + 2 h)), so that even the ends stay finite.  What
    little mass a flow puts beyond them lies in a slightly wider interval.
    """

    def __init__(self, levels: int, margin: float):
        super().__init__()
        self.slope = (1 - 2 * margin) * levels / (levels + 1)
        self.shift = margin + self.slope * 0.5 / levels

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = (self.slope * x + self.shift).logit()
        slope = log(self.slope) - logsigmoid(y) - logsigmoid(-y)
        return y, slope.flatten(1).sum(1)

    def inverse(self, y: Tensor) -> Tensor:
        return (y.sigmoid() - self.shift) / self.slope


class Coupling(Bijection):
    """Affine coupling: the part that the mask b keeps decides how the rest is scaled and shifted.

    y = b x + (1 - b) (x exp(s(b x)) + t(b x)), eq. 9 of the paper; s is a tanh times a learned
    scale.

    Args:
        mask: [*shape], of 0 and 1.
        network: maps [B, C, ...] to s and t, [B, 2 C, ...].
    """

    mask: Tensor

    def __init__(self, mask: Tensor, network: nn.Module):
        super().__init__()
        self.register_buffer("mask", mask, persistent=False)
        self.network = network
        self.scale = nn.Parameter(torch.ones(mask.shape))

    def affine(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        """The logarithm of the scale, and the shift, of the part that the mask does not keep."""
        s, t = self.network(kept).chunk(2, dim=1)
        return (1 - self.mask) * self.scale * s.tanh(), (1 - self.mask) * t

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        s, t = self.affine(self.mask * x)
        return x * s.exp() + t, s.flatten(1).sum(1)

    def inverse(self, y: Tensor) -> Tensor:
        s, t = self.affine(self.mask * y)
        return (y - t) * (-s).exp()


class Flow(Game):
    """
    Args:
        shape: of one example.
        bijections: from the data to the noise.
        levels: pixels are multiples of 1/levels, and dequantised; 0 for points.
        lr, lr_end: of its Adam; see `Player`.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        bijections: Sequence[Bijection],
        *,
        levels: int,
        lr: float,
        lr_end: float,
    ):
        super().__init__()
        self.shape, self.levels, self.lr, self.lr_end = shape, levels, lr, lr_end
        self.bijections = bijections
        self.map = nn.ModuleList(bijections)
        self.latent = torch.Size(shape).numel()

    def players(self) -> dict[str, Player]:
        return {"flow": Player(self.loss, [self], lr=self.lr, lr_end=self.lr_end)}

    def loss(self, batch: Batch) -> Tensor:
        """The negative log-likelihood, in nats an example."""
        x = dequantise(batch.x, self.levels) if self.levels else batch.x
        return -self.log_prob(x).mean()

    def log_prob(self, x: Tensor) -> Tensor:
        """[B] nats; of images, the density of the dequantised pixels."""
        volume = x.new_zeros(len(x))
        for bijection in self.bijections:
            x, added = bijection(x)
            volume = volume + added
        return volume - 0.5 * (x.flatten(1).square() + log(2 * pi)).sum(1)

    def encode(self, x: Tensor) -> Tensor:
        """The noise that makes x, [B, latent]."""
        for bijection in self.bijections:
            x, _ = bijection(x)
        return x.flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        """Maps noise [B, latent] to data [B, *shape]; pixels are dequantised ones."""
        x = z.unflatten(1, self.shape)
        for bijection in reversed(self.bijections):
            x = bijection.inverse(x)
        return x

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Draws n samples, [n, *shape]; pixels are grey levels."""
        x = self.decode(torch.randn(n, self.latent, device=self.device))
        return quantise(x, self.levels) if self.levels else x
