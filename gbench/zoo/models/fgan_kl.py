"""f-GAN with the Kullback-Leibler divergence of the data from the model.

Nowozin, Cseke and Tomioka, "f-GAN: Training Generative Neural Samplers using Variational Divergence
Minimization", 2016, arXiv:1606.00709; see `two_player.divergences`.  The generator has the
loss of section 3.2.  The networks are `dcgan`'s.
"""

from gbench.games.two_player.divergences import KL, Variational
from gbench.zoo.shared.plain import plain

FAMILY = "adversarial"
TITLE = "f-GAN (KL)"
SOURCE = "Nowozin et al. 2016, arXiv:1606.00709"

build = plain(Variational(KL))
