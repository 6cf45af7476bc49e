"""Multilayer perceptrons for points [B, D] and images [B, C, H, W]: two hidden layers either side.

Images are in [0, 1] outside and in [-1, 1] inside.
"""

import math
from itertools import pairwise

from torch import Tensor, nn

from gbench.games.nets.norm import BatchNorm1d


class Affine(nn.Module):
    """x -> scale * x + shift, for the fixed change between [0, 1] and [-1, 1]."""

    def __init__(self, scale: float, shift: float):
        super().__init__()
        self.scale, self.shift = scale, shift

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x + self.shift


class Trunk(nn.Sequential):
    """A network that knows the size of its features."""

    def __init__(self, layers: list[nn.Module], features: int):
        super().__init__(*layers)
        self.features = features


def activation(dropout: float) -> list[nn.Module]:
    """A critic's: leaky ReLU, then dropout where requested."""
    return [nn.LeakyReLU(0.2), *([nn.Dropout(dropout)] if dropout else [])]


def trunk(
    shape: tuple[int, ...], width: int, *, batch_norm: bool = False, dropout: float = 0.0
) -> Trunk:
    """Batch norm, where requested, is left out of the first layer (Radford et al. 2016)."""
    flat: list[nn.Module] = [Affine(2.0, -1.0), nn.Flatten()] if len(shape) > 1 else []
    first = [nn.Linear(math.prod(shape), width), *activation(dropout)]
    norm = [BatchNorm1d(width)] if batch_norm else []
    second = [nn.Linear(width, width), *norm, *activation(dropout)]
    return Trunk([*flat, *first, *second], width)


def generator(
    shape: tuple[int, ...], latent: int, width: int, *, batch_norm: bool = False
) -> nn.Sequential:
    """Batch norm, where requested, is left out of the last layer; points are unbounded."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise([latent, width, width]):
        norm = [BatchNorm1d(outputs)] if batch_norm else []
        layers += [nn.Linear(inputs, outputs), *norm, nn.ReLU()]
    layers.append(nn.Linear(width, math.prod(shape)))
    if len(shape) > 1:
        layers += [nn.Tanh(), Affine(0.5, 0.5), nn.Unflatten(1, shape)]
    return nn.Sequential(*layers)
