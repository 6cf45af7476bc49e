"""f-GAN with the divergence of the original GAN.

Nowozin, Cseke and Tomioka, "f-GAN: Training Generative Neural Samplers using Variational Divergence
Minimization", 2016, arXiv:1606.00709; see `two_player.divergences`.  The generator has the
loss of section 3.2.  The networks are `dcgan`'s, and so is the game, reached from another side.
"""

from gbench.games.two_player.divergences import GOODFELLOW, Variational
from gbench.zoo.shared.plain import plain

FAMILY = "adversarial"
TITLE = "f-GAN (GAN)"
SOURCE = "Nowozin et al. 2016, arXiv:1606.00709"

build = plain(Variational(GOODFELLOW))
