"""Networks without losses: multilayer perceptrons for points, convolutions for images.

A width is the number of hidden units for points, and of channels at the finest scale for images.
`radford_rules` asks for the rules of DCGAN: batch norm, and for images convolutions only.
"""

from torch import nn

from gbench.nets import conv, mlp, radford
from gbench.nets.critic import Critic
from gbench.nets.mlp import Trunk


def trunk(shape: tuple[int, ...], width: int, *, radford_rules: bool = False) -> Trunk:
    """Maps data [B, *shape] to features [B, trunk.features]."""
    if len(shape) == 1:
        return mlp.trunk(shape, width, batch_norm=radford_rules)
    return (radford if radford_rules else conv).trunk(shape, width)


def generator(
    shape: tuple[int, ...], latent: int, width: int, *, radford_rules: bool = False
) -> nn.Sequential:
    """Maps codes [B, latent] to data [B, *shape]; images come out in [0, 1]."""
    if len(shape) == 1:
        return mlp.generator(shape, latent, width, batch_norm=radford_rules)
    return (radford if radford_rules else conv).generator(shape, latent, width)


def critic(shape: tuple[int, ...], width: int, *, radford_rules: bool = False) -> Critic:
    """Maps data [B, *shape] to scores [B]."""
    return Critic(trunk(shape, width, radford_rules=radford_rules))
