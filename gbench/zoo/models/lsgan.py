"""LSGAN: the least-squares GAN.

Mao, Li, Xie, Lau, Wang and Smolley, "Least Squares Generative Adversarial Networks", 2017,
arXiv:1611.04076.  The labels default to the 0-1 coding of eq. 9.  The networks are `dcgan`'s.
"""

from gbench.games.two_player.game import GAN
from gbench.games.two_player.least_squares import LeastSquares
from gbench.zoo.shared.plain import plain_gan

FAMILY = "adversarial"
TITLE = "LSGAN"
SOURCE = "Mao et al. 2017, arXiv:1611.04076"


def build(
    shape: tuple[int, ...],
    *,
    a: float = 0.0,
    b: float = 1.0,
    c: float = 1.0,
    latent: int = 64,
    width: int = 64,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> GAN:
    criterion = LeastSquares(a, b, c)
    return plain_gan(shape, criterion, latent=latent, width=width, lr=lr, betas=betas)
