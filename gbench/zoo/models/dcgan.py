"""DCGAN: the GAN whose networks follow Radford's rules.

Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional
Generative Adversarial Networks", 2016, arXiv:1511.06434, sections 3 and 4: strided convolutions,
batch norm in both networks but not in the generator's last layer nor the critic's first, LeakyReLU,
Adam with step 2e-4 and beta1 0.5.  The noise is normal where the paper's is uniform.  On points the
same rules shape a multilayer perceptron.
"""

from gbench.games import nets
from gbench.games.two_player.criteria import NonSaturating
from gbench.games.two_player.game import GAN

FAMILY = "adversarial"
TITLE = "DCGAN"
SOURCE = "Radford et al. 2016, arXiv:1511.06434"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 64,
    width: int = 64,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> GAN:
    generator = nets.generator(shape, latent, width, "radford")
    critic = nets.critic(shape, width, "radford")
    return GAN(generator, critic, NonSaturating(), latent=latent, lr=lr, betas=betas)
