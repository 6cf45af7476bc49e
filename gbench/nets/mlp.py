"""Multilayer perceptrons for points [B, D]: two hidden layers on either side."""

from itertools import pairwise

from torch import nn


class Trunk(nn.Sequential):
    """A network that knows the size of its features."""

    def __init__(self, layers: list[nn.Module], features: int):
        super().__init__(*layers)
        self.features = features


def trunk(shape: tuple[int, ...], width: int, *, batch_norm: bool = False) -> Trunk:
    """Batch norm, where asked for, is left out of the first layer (Radford et al. 2016)."""
    first = [nn.Linear(shape[0], width), nn.LeakyReLU(0.2)]
    norm = [nn.BatchNorm1d(width)] if batch_norm else []
    return Trunk([*first, nn.Linear(width, width), *norm, nn.LeakyReLU(0.2)], width)


def generator(
    shape: tuple[int, ...], latent: int, width: int, *, batch_norm: bool = False
) -> nn.Sequential:
    """Batch norm, where asked for, is left out of the last layer; the output is unbounded."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise([latent, width, width]):
        norm = [nn.BatchNorm1d(outputs)] if batch_norm else []
        layers += [nn.Linear(inputs, outputs), *norm, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, shape[0]))
