"""Multilayer perceptrons with maxout critics, as PacGAN's experiments in the plane have them.

Lin, Khetan, Fanti and Oh, "PacGAN: The Power of Two Samples in Generative Adversarial Networks",
2018, arXiv:1712.04086, section 4.1 and the authors' program: a generator of four hidden layers with
batch norm and ReLU, a critic of three maxout layers of half the width and five pieces each
(Goodfellow, Warde-Farley, Mirza, Courville and Bengio, "Maxout Networks", 2013, arXiv:1302.4389);
weights start from N(0, 0.02), biases from 0.  The paper's critic is 200 wide; in a narrower one the
0.02 grows, so that what a layer passes on starts as large as in the paper's.

Images are in [0, 1] outside and in [-1, 1] inside.
"""

import math
from itertools import pairwise

from torch import Tensor, nn

from gbench.games.nets.mlp import Affine, Trunk
from gbench.games.nets.norm import BatchNorm1d

PIECES = 5
HIDDEN = 4  # layers of the generator
MAXOUT = 3  # layers of the critic
WIDTH, SPREAD = 200, 0.02  # of the paper: the critic's units, the weights' standard deviation


class Maxout(nn.Module):
    """The largest of each group of neighbours, [B, F * pieces] to [B, F]."""

    def __init__(self, pieces: int):
        super().__init__()
        self.pieces = pieces

    def forward(self, h: Tensor) -> Tensor:
        return h.unflatten(1, (-1, self.pieces)).max(2).values


def initialise(built: nn.Module, width: int) -> None:
    """Draws weights from N(0, 0.02), for a critic 200 wide, and sets biases to 0."""
    spread = SPREAD * math.sqrt(WIDTH / width)
    for module in built.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0.0, spread)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def trunk(shape: tuple[int, ...], width: int) -> Trunk:
    layers: list[nn.Module] = [Affine(2.0, -1.0), nn.Flatten()] if len(shape) > 1 else []
    for inputs in [math.prod(shape), *[width] * (MAXOUT - 1)]:
        layers += [nn.Linear(inputs, width * PIECES), Maxout(PIECES)]
    built = Trunk(layers, width)
    initialise(built, width)
    return built


def generator(shape: tuple[int, ...], latent: int, width: int) -> nn.Sequential:
    """Its hidden layers have twice the critic's width; points are unbounded."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise([latent, *[2 * width] * HIDDEN]):
        layers += [nn.Linear(inputs, outputs, bias=False), BatchNorm1d(outputs), nn.ReLU()]
    layers.append(nn.Linear(2 * width, math.prod(shape)))
    if len(shape) > 1:
        layers += [nn.Tanh(), Affine(0.5, 0.5), nn.Unflatten(1, shape)]
    built = nn.Sequential(*layers)
    initialise(built, width)
    return built
