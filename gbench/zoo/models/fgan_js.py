"""f-GAN with the Jensen-Shannon divergence.

Nowozin, Cseke and Tomioka, "f-GAN: Training Generative Neural Samplers using Variational Divergence
Minimization", 2016, arXiv:1606.00709; see `two_player.divergences`.  The generator has the
loss of section 3.2.  The networks are `dcgan`'s.  Its losses are those of `fgan_gan` plus
constants, so the two games are the same.
"""

from gbench.games.two_player.divergences import JENSEN_SHANNON, Variational
from gbench.zoo.shared.plain import plain

FAMILY = "adversarial"
TITLE = "f-GAN (Jensen-Shannon)"
SOURCE = "Nowozin et al. 2016, arXiv:1606.00709"

build = plain(Variational(JENSEN_SHANNON))
