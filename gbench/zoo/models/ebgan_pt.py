"""EBGAN with the pulling-away term, which makes the codes of a batch of samples orthogonal.

Zhao, Mathieu and LeCun, "Energy-based Generative Adversarial Network", 2017, arXiv:1609.03126,
section 2.4.  Otherwise it is `ebgan`.  The term is a mean of squared cosines, and so at most 1
whatever the data; energies here are mean squares of pixels with a margin far below 1.  A weight of
0.1, as in the paper, outweighs them, and some seeds never leave noise; less keeps the balance.
"""

from gbench.games import nets
from gbench.games.two_player.energy import PullingAway
from gbench.games.two_player.game import GAN
from gbench.zoo.shared.ebgan import ebgan

FAMILY = "adversarial"
TITLE = "EBGAN-PT"
SOURCE = "Zhao et al. 2017, arXiv:1609.03126"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 64,
    width: int = 64,
    hidden: int = 32,
    margin: float = 0.1,
    network: nets.Kind = "convolutional",
    pulling_away: float = 0.1,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.5, 0.999),
) -> GAN:
    game = ebgan(
        shape,
        latent=latent,
        width=width,
        hidden=hidden,
        margin=margin,
        network=network,
        lr=lr,
        betas=betas,
    )
    game.terms["generator"].append(PullingAway(pulling_away))
    return game
