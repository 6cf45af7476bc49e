"""The original GAN, with either loss of its paper.

Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville and Bengio, "Generative
Adversarial Nets", 2014, arXiv:1406.2661: the minimax game of eq. 1, or the non-saturating
generator loss that section 3 recommends.  As in section 5 the networks are multilayer perceptrons
and the discriminator has dropout; deviations are leaky ReLU instead of maxout, and Adam.  On images
`network: convolutional` is the other choice; without batch norm or a penalty the discriminator then
soon wins, and the samples collapse.
"""

from typing import Literal

from gbench.games import nets
from gbench.games.two_player.criteria import Minimax, NonSaturating
from gbench.games.two_player.game import GAN

FAMILY = "adversarial"
TITLE = "GAN"
SOURCE = "Goodfellow et al. 2014, arXiv:1406.2661"


def build(
    shape: tuple[int, ...],
    *,
    loss: Literal["non_saturating", "minimax"] = "non_saturating",
    latent: int = 64,
    network: Literal["dense", "convolutional", "radford", "maxout"] = "dense",
    width: int = 256,
    dropout: float = 0.3,
    lr: float = 2e-4,
    lr_end: float = 1.0,
    betas: tuple[float, float] = (0.5, 0.999),
) -> GAN:
    criterion = NonSaturating() if loss == "non_saturating" else Minimax()
    generator = nets.generator(shape, latent, width, network)
    critic = nets.critic(shape, width, network, dropout=dropout)
    return GAN(generator, critic, criterion, latent=latent, lr=lr, lr_end=lr_end, betas=betas)
