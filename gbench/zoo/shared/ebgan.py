"""EBGAN, with or without the pulling-away term.

Zhao, Mathieu and LeCun, "Energy-based Generative Adversarial Network", 2017, arXiv:1609.03126.
"""

from torch import nn

from gbench.games import nets
from gbench.games.nets.mlp import Trunk
from gbench.games.two_player.energy import Autoencoder, EnergyMargin
from gbench.games.two_player.game import GAN


def ebgan(
    shape: tuple[int, ...],
    *,
    latent: int,
    width: int,
    hidden: int,
    margin: float,
    network: nets.Kind = "convolutional",
    lr: float,
    betas: tuple[float, float],
) -> GAN:
    """
    Args:
        hidden: the size of the critic's code.
        margin: the energy, in mean squares, from which fakes are left alone.
        network: of the generator.
    """
    trunk = nets.trunk(shape, width)
    encoder = Trunk([trunk, nn.Linear(trunk.features, hidden)], hidden)
    critic = Autoencoder(encoder, nets.generator(shape, hidden, width))
    generator = nets.generator(shape, latent, width, network)
    return GAN(generator, critic, EnergyMargin(margin), latent=latent, lr=lr, betas=betas)
