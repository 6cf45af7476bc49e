"""WGAN-GP: a Wasserstein critic kept nearly 1-Lipschitz by a gradient penalty.

Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville, "Improved Training of Wasserstein GANs", 2017,
arXiv:1704.00028, algorithm 1.  The critic has no batch norm, since the penalty is an input's own
(section 4); nor, here, has the generator, but for that of `maxout`.  The step size falls linearly
to `lr_end` of itself, 0 in the authors' program for CIFAR-10.
"""

from typing import Literal

from gbench.games import nets
from gbench.games.two_player.criteria import Wasserstein
from gbench.games.two_player.game import GAN
from gbench.games.two_player.terms import GradientPenalty

FAMILY = "adversarial"
TITLE = "WGAN-GP"
SOURCE = "Gulrajani et al. 2017, arXiv:1704.00028"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 64,
    network: Literal["convolutional", "dense", "maxout"] = "convolutional",
    width: int = 64,
    critic_steps: int = 5,
    penalty: float = 10.0,
    lr: float = 1e-4,
    lr_end: float = 0.0,
    betas: tuple[float, float] = (0.0, 0.9),
) -> GAN:
    game = GAN(
        nets.generator(shape, latent, width, network),
        nets.critic(shape, width, network),
        Wasserstein(),
        latent=latent,
        critic_steps=critic_steps,
        lr=lr,
        lr_end=lr_end,
        betas=betas,
    )
    game.terms["critic"].append(GradientPenalty(penalty))
    return game
