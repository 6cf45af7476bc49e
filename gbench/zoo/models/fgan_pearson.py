"""f-GAN with Pearson's chi^2.

Nowozin, Cseke and Tomioka, "f-GAN: Training Generative Neural Samplers using Variational Divergence
Minimization", 2016, arXiv:1606.00709; see `two_player.divergences`.  The generator has the
loss of section 3.2.  The networks are `dcgan`'s.
"""

from gbench.games.two_player.divergences import PEARSON, Variational
from gbench.zoo.shared.plain import plain

FAMILY = "adversarial"
TITLE = "f-GAN (Pearson)"
SOURCE = "Nowozin et al. 2016, arXiv:1606.00709"

build = plain(Variational(PEARSON))
