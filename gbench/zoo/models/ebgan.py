"""EBGAN: the discriminator is an autoencoder, and its reconstruction error an energy.

Zhao, Mathieu and LeCun, "Energy-based Generative Adversarial Network", 2017, arXiv:1609.03126, eq.
1 and 2 and section 2.3.  Without batch norm.  `ebgan_pt` adds the pulling-away term.
"""

from gbench.games.two_player.game import GAN
from gbench.zoo.shared.ebgan import ebgan

FAMILY = "adversarial"
TITLE = "EBGAN"
SOURCE = "Zhao et al. 2017, arXiv:1609.03126"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 64,
    width: int = 64,
    hidden: int = 32,
    margin: float = 0.1,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.5, 0.999),
) -> GAN:
    return ebgan(
        shape, latent=latent, width=width, hidden=hidden, margin=margin, lr=lr, betas=betas
    )
