"""The zero-sum GAN: the generator minimises what the discriminator maximises.

Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville and Bengio, "Generative
Adversarial Nets", 2014, arXiv:1406.2661, eq. 1.  While the discriminator tells the samples from the
data with ease, the generator's slope vanishes (section 3); `dcgan` has the loss that mends it, and
the same networks.
"""

from gbench.adversarial.criteria import Minimax
from gbench.adversarial.game import GAN
from gbench.generative.shared.plain import plain_gan

FAMILY = "adversarial"
TITLE = "GAN (minimax)"
SOURCE = "Goodfellow et al. 2014, arXiv:1406.2661"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 64,
    width: int = 64,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> GAN:
    criterion = Minimax()
    return plain_gan(shape, criterion, latent=latent, width=width, lr=lr, betas=betas)
