"""Games of an autoencoder whose reconstructions and samples a critic judges."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gbench.core.game import Batch
from gbench.games.nets.critic import Critic
from gbench.games.two_player.criteria import Criterion
from gbench.games.two_player.game import Adversarial


class Autoencoding(Adversarial):
    """The critic tells data from reconstructions and from samples, half of its fakes each.

    Args:
        decoder: maps codes [B, latent] to data [B, *shape]; it is the generator.
        latent: the size of a code, which is standard normal in a sample.
    """

    def __init__(
        self,
        decoder: nn.Module,
        critic: Critic,
        criterion: Criterion,
        *,
        latent: int,
        lr: float,
        betas: tuple[float, float],
    ):
        super().__init__(critic, criterion, lr=lr, betas=betas)
        self.decoder, self.latent = decoder, latent

    def generators(self) -> Sequence[nn.Module]:
        return [self.decoder]

    def real(self, batch: Batch) -> Tensor:
        return batch.x

    def fake(self, batch: Batch) -> Tensor:
        """Reconstructions, then samples: [2 * B, *shape]."""
        return self.decode(torch.cat([self.infer(batch.x), self.noise(len(batch.x))]))

    def noise(self, n: int) -> Tensor:
        return torch.randn(n, self.latent, device=self.device)

    def infer(self, x: Tensor) -> Tensor:
        """Draws a code of each example, [B, latent]."""
        return self.encode(x)

    def encode(self, x: Tensor) -> Tensor:
        """The expected code of each example, [B, latent]."""
        raise NotImplementedError

    def decode(self, z: Tensor) -> Tensor:
        """Maps codes [B, latent] to data [B, *shape]."""
        return self.decoder(z)

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Draws n samples, [n, *shape]."""
        return self.decode(self.noise(n))
