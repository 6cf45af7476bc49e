"""CGAN: both networks are told the class.

Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014, arXiv:1411.1784, eq. 2.  The
label, one-hot, is joined to the generator's noise; in the discriminator data and label first go
through layers of their own and then through a joint one, as in the paper's experiment on MNIST.
Deviations are a generator without such layers of their own and without dropout, leaky ReLU instead
of maxout, normal noise, Adam, and the non-saturating generator loss of Goodfellow et al. 2014.
"""

from gbench.games import nets
from gbench.games.nets import pairs
from gbench.games.nets.critic import Critic
from gbench.games.two_player.conditional import Paired
from gbench.games.two_player.criteria import NonSaturating

FAMILY = "adversarial"
TITLE = "CGAN"
SOURCE = "Mirza and Osindero 2014, arXiv:1411.1784"


def build(
    shape: tuple[int, ...],
    classes: int,
    *,
    latent: int = 100,
    network: nets.Kind = "dense",
    width: int = 256,
    dropout: float = 0.5,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Paired:
    return Paired(
        nets.generator(shape, latent + classes, width, network),
        Critic(pairs.trunk(shape, classes, width, network, dropout=dropout)),
        NonSaturating(),
        latent=latent,
        classes=classes,
        lr=lr,
        betas=betas,
    )
