"""BGAN: the generator seeks the discriminator's boundary.  For continuous data.

Hjelm, Jacob, Che, Trischler, Cho and Bengio, "Boundary-Seeking Generative Adversarial Networks",
2018, arXiv:1702.08431, the objective for continuous variables.  `bgan_discrete` is the paper's
algorithm for bits.  The networks are `dcgan`'s.
"""

from gbench.adversarial.boundary import BoundarySeeking
from gbench.adversarial.game import GAN
from gbench.generative.shared.plain import plain_gan

FAMILY = "adversarial"
TITLE = "BGAN"
SOURCE = "Hjelm et al. 2018, arXiv:1702.08431"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 64,
    width: int = 64,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> GAN:
    criterion = BoundarySeeking()
    return plain_gan(shape, criterion, latent=latent, width=width, lr=lr, betas=betas)
