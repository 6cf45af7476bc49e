"""Networks without losses: perceptrons for points, convolutions or perceptrons for images.

A width is the number of hidden units of a perceptron, and of channels at the finest scale of
convolutions.
"""

from typing import Literal

from torch import nn

from gbench.games.nets import conv, maxout, mlp, radford
from gbench.games.nets.critic import Critic
from gbench.games.nets.mlp import Trunk

# The networks of images; points always go through perceptrons.  `radford` has DCGAN's rules: batch
# norm, for points as well, and convolutions only.  `maxout` has PacGAN's perceptrons in the plane.
Kind = Literal["convolutional", "radford", "dense", "maxout"]


def trunk(
    shape: tuple[int, ...], width: int, kind: Kind = "convolutional", *, dropout: float = 0.0
) -> Trunk:
    """Maps data [B, *shape] to features [B, trunk.features].

    Args:
        dropout: the share of hidden units that is dropped in training; not for `radford`, `maxout`.
    """
    if kind == "maxout":
        return maxout.trunk(shape, width)
    if len(shape) == 1 or kind == "dense":
        return mlp.trunk(shape, width, batch_norm=kind == "radford", dropout=dropout)
    if kind == "radford":
        return radford.trunk(shape, width)
    return conv.trunk(shape, width, dropout=dropout)


def generator(
    shape: tuple[int, ...],
    latent: int,
    width: int,
    kind: Kind = "convolutional",
    *,
    batch_norm: bool = False,
) -> nn.Sequential:
    """Maps codes [B, latent] to data [B, *shape]; images come out in [0, 1].

    Args:
        batch_norm: in a perceptron's hidden layers; `radford` and `maxout` have it always,
            convolutions never.
    """
    if kind == "maxout":
        return maxout.generator(shape, latent, width)
    if len(shape) == 1 or kind == "dense":
        return mlp.generator(shape, latent, width, batch_norm=batch_norm or kind == "radford")
    return (radford if kind == "radford" else conv).generator(shape, latent, width)


def critic(
    shape: tuple[int, ...], width: int, kind: Kind = "convolutional", *, dropout: float = 0.0
) -> Critic:
    """Maps data [B, *shape] to scores [B]."""
    return Critic(trunk(shape, width, kind, dropout=dropout))
