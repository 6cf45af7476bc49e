"""Networks that see a time as well: [B, *shape] and t [B] in [0, 1] to [B, *shape], unbounded.

For images the U-Net of Ho, Jain and Abbeel, "Denoising Diffusion Probabilistic Models", 2020,
arXiv:2006.11239, appendix B, made small: residual blocks with group norm and SiLU, the time added
in each, attention at the coarsest scale alone (the paper: at 16x16), and one block a scale where
the paper has two.
Uneven sides need no padding: a scale is half of the last, rounded up, and on the way back the
nearest neighbours fill exactly the size that was left.

For points, or as the other choice for small images, a residual perceptron of the same pattern; it
sees the coordinates of points as waves, too.
"""

import math
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, scaled_dot_product_attention, silu

from gbench.games.nets.conv import scales

OCTAVES = 6  # of the waves in which a perceptron sees points


def timed(
    shape: tuple[int, ...], width: int, kind: Literal["convolutional", "dense"] = "convolutional"
) -> nn.Module:
    """
    Args:
        width: channels at the finest scale, or units of a perceptron, for points always.
    """
    if len(shape) == 1 or kind == "dense":
        return Perceptron(shape, width)
    return UNet(shape, width)


class Time(nn.Module):
    """Maps times [B] in [0, 1] to features [B, width].

    The sinusoids of Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762, section
    3.5, at angular frequencies from 1 to 1000, then two dense layers, as in Ho et al. 2020.
    """

    frequencies: Tensor

    def __init__(self, width: int, frequencies: int = 32):
        super().__init__()
        self.register_buffer("frequencies", torch.logspace(0, 3, frequencies), persistent=False)
        self.dense = nn.Sequential(
            nn.Linear(2 * frequencies, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
        )

    def forward(self, t: Tensor) -> Tensor:
        angle = t[:, None] * self.frequencies
        return self.dense(torch.cat([angle.sin(), angle.cos()], dim=1))


class Waves(nn.Module):
    """Adds to coordinates [B, D] their sines and cosines, [B, D * (1 + 2 * octaves)].

    Tancik et al., "Fourier Features Let Networks Learn High Frequency Functions in Low Dimensional
    Domains", 2020, arXiv:2006.10739: a perceptron alone is slow to tell near points apart.  The
    angular frequencies are powers of 2, from 1 up.
    """

    frequencies: Tensor

    def __init__(self, octaves: int):
        super().__init__()
        self.register_buffer("frequencies", 2.0 ** torch.arange(octaves), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        angle = (x[:, :, None] * self.frequencies).flatten(1)
        return torch.cat([x, angle.sin(), angle.cos()], dim=1)


class DenseBlock(nn.Module):
    """Adds to its input [B, width] two dense layers of it and of the time [B, features]."""

    def __init__(self, width: int, features: int):
        super().__init__()
        self.norm, self.time = nn.LayerNorm(width), nn.Linear(features, width)
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, h: Tensor, time: Tensor) -> Tensor:
        return h + self.second(silu(self.first(self.norm(h)) + self.time(time)))


class Perceptron(nn.Module):
    def __init__(self, shape: tuple[int, ...], width: int, blocks: int = 3):
        super().__init__()
        size = math.prod(shape)
        self.shape, self.time = shape, Time(64)
        points = len(shape) == 1
        self.inputs = Waves(OCTAVES) if points else nn.Flatten()
        self.stem = nn.Linear(size * (1 + 2 * OCTAVES) if points else size, width)
        self.blocks = nn.ModuleList(DenseBlock(width, 64) for _ in range(blocks))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, size))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        time, h = self.time(t), self.stem(self.inputs(x))
        for block in self.blocks:
            h = block(h, time)
        return self.head(h).unflatten(1, self.shape)


def normalised(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(math.gcd(8, channels), channels)


class Block(nn.Module):
    """A residual block: maps [B, inputs, H, W] and the time [B, features] to [B, outputs, H, W]."""

    def __init__(self, inputs: int, outputs: int, features: int):
        super().__init__()
        self.before, self.first = normalised(inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time = nn.Linear(features, outputs)
        self.between, self.second = normalised(outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, h: Tensor, time: Tensor) -> Tensor:
        inner = self.first(silu(self.before(h))) + self.time(time)[:, :, None, None]
        return self.skip(h) + self.second(silu(self.between(inner)))


class Attention(nn.Module):
    """Adds to each position of [B, channels, H, W] what it attends to, with one head."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm = normalised(channels)
        self.inputs = nn.Conv2d(channels, 3 * channels, 1)
        self.output = nn.Conv2d(channels, channels, 1)

    def forward(self, h: Tensor) -> Tensor:
        query, key, value = self.inputs(self.norm(h)).flatten(2).mT.chunk(3, dim=2)
        found = scaled_dot_product_attention(query, key, value)
        return h + self.output(found.mT.unflatten(2, h.shape[2:]))


class UNet(nn.Module):
    """Channels double once, at the second scale; a side is halved until one is at most 7."""

    def __init__(self, shape: tuple[int, ...], width: int):
        super().__init__()
        channels, height, breadth = shape
        features = 4 * width
        count = len(scales((height, breadth), 7))
        widths = [width, *[2 * width] * (count - 1)]
        self.time = Time(features)
        self.stem = nn.Conv2d(channels, width, 3, padding=1)
        self.down, self.halve, self.up = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for fine, coarse in pairwise(widths):
            self.down.append(Block(fine, fine, features))
            self.halve.append(nn.Conv2d(fine, coarse, 3, stride=2, padding=1))
            self.up.append(Block(coarse + fine, fine, features))
        self.middle = nn.ModuleList(Block(widths[-1], widths[-1], features) for _ in range(2))
        self.attention = Attention(widths[-1])
        self.head = nn.Sequential(
            normalised(width), nn.SiLU(), nn.Conv2d(width, channels, 3, padding=1)
        )

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        time, h = self.time(t), self.stem(x)
        finer = []
        for block, halve in zip(self.down, self.halve, strict=True):
            h = block(h, time)
            finer.append(h)
            h = halve(h)
        first, second = self.middle
        h = second(self.attention(first(h, time)), time)
        for block, skip in zip(reversed(self.up), reversed(finer), strict=True):
            h = block(torch.cat([interpolate(h, size=skip.shape[2:]), skip], dim=1), time)
        return self.head(h)
