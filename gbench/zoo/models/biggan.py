"""BigGAN in small: a conditional GAN of spectrally normalised residual networks.

Brock, Donahue and Simonyan, "Large Scale GAN Training for High Fidelity Natural Image Synthesis",
2019, arXiv:1809.11096: hinge loss, projection critic, conditional batch norm, a moving average of
the generator's weights, truncation, and standing statistics: after training the averages that batch
norm needs are taken anew over many batches of samples.  Deviations: small residual networks without
attention, or perceptrons of the same parts for points and small images (see `nets.biggan`),
one step size for both players, and no orthogonal regularisation.
"""

import torch
from torch import Tensor, nn
from torch.nn.init import trunc_normal_
from torch.nn.modules.batchnorm import _BatchNorm

from gbench.core.game import Player
from gbench.games.nets import biggan
from gbench.games.nets.average import Average
from gbench.games.nets.biggan import ProjectionCritic
from gbench.games.nets.pairs import join, one_hot
from gbench.games.two_player.conditional import Paired
from gbench.games.two_player.hinge import Hinge

FAMILY = "adversarial"
TITLE = "BigGAN"
SOURCE = "Brock et al. 2019, arXiv:1809.11096"

STANDING = 16  # batches from which the standing statistics are taken, of 100 samples each


class BigGAN(Paired):
    """
    Args:
        generator: maps noise and one-hot labels [B, latent + classes] to data [B, *shape].
        critic: maps pairs of flat data and one-hot labels, [B, D + classes], to scores.
        latent: the size of the noise.
        classes: how many there are.
        decay: of the generator's moving average, a step.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: ProjectionCritic,
        *,
        latent: int,
        classes: int,
        decay: float,
        critic_steps: int,
        lr: float,
        lr_end: float,
        betas: tuple[float, float],
    ):
        super().__init__(
            generator,
            critic,
            Hinge(),
            latent=latent,
            classes=classes,
            critic_steps=critic_steps,
            lr=lr,
            lr_end=lr_end,
            betas=betas,
        )
        self.average = Average(generator, decay)

    def players(self) -> dict[str, Player]:
        players = super().players()
        return players | {"generator": players["generator"]._replace(after_step=self.follow)}

    def follow(self) -> None:
        self.average.follow(self.generator)

    @torch.no_grad()
    def fit(self, x: Tensor, seed: int) -> None:
        """Takes the standing statistics."""
        for module in self.average.modules():
            if isinstance(module, _BatchNorm):
                module.reset_running_stats()
                module.momentum = None  # the plain mean over all batches
        self.average.train()
        for _ in range(STANDING):
            self.sample(100)

    @torch.no_grad()
    def sample(
        self, n: int, labels: Tensor | None = None, truncation: float | None = None
    ) -> Tensor:
        """Draws n samples, [n, *shape].

        Args:
            labels: [n], their classes; without them all classes are equally likely.
            truncation: the largest size of a number of the noise; larger ones are drawn again.
        """
        if labels is None:
            labels = torch.randint(self.classes, (n,), device=self.device)
        noise = torch.empty(n, self.latent, device=self.device)
        if truncation is None:
            noise.normal_()
        else:
            trunc_normal_(noise, a=-truncation, b=truncation)
        return self.average(join(noise, one_hot(labels.to(self.device), self.classes)))


def build(
    shape: tuple[int, ...],
    classes: int,
    *,
    latent: int = 128,
    network: biggan.Kind = "convolutional",
    width: int = 64,
    critic_steps: int = 2,
    decay: float = 0.9999,
    lr: float = 2e-4,
    lr_end: float = 1.0,
    betas: tuple[float, float] = (0.0, 0.999),
) -> BigGAN:
    return BigGAN(
        biggan.generator(shape, latent, classes, width, network),
        biggan.critic(shape, classes, width, network),
        latent=latent,
        classes=classes,
        decay=decay,
        critic_steps=critic_steps,
        lr=lr,
        lr_end=lr_end,
        betas=betas,
    )
