"""The zero-sum GAN: the generator minimises what the discriminator maximises.

Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville and Bengio, "Generative
Adversarial Nets", 2014, arXiv:1406.2661, eq. 1.  While the discriminator tells the samples from the
data with ease, the generator's slope vanishes (section 3); `dcgan` has the loss that mends it, and
the same networks.
"""

from gbench.games.two_player.criteria import Minimax
from gbench.zoo.shared.plain import plain

FAMILY = "adversarial"
TITLE = "GAN (minimax)"
SOURCE = "Goodfellow et al. 2014, arXiv:1406.2661"

build = plain(Minimax())
