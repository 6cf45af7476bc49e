"""Model D of the Defense-GAN paper: two hidden layers of 200 units, with dropout.

Samangouei, Kabkab and Chellappa 2018, arXiv:1805.06605; see `_paper`.
"""

from collections.abc import Sequence

from torch import nn

from gbench.tracks.attacks.classifiers._paper import perceptron


def build(shape: Sequence[int], classes: int) -> nn.Module:
    return perceptron(shape, classes, dropout=True)
