"""f-GAN with Neyman's chi^2.

Nowozin, Cseke and Tomioka, "f-GAN: Training Generative Neural Samplers using Variational Divergence
Minimization", 2016, arXiv:1606.00709; see `two_player.divergences`.  The generator has the
loss of section 3.2.  The variational function is 1 - softplus(-v)^2 of the score v, where the paper
takes an exponential from 1: the range and the divergence are the same, and a sure critic's loss
stays finite.  The networks are `dcgan`'s.
"""

from gbench.games.two_player.divergences import NEYMAN, Variational
from gbench.zoo.shared.plain import plain

FAMILY = "adversarial"
TITLE = "f-GAN (Neyman)"
SOURCE = "Nowozin et al. 2016, arXiv:1606.00709"

build = plain(Variational(NEYMAN))
