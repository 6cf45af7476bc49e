"""The original GAN, with either loss of its paper.

Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville and Bengio, "Generative
Adversarial Nets", 2014, arXiv:1406.2661: the minimax game of eq. 1, or the non-saturating
generator loss that section 3 recommends.  The networks differ from the paper's: convolutions for
images, with ReLU where the paper has maxout, and Adam instead of momentum.
"""

from typing import Literal

from gbench import nets
from gbench.adversarial.criteria import Minimax, NonSaturating
from gbench.adversarial.game import GAN

FAMILY = "adversarial"
TITLE = "GAN"
SOURCE = "Goodfellow et al. 2014, arXiv:1406.2661"


def build(
    shape: tuple[int, ...],
    *,
    loss: Literal["non_saturating", "minimax"] = "non_saturating",
    latent: int = 64,
    width: int = 64,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> GAN:
    criterion = NonSaturating() if loss == "non_saturating" else Minimax()
    generator, critic = nets.generator(shape, latent, width), nets.critic(shape, width)
    return GAN(generator, critic, criterion, latent=latent, lr=lr, betas=betas)
