"""The six classifiers of the Defense-GAN paper.

Samangouei, Kabkab and Chellappa, "Defense-GAN: Protecting Classifiers Against Adversarial Attacks
Using Generative Models", 2018, arXiv:1805.06605, appendix.  Deviations: every convolution pads by
half its kernel, where the authors pad some and not others, so that images of 8x8 fit as well; and
the hidden layers' inputs follow from that.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from gbench.tracks.attacks.classifiers._centre import Centre


def convolution(outputs: int, kernel: int, stride: int) -> list[nn.Module]:
    return [nn.LazyConv2d(outputs, kernel, stride, padding=kernel // 2), nn.ReLU()]


def dense(units: int) -> list[nn.Module]:
    return [nn.LazyLinear(units), nn.ReLU()]


def drop(share: float) -> list[nn.Module]:
    return [nn.Dropout(share)] if share else []


def network(shape: Sequence[int], classes: int, layers: list[nn.Module]) -> nn.Module:
    """The layers between the change of units and the logits, with all their shapes known."""
    built = nn.Sequential(Centre(), *layers, nn.LazyLinear(classes))
    with torch.no_grad():
        built.eval()(torch.zeros(1, *shape))
    return built


def two_convolutions(
    shape: Sequence[int], classes: int, first: tuple[int, int, int], second: tuple[int, int, int]
) -> nn.Module:
    """Models A and C."""
    layers = [*convolution(*first), *convolution(*second), *drop(0.25), nn.Flatten()]
    return network(shape, classes, [*layers, *dense(128), *drop(0.5)])


def three_convolutions(shape: Sequence[int], classes: int, dropout: bool) -> nn.Module:
    """Models B and, without dropout, F."""
    layers = drop(0.2 * dropout) + convolution(64, 8, 2) + convolution(128, 6, 2)
    layers += convolution(128, 5, 1) + drop(0.5 * dropout) + [nn.Flatten()]
    return network(shape, classes, layers)


def perceptron(shape: Sequence[int], classes: int, dropout: bool) -> nn.Module:
    """Models D and, without dropout, E."""
    layers = [nn.Flatten(), *dense(200), *drop(0.5 * dropout), *dense(200)]
    return network(shape, classes, layers)
