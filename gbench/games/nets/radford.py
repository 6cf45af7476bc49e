"""All-convolutional networks for images [B, C, H, W] of any size, after Radford's rules.

Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional
Generative Adversarial Networks", 2016, arXiv:1511.06434, section 3: strided convolutions instead
of pooling; batch norm, but not in the generator's last layer nor in the critic's first; LeakyReLU
in the critic, ReLU in the generator, which ends in tanh; no dense hidden layer; and section 4:
convolutions start from N(0, 0.02).  The dense layers at the ends of both networks start as
PyTorch's do, a deviation.

The resolution is halved (4x4 kernels, stride 2) until a side is at most 3, and the channels double
each time.  Images are in [0, 1] outside and in [-1, 1] inside.
"""

from itertools import pairwise

from torch import nn

from gbench.games.nets.conv import Affine, scales
from gbench.games.nets.mlp import Trunk
from gbench.games.nets.norm import BatchNorm2d
from gbench.games.nets.small import Convolution, Unflatten, convolution, transposed


def initialise(module: nn.Module) -> None:
    """Draws convolutions from N(0, 0.02) and batch norm's scale from N(1, 0.02)."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | Convolution):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


def trunk(shape: tuple[int, ...], width: int) -> Trunk:
    channels, *size = shape
    sizes = scales(tuple(size), 3)
    layers: list[nn.Module] = [Affine(2.0, -1.0)]
    for level in range(len(sizes) - 1):
        outputs = width * 2**level
        normed = level > 0
        layers.append(convolution(channels, outputs, sizes[level], bias=not normed))
        if normed:
            layers.append(BatchNorm2d(outputs))
        layers.append(nn.LeakyReLU(0.2))
        channels = outputs
    built = Trunk([*layers, nn.Flatten()], channels * sizes[-1][0] * sizes[-1][1])
    built.apply(initialise)
    return built


def generator(shape: tuple[int, ...], latent: int, width: int) -> nn.Sequential:
    channels, *size = shape
    sizes = scales(tuple(size), 3)[::-1]
    levels = len(sizes) - 1
    wide = width * 2 ** (levels - 1)
    layers: list[nn.Module] = [
        nn.Linear(latent, wide * sizes[0][0] * sizes[0][1], bias=False),
        Unflatten(wide, sizes[0]),
    ]
    for level, (coarse, fine) in enumerate(pairwise(sizes), start=1):
        last = level == levels
        outputs = channels if last else wide // 2
        layers += [
            BatchNorm2d(wide),
            nn.ReLU(),
            transposed(wide, outputs, coarse, fine, bias=last),
        ]
        wide = outputs
    built = nn.Sequential(*layers, nn.Tanh(), Affine(0.5, 0.5))
    built.apply(initialise)
    return built
