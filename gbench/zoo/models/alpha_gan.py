"""alpha-GAN: a variational autoencoder both of whose terms a discriminator estimates.

Rosca, Lakshminarayanan, Warde-Farley and Mohamed, "Variational Approaches for Auto-Encoding
Generative Adversarial Networks", 2017, arXiv:1706.04987.  Encoder and generator descend the hybrid
objective

    E lambda |x - G(E(x))|_1 + R(D(G(E(x)))) + R(D(G(z))) + R(C(E(x))),  R(p) = -log p + log(1 - p),

in which D tells data from reconstructions and samples, and the code discriminator C, in place of
the divergence from the prior, tells prior draws z from codes E(x).  R is minus the logit.  In
algorithm 1 of the paper's first version the two terms of C's loss are exchanged, which would drive
the codes away from the prior; here C is near 1 on draws of the prior.  The encoder is a function of
x alone.  Deviations: D's two kinds of fakes weigh one half each, so that its odds are a ratio of
densities; and encoder and generator step together, not in turn.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gbench.core.game import Batch, Player
from gbench.games import nets
from gbench.games.nets.critic import Critic
from gbench.games.two_player.autoencoding import Autoencoding
from gbench.games.two_player.criteria import Criterion, NonSaturating

FAMILY = "autoencoder"
TITLE = "alpha-GAN"
SOURCE = "Rosca et al. 2017, arXiv:1706.04987"


class AlphaGAN(Autoencoding):
    """
    Args:
        encoder: maps data to codes [B, latent].
        code_critic: C, which maps codes to scores [B].
        weight: lambda, of the absolute errors, summed over an example.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        critic: Critic,
        code_critic: Critic,
        criterion: Criterion,
        *,
        latent: int,
        weight: float,
        lr: float,
        betas: tuple[float, float],
    ):
        super().__init__(decoder, critic, criterion, latent=latent, lr=lr, betas=betas)
        self.encoder, self.code_critic, self.weight = encoder, code_critic, weight

    def generators(self) -> Sequence[nn.Module]:
        return [self.encoder, self.decoder]

    def players(self) -> dict[str, Player]:
        players = super().players()
        critic, autoencoder = players["critic"], players["generator"]
        code_critic = critic._replace(loss=self.code_critic_loss, modules=[self.code_critic])
        return {"critic": critic, "code_critic": code_critic, "autoencoder": autoencoder}

    def code_critic_loss(self, batch: Batch) -> Tensor:
        prior, inferred = self.noise(len(batch.x)), self.encode(batch.x)
        return self.criterion.critic(self.code_critic(prior), self.code_critic(inferred))

    def generator_loss(self, batch: Batch) -> Tensor:
        codes = self.encode(batch.x)
        fake = self.decode(torch.cat([codes, self.noise(len(codes))]))
        rebuilt, _ = fake.chunk(2)
        error = (rebuilt - batch.x).abs().flatten(1).sum(1).mean()
        of_data = -2 * self.critic(fake).mean()  # in one pass, as the critic learns them
        loss = self.weight * error + of_data - self.code_critic(codes).mean()
        return self.with_terms("generator", loss, self.real(batch), fake)

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(x)


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 50,
    weight: float = 1.0,
    network: nets.Kind = "radford",
    width: int = 64,
    hidden: int = 750,
    dropout: float = 0.0,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.9),
) -> AlphaGAN:
    trunk = nets.trunk(shape, width, network)
    return AlphaGAN(
        nn.Sequential(trunk, nn.Linear(trunk.features, latent)),
        nets.generator(shape, latent, width, network),
        nets.critic(shape, width, network, dropout=dropout),
        nets.critic((latent,), hidden),
        NonSaturating(),
        latent=latent,
        weight=weight,
        lr=lr,
        betas=betas,
    )
