"""Networks without losses: multilayer perceptrons for points, convolutions for images.

A width is the number of hidden units for points, and of channels at the finest scale for images.
"""

from torch import nn

from gbench.nets import conv, mlp
from gbench.nets.critic import Critic


def trunk(shape: tuple[int, ...], width: int, *, batch_norm: bool = False) -> nn.Sequential:
    """Maps data [B, *shape] to features [B, trunk.features]."""
    family = conv if len(shape) == 3 else mlp
    return family.trunk(shape, width, batch_norm=batch_norm)


def generator(
    shape: tuple[int, ...], latent: int, width: int, *, batch_norm: bool = False
) -> nn.Sequential:
    """Maps codes [B, latent] to data [B, *shape]; images come out in [0, 1]."""
    family = conv if len(shape) == 3 else mlp
    return family.generator(shape, latent, width, batch_norm=batch_norm)


def critic(shape: tuple[int, ...], width: int, *, batch_norm: bool = False) -> Critic:
    """Maps data [B, *shape] to scores [B]."""
    return Critic(trunk(shape, width, batch_norm=batch_norm))
