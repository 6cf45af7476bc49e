"""Model B of the Defense-GAN paper: three convolutions, with dropout.

Samangouei, Kabkab and Chellappa 2018, arXiv:1805.06605; see `_paper`.
"""

from collections.abc import Sequence

from torch import nn

from gbench.tracks.attacks.classifiers._paper import three_convolutions


def build(shape: Sequence[int], classes: int) -> nn.Module:
    return three_convolutions(shape, classes, dropout=True)
