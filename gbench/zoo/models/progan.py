"""Progressive GAN: both networks begin with coarse images, and grow as they learn.

Karras, Aila, Laine and Lehtinen, "Progressive Growing of GANs for Improved Quality, Stability, and
Variation", 2018, arXiv:1710.10196: growth with fade-in, equalised learning rate, pixel norm,
minibatch standard deviation, the loss of WGAN-GP with a small pull of real scores to 0, and samples
from averaged weights.  All phases, of fading and of settling, are equally long here.

The minibatch's standard deviation ties a batch's scores together, so a score has a slope by its
neighbours' inputs too.  As in the authors' program the penalty is on the slope of the sum of the
scores by each input; it is that of the input's own score up to what it does to the others through
that one number.
"""

import torch
from torch import Tensor

from gbench.core.game import Batch, Game, Player, Unsuitable
from gbench.games.nets import progressive
from gbench.games.nets.average import Average
from gbench.games.two_player.criteria import Wasserstein
from gbench.games.two_player.terms import slope_penalty

FAMILY = "adversarial"
TITLE = "Progressive GAN"
SOURCE = "Karras et al. 2018, arXiv:1710.10196"


class ProGAN(Game):
    """
    Args:
        shape: of the images, [C, H, W].
        latent: the size of the noise.
        widths: channels of both networks by level, from the coarsest.
        penalty: in front of the gradient penalty.
        drift: in front of the mean squared real score.
        decay: of the generator's moving average, a step.
    """

    progress = 1.0  # one that no training loop plays, but `load` made, is full-grown

    def __init__(
        self,
        shape: tuple[int, ...],
        *,
        latent: int,
        widths: list[int],
        penalty: float,
        drift: float,
        decay: float,
        lr: float,
        betas: tuple[float, float],
    ):
        super().__init__()
        self.shape, self.latent, self.sizes = shape, latent, progressive.levels(shape)
        self.generator = progressive.Generator(shape, latent, widths)
        self.average = Average(self.generator, decay)
        self.critic, self.criterion = progressive.Critic(shape, widths), Wasserstein()
        self.penalty, self.drift, self.lr, self.betas = penalty, drift, lr, betas

    def players(self) -> dict[str, Player]:
        critic = Player(self.critic_loss, [self.critic])
        generator = Player(self.generator_loss, [self.generator], after_step=self.follow)
        return {
            name: player._replace(lr=self.lr, betas=self.betas)
            for name, player in (("critic", critic), ("generator", generator))
        }

    def follow(self) -> None:
        self.average.follow(self.generator)

    @property
    def growth(self) -> tuple[int, float]:
        """The level, and the share alpha of it: each level but the first fades in, then settles."""
        phases = 2 * len(self.sizes) - 1
        phase = min(int(self.progress * phases), phases - 1)
        return (phase + 1) // 2, self.progress * phases - phase if phase % 2 else 1.0

    def real(self, x: Tensor) -> Tensor:
        """The data [B, *shape] in [0, 1] at the present growth, in [-1, 1]."""
        level, alpha = self.growth
        x = progressive.resized(2 * x - 1, self.sizes[level])
        if alpha == 1:
            return x
        coarse = progressive.resized(x, self.sizes[level - 1])
        return progressive.blend(x, progressive.resized(coarse, self.sizes[level]), alpha)

    def fake(self, n: int) -> Tensor:
        return self.generator(torch.randn(n, self.latent, device=self.device), *self.growth)

    def scores(self, x: Tensor) -> Tensor:
        return self.critic(x, *self.growth)

    def critic_loss(self, batch: Batch) -> Tensor:
        real, fake = self.real(batch.x), self.fake(len(batch.x))
        of_real = self.scores(real)
        loss = self.criterion.critic(of_real, self.scores(fake))
        penalty = slope_penalty(self.scores, real, fake)
        return loss + self.penalty * penalty + self.drift * of_real.square().mean()

    def generator_loss(self, batch: Batch) -> Tensor:
        return self.criterion.generator(self.scores(self.fake(len(batch.x))))

    def decode(self, z: Tensor) -> Tensor:
        """Maps codes [B, latent] to images [B, *shape] of the present growth, enlarged."""
        x = progressive.resized(self.average(z, *self.growth), self.sizes[-1])
        return (0.5 * x + 0.5).clamp(0, 1)

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Draws n samples, [n, *shape]."""
        return self.decode(torch.randn(n, self.latent, device=self.device))


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 512,
    width: int = 64,
    penalty: float = 10.0,
    drift: float = 1e-3,
    decay: float = 0.999,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.0, 0.99),
) -> ProGAN:
    """
    Raises:
        Unsuitable: for points, which have no resolution.
    """
    if len(shape) == 1:
        raise Unsuitable("grows in resolution, which points do not have")
    levels = len(progressive.levels(shape))
    widths = [width * min(2 ** (levels - 1 - level), 4) for level in range(levels)]
    return ProGAN(
        shape,
        latent=latent,
        widths=widths,
        penalty=penalty,
        drift=drift,
        decay=decay,
        lr=lr,
        betas=betas,
    )
