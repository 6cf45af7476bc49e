"""Convolutions with one dense layer, for images [B, C, H, W] of any size.

The networks of Chen, Duan, Houthooft, Schulman, Sutskever and Abbeel, "InfoGAN", 2016,
arXiv:1606.03657, appendix C.1, which Lucic et al. 2018, arXiv:1711.10337, took for all their GANs:
4x4 convolutions of stride 2 until a side is at most 7, then a dense layer, and the mirror image in
the generator.  Without batch norm, which the gradient penalty excludes, so that all models that use
them share one network, and with a leak of 0.2 where the paper has 0.1.  With a width of 64 a 28x28
image has the paper's 64 and 128 channels and 1,024 dense units.

Images are in [0, 1] outside and in [-1, 1] inside.
"""

from itertools import pairwise

from torch import nn

from gbench.games.nets.mlp import Affine, Trunk, activation
from gbench.games.nets.small import convolution, transposed

DENSE = 16  # dense units per channel of the first convolution, as in the paper


def scales(size: tuple[int, ...], coarsest: int) -> list[tuple[int, int]]:
    """The resolutions from the image's own down, halved until a side is at most `coarsest`."""
    height, width = size
    sizes = [(height, width)]
    while min(sizes[-1]) > coarsest:
        sizes.append((sizes[-1][0] // 2, sizes[-1][1] // 2))
    return sizes


def trunk(shape: tuple[int, ...], width: int, *, dropout: float = 0.0) -> Trunk:
    channels, *size = shape
    sizes = scales(tuple(size), 7)
    layers: list[nn.Module] = [Affine(2.0, -1.0)]
    for level in range(len(sizes) - 1):
        outputs = width * 2**level
        layers += [convolution(channels, outputs, sizes[level]), *activation(dropout)]
        channels = outputs
    dense = DENSE * width
    layers += [
        nn.Flatten(),
        nn.Linear(channels * sizes[-1][0] * sizes[-1][1], dense),
        *activation(dropout),
    ]
    return Trunk(layers, dense)


def generator(shape: tuple[int, ...], latent: int, width: int) -> nn.Sequential:
    channels, *size = shape
    sizes = scales(tuple(size), 7)[::-1]
    levels = len(sizes) - 1
    wide, dense = width * 2 ** (levels - 1), DENSE * width
    layers: list[nn.Module] = [
        nn.Linear(latent, dense),
        nn.ReLU(),
        nn.Linear(dense, wide * sizes[0][0] * sizes[0][1]),
        nn.ReLU(),
        nn.Unflatten(1, (wide, *sizes[0])),
    ]
    for level, (coarse, fine) in enumerate(pairwise(sizes), start=1):
        outputs = channels if level == levels else wide // 2
        layers.append(transposed(wide, outputs, coarse, fine))
        if level < levels:
            layers.append(nn.ReLU())
        wide = outputs
    return nn.Sequential(*layers, nn.Tanh(), Affine(0.5, 0.5))
