"""BGAN for bits: a policy gradient with importance weights from the discriminator.

Hjelm, Jacob, Che, Trischler, Cho and Bengio, "Boundary-Seeking Generative Adversarial Networks",
2018, arXiv:1702.08431, algorithm 1; see `two_player.boundary`.  A pixel is the probability
of a bit: each batch of data is drawn anew from it, so that the expected image is the grey one.
Samples are the generator's probabilities, not draws, since the data that they are compared with are
grey.  Points have no bits.

The generator is `dcgan`'s.  The discriminator has no batch norm, as in the authors' program: its
scores are importance weights, and with batch norm one image's would depend on the others.
"""

from gbench.core.game import Unsuitable
from gbench.games import nets
from gbench.games.two_player.boundary import DiscreteBoundarySeeking

FAMILY = "adversarial"
TITLE = "BGAN (discrete)"
SOURCE = "Hjelm et al. 2018, arXiv:1702.08431"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 64,
    width: int = 64,
    draws: int = 20,
    lr: float = 1e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> DiscreteBoundarySeeking:
    """
    Raises:
        Unsuitable: the data are points.
    """
    if len(shape) == 1:
        raise Unsuitable("models bits, of which a pixel is the probability; a point has none")
    return DiscreteBoundarySeeking(
        nets.generator(shape, latent, width, "radford"),
        nets.critic(shape, width),
        draws=draws,
        latent=latent,
        lr=lr,
        betas=betas,
    )
