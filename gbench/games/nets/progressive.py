"""Networks that grow: a generator and a critic who work at a level from 0, the coarsest, up.

Karras, Aila, Laine and Lehtinen, "Progressive Growing of GANs for Improved Quality, Stability, and
Variation", 2018, arXiv:1710.10196, section 2 and 4.1 and table 2: at each level two convolutions,
and a 1x1 convolution from or to pixels; a new level is faded in with weight alpha.  A level has
twice the size of the one before, from the first whose shorter side is at most 4; of an odd size it
is half, rounded down.  Images are in [-1, 1].
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, interpolate
from torch.nn.utils.parametrize import register_parametrization

from gbench.games.nets.conv import scales


class Scale(nn.Module):
    """w -> scale * w"""

    def __init__(self, scale: float):
        super().__init__()
        self.scale = scale

    def forward(self, w: Tensor) -> Tensor:
        return self.scale * w


def equalised(layer: nn.Linear | nn.Conv2d, gain: float = math.sqrt(2)) -> nn.Module:
    """The layer with weights from N(0, 1) that are multiplied by He's constant when it runs.

    So Adam, whose steps know no scale, moves all layers equally fast (section 4.1).
    """
    nn.init.normal_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    register_parametrization(layer, "weight", Scale(gain / math.sqrt(layer.weight[0].numel())))
    return layer


class PixelNorm(nn.Module):
    """Divides features [B, F, ...] by the root of their mean square over F (section 4.2)."""

    def forward(self, h: Tensor) -> Tensor:
        return h * (h.square().mean(1, keepdim=True) + 1e-8).rsqrt()


class Deviation(nn.Module):
    """Adds a feature map that holds the batch's mean standard deviation (section 3).

    Over the whole batch, as the paper has it; the authors' program takes groups of 4.
    """

    def forward(self, h: Tensor) -> Tensor:
        spread = (h.var(0, correction=0) + 1e-8).sqrt().mean()
        return torch.cat([h, spread.expand(len(h), 1, *h.shape[2:])], dim=1)


def convolution(inputs: int, outputs: int) -> nn.Module:
    return equalised(nn.Conv2d(inputs, outputs, 3, padding=1))


def levels(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """The sizes of images, from the coarsest."""
    _, height, breadth = shape
    return scales((height, breadth), 4)[::-1]


def resized(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Nearest neighbours up, means down."""
    return interpolate(x, size=size) if size[0] > x.shape[2] else adaptive_avg_pool2d(x, size)


class Generator(nn.Module):
    """Maps noise [B, latent] to images at a level.

    Args:
        shape: of the images of the last level.
        widths: channels by level.
    """

    def __init__(self, shape: tuple[int, ...], latent: int, widths: list[int]):
        super().__init__()
        self.sizes = levels(shape)
        stem = nn.Linear(latent, widths[0] * math.prod(self.sizes[0]))
        # The authors' program: the gain of this layer is a quarter of the others'.
        first = [PixelNorm(), equalised(stem, math.sqrt(2) / 4)]
        first += [nn.Unflatten(1, (widths[0], *self.sizes[0])), *activation()]
        blocks = [nn.Sequential(*first, convolution(widths[0], widths[0]), *activation())]
        for (before, after), size in zip(pairwise(widths), self.sizes[1:], strict=True):
            blocks.append(
                nn.Sequential(
                    nn.Upsample(size=size),
                    *(convolution(before, after), *activation()),
                    *(convolution(after, after), *activation()),
                )
            )
        self.blocks = nn.ModuleList(blocks)
        self.pixels = nn.ModuleList(
            equalised(nn.Conv2d(width, shape[0], 1), gain=1.0) for width in widths
        )

    def forward(self, z: Tensor, level: int, alpha: float) -> Tensor:
        """
        Args:
            alpha: the share of this level; the rest comes from the one below.
        """
        below = h = self.blocks[0](z)
        for block in self.blocks[1 : level + 1]:
            below, h = h, block(h)
        x = self.pixels[level](h)
        if level == 0 or alpha == 1:
            return x
        return blend(x, resized(self.pixels[level - 1](below), self.sizes[level]), alpha)


class Critic(nn.Module):
    """Maps images at a level to scores [B], which depend on the batch through one number."""

    def __init__(self, shape: tuple[int, ...], widths: list[int]):
        super().__init__()
        self.sizes = levels(shape)
        self.pixels = nn.ModuleList(
            nn.Sequential(equalised(nn.Conv2d(shape[0], width, 1)), nn.LeakyReLU(0.2))
            for width in widths
        )
        last = [Deviation(), convolution(widths[0] + 1, widths[0]), nn.LeakyReLU(0.2)]
        dense = nn.Linear(widths[0] * math.prod(self.sizes[0]), widths[0])
        last += [nn.Flatten(), equalised(dense), nn.LeakyReLU(0.2)]
        blocks = [nn.Sequential(*last, equalised(nn.Linear(widths[0], 1), gain=1.0))]
        for (after, before), size in zip(pairwise(widths), self.sizes, strict=False):
            blocks.append(
                nn.Sequential(
                    *(convolution(before, before), nn.LeakyReLU(0.2)),
                    *(convolution(before, after), nn.LeakyReLU(0.2)),
                    nn.AdaptiveAvgPool2d(size),
                )
            )
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor, level: int, alpha: float) -> Tensor:
        h = self.pixels[level](x)
        if level > 0:
            h = self.blocks[level](h)
            if alpha < 1:
                h = blend(h, self.pixels[level - 1](resized(x, self.sizes[level - 1])), alpha)
        for block in reversed(self.blocks[: max(level, 1)]):
            h = block(h)
        return h.squeeze(1)


def activation() -> list[nn.Module]:
    return [nn.LeakyReLU(0.2), PixelNorm()]


def blend(above: Tensor, below: Tensor, alpha: float) -> Tensor:
    return alpha * above + (1 - alpha) * below
