"""Games that learn to infer the code of data against the generator of data from codes."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gbench.core.game import Batch
from gbench.games.nets.critic import Critic
from gbench.games.nets.pairs import join
from gbench.games.two_player.criteria import Criterion
from gbench.games.two_player.game import Adversarial


class Inference(Adversarial):
    """The critic tells (x, code of x) from (data of z, z); encoder and generator make that hard.

    Donahue, Krähenbühl and Darrell, "Adversarial Feature Learning", 2017, arXiv:1605.09782;
    Dumoulin, Belghazi, Poole, Mastropietro, Lamb, Arjovsky and Courville, "Adversarially Learned
    Inference", 2017, arXiv:1606.00704.  Encoder and generator descend the critic's loss with the
    roles of the two kinds of pairs exchanged, on real and on generated pairs alike: with the
    logistic criterion this is the latter's value function V' (section 2.3, eq. 4).

    Args:
        generator: maps codes [B, latent] to data [B, *shape].
        encoder: maps data to codes [B, latent].
        critic: maps pairs [B, D + latent] to scores [B]; see `gbench.games.nets.pairs`.
    """

    def __init__(
        self,
        generator: nn.Module,
        encoder: nn.Module,
        critic: Critic,
        criterion: Criterion,
        *,
        latent: int,
        lr: float,
        lr_end: float = 1.0,
        betas: tuple[float, float],
    ):
        super().__init__(critic, criterion, lr=lr, lr_end=lr_end, betas=betas)
        self.generator, self.encoder, self.latent = generator, encoder, latent

    def generators(self) -> Sequence[nn.Module]:
        return [self.generator, self.encoder]

    def real(self, batch: Batch) -> Tensor:
        return join(batch.x, self.infer(batch.x))

    def fake(self, batch: Batch) -> Tensor:
        codes = torch.randn(len(batch.x), self.latent, device=self.device)
        return join(self.decode(codes), codes)

    def generator_loss(self, batch: Batch) -> Tensor:
        real, fake = self.real(batch), self.fake(batch)
        loss = self.criterion.critic(*self.scores(fake, real))
        return self.with_terms("generator", loss, real, fake)

    def realness(self, x: Tensor) -> Tensor:
        """Of data with their expected codes."""
        return self.critic.realness(join(x, self.encode(x)))

    def infer(self, x: Tensor) -> Tensor:
        """Draws a code of each example, [B, latent]."""
        return self.encode(x)

    def encode(self, x: Tensor) -> Tensor:
        """The expected code of each example, [B, latent]."""
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """Maps codes [B, latent] to data [B, *shape]."""
        return self.generator(z)

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Draws n samples, [n, *shape]."""
        return self.decode(torch.randn(n, self.latent, device=self.device))
