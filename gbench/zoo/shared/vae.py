"""The variational autoencoder that several models share."""

from math import log, pi
from typing import Literal

import torch
from torch import Tensor, nn

from gbench.core.game import Batch, Game, Player


class VAE(Game):
    """
    Args:
        encoder: maps data [B, *shape] to the code's mean and log variance, [B, 2 * latent].
        decoder: maps codes [B, latent] to means of data [B, *shape].
        sigma: standard deviation of the data about that mean, or "learned".
        beta: weight of the rate, the code's divergence from the prior; 1 for the lower bound.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        *,
        latent: int,
        sigma: float | Literal["learned"],
        beta: float = 1.0,
        lr: float,
    ):
        super().__init__()
        self.encoder, self.decoder, self.latent = encoder, decoder, latent
        self.beta, self.lr = beta, lr
        start = torch.tensor(0.0 if sigma == "learned" else log(sigma))
        self.log_sigma = nn.Parameter(start)
        self.learned = sigma == "learned"

    def players(self) -> dict[str, Player]:
        moved: list[nn.Module] = [self] if self.learned else [self.encoder, self.decoder]
        return {"vae": Player(self.loss, moved, lr=self.lr)}

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The code's mean and log variance, [B, latent] each."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        return mean, log_variance

    def loss(self, batch: Batch) -> Tensor:
        """Distortion + beta * rate, in nats an example; with beta 1 the negative lower bound."""
        mean, log_variance = self.posterior(batch.x)
        code = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        error = (self.decoder(code) - batch.x).flatten(1)
        scaled = error.square().sum(1) / (2 * (2 * self.log_sigma).exp())
        distortion = scaled + error.shape[1] * (self.log_sigma + 0.5 * log(2 * pi))
        rate = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)
        return (distortion + self.beta * rate).mean()

    def encode(self, x: Tensor) -> Tensor:
        """The posterior's mean, [B, latent]."""
        return self.posterior(x)[0]

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Draws n means of data, [n, *shape]: without the pixel noise, as is the custom."""
        return self.decoder(torch.randn(n, self.latent, device=self.device))
