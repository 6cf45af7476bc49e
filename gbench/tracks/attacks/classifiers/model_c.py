"""Model C of the Defense-GAN paper: two convolutions, 3x3 and 5x5, of 128 and 64 channels.

Samangouei, Kabkab and Chellappa 2018, arXiv:1805.06605; see `_paper`.
"""

from collections.abc import Sequence

from torch import nn

from gbench.tracks.attacks.classifiers._paper import two_convolutions


def build(shape: Sequence[int], classes: int) -> nn.Module:
    return two_convolutions(shape, classes, (128, 3, 1), (64, 5, 2))
