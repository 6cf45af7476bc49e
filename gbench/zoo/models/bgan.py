"""BGAN: the generator seeks the discriminator's boundary.  For continuous data.

Hjelm, Jacob, Che, Trischler, Cho and Bengio, "Boundary-Seeking Generative Adversarial Networks",
2018, arXiv:1702.08431, the objective for continuous variables.  `bgan_discrete` is the paper's
algorithm for bits.  The networks are `dcgan`'s.
"""

from gbench.games.two_player.boundary import BoundarySeeking
from gbench.zoo.shared.plain import plain

FAMILY = "adversarial"
TITLE = "BGAN"
SOURCE = "Hjelm et al. 2018, arXiv:1702.08431"

build = plain(BoundarySeeking())
