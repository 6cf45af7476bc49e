"""BigGAN's networks in small: a generator and a critic who know the class.

Brock, Donahue and Simonyan, "Large Scale GAN Training for High Fidelity Natural Image Synthesis",
2019, arXiv:1809.11096.  All layers but the class embedding have spectral norm 1 (Miyato, Kataoka,
Koyama and Yoshida, "Spectral Normalization for Generative Adversarial Networks", 2018,
arXiv:1802.05957) and start orthogonal.  Noise and the embedded class together set gain and bias of
each batch norm in the generator; the whole of the noise, as in the paper's deep variant.  In small:
one residual block a scale, one more in the critic, no attention.  Images of any size are halved
until a side is at most 7.

A critic sees pairs [B, D + classes]: the flat data, and next to them the label one-hot.

Images are in [0, 1] outside and in [-1, 1] inside.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, relu
from torch.nn.utils.parametrizations import spectral_norm

from gbench.games.nets.conv import scales
from gbench.games.nets.critic import Critic
from gbench.games.nets.mlp import Affine, Trunk

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)
Kind = Literal["convolutional", "dense"]


def normed(layer: Layer) -> Layer:
    """Starts orthogonal; its largest singular value is 1 from then on."""
    nn.init.orthogonal_(layer.weight)
    spectral_norm(layer)
    return layer


def convolution(inputs: int, outputs: int, kernel: int) -> nn.Conv2d:
    return normed(nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2))


def channels(width: int, levels: int) -> list[int]:
    """From the finest scale to the coarsest: doubled twice at most."""
    return [width * min(2**level, 4) for level in range(levels)]


class ConditionalNorm(nn.Module):
    """Batch norm whose gain and bias, one and zero on average, are linear in a condition.

    De Vries, Strub, Mary, Larochelle, Pietquin and Courville, "Modulating Early Visual Processing
    by Language", 2017, arXiv:1707.00683.

    Args:
        norm: of activations [B, F] or [B, F, H, W], without a gain of its own.
        conditions: the size of the condition.
    """

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d, conditions: int):
        super().__init__()
        self.norm = norm
        self.gain = normed(nn.Linear(conditions, norm.num_features, bias=False))
        self.bias = normed(nn.Linear(conditions, norm.num_features, bias=False))

    def forward(self, h: Tensor, condition: Tensor) -> Tensor:
        shape = (*h.shape[:2], *[1] * (h.dim() - 2))
        gain, bias = self.gain(condition).view(shape), self.bias(condition).view(shape)
        return (1 + gain) * self.norm(h) + bias


class Up(nn.Module):
    """A residual block of the generator, which brings images to `size`."""

    def __init__(self, inputs: int, outputs: int, size: tuple[int, int], conditions: int):
        super().__init__()
        self.size = size
        self.before = ConditionalNorm(nn.BatchNorm2d(inputs, affine=False), conditions)
        self.first = convolution(inputs, outputs, 3)
        self.between = ConditionalNorm(nn.BatchNorm2d(outputs, affine=False), conditions)
        self.second = convolution(outputs, outputs, 3)
        self.skip = convolution(inputs, outputs, 1)

    def forward(self, h: Tensor, condition: Tensor) -> Tensor:
        inner = self.first(interpolate(relu(self.before(h, condition)), size=self.size))
        inner = self.second(relu(self.between(inner, condition)))
        return inner + self.skip(interpolate(h, size=self.size))


class ImageGenerator(nn.Module):
    """Maps noise and one-hot labels [B, latent + classes] to images."""

    def __init__(self, shape: tuple[int, ...], latent: int, classes: int, width: int):
        super().__init__()
        outputs, height, breadth = shape
        sizes = scales((height, breadth), 7)[::-1]
        widths = channels(width, len(sizes))[::-1]
        self.embed = Embed(latent, classes)
        conditions = self.embed.conditions
        self.stem = nn.Sequential(
            normed(nn.Linear(conditions, widths[0] * math.prod(sizes[0]))),
            nn.Unflatten(1, (widths[0], *sizes[0])),
        )
        self.blocks = nn.ModuleList(
            Up(coarse, fine, size, conditions)
            for (coarse, fine), size in zip(pairwise(widths), sizes[1:], strict=True)
        )
        self.head = nn.Sequential(
            nn.BatchNorm2d(width),
            nn.ReLU(),
            convolution(width, outputs, 3),
            nn.Tanh(),
            Affine(0.5, 0.5),
        )

    def forward(self, code: Tensor) -> Tensor:
        condition = self.embed(code)
        h = self.stem(condition)
        for block in self.blocks:
            h = block(h, condition)
        return self.head(h)


class DenseGenerator(nn.Module):
    """Maps noise and one-hot labels [B, latent + classes] to points or small images."""

    def __init__(self, shape: tuple[int, ...], latent: int, classes: int, width: int):
        super().__init__()
        self.embed = Embed(latent, classes)
        conditions = self.embed.conditions
        sizes = pairwise([conditions, width, width])
        self.layers = nn.ModuleList(normed(nn.Linear(before, after)) for before, after in sizes)
        self.norms = nn.ModuleList(
            ConditionalNorm(nn.BatchNorm1d(width, affine=False), conditions) for _ in self.layers
        )
        image = [nn.Tanh(), Affine(0.5, 0.5), nn.Unflatten(1, shape)] if len(shape) > 1 else []
        self.head = nn.Sequential(normed(nn.Linear(width, math.prod(shape))), *image)

    def forward(self, code: Tensor) -> Tensor:
        h = condition = self.embed(code)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            h = relu(norm(layer(h), condition))
        return self.head(h)


class Embed(nn.Module):
    """Replaces the one-hot label next to the noise by an embedding that all layers share."""

    def __init__(self, latent: int, classes: int, size: int = 16):
        super().__init__()
        self.latent, self.conditions = latent, latent + size
        self.linear = nn.Linear(classes, size, bias=False)
        nn.init.orthogonal_(self.linear.weight)

    def forward(self, code: Tensor) -> Tensor:
        noise, label = code[:, : self.latent], code[:, self.latent :]
        return torch.cat([noise, self.linear(label)], dim=1)


def generator(
    shape: tuple[int, ...], latent: int, classes: int, width: int, kind: Kind
) -> nn.Module:
    """Maps noise and one-hot labels [B, latent + classes] to data; images come out in [0, 1]."""
    network = DenseGenerator if len(shape) == 1 or kind == "dense" else ImageGenerator
    return network(shape, latent, classes, width)


class Down(nn.Module):
    """A residual block of the critic.

    Args:
        halve: whether it halves the size, rounded down.
        first: whether it sees pixels, which it takes as they are.
    """

    def __init__(self, inputs: int, outputs: int, *, halve: bool, first: bool):
        super().__init__()
        self.halve, self.sees_pixels = halve, first
        self.first, self.second = convolution(inputs, outputs, 3), convolution(outputs, outputs, 3)
        self.skip = convolution(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, h: Tensor) -> Tensor:
        inner = self.first(h if self.sees_pixels else relu(h))
        both = self.second(relu(inner)) + self.skip(h)
        return avg_pool2d(both, 2) if self.halve else both


class SumPool(nn.Module):
    """[B, F, H, W] to [B, F]"""

    def forward(self, h: Tensor) -> Tensor:
        return relu(h).sum(dim=(2, 3))


def image_trunk(shape: tuple[int, ...], width: int) -> Trunk:
    inputs, height, breadth = shape
    widths = channels(width, len(scales((height, breadth), 7)))
    layers: list[nn.Module] = [Affine(2.0, -1.0)]
    for before, after in pairwise([inputs, *widths]):
        last = len(layers) == len(widths)
        layers.append(Down(before, after, halve=not last, first=len(layers) == 1))
    return Trunk([*layers, SumPool()], widths[-1])


def dense_trunk(shape: tuple[int, ...], width: int) -> Trunk:
    layers: list[nn.Module] = [Affine(2.0, -1.0), nn.Flatten()] if len(shape) > 1 else []
    for before, after in pairwise([math.prod(shape), width, width]):
        layers += [normed(nn.Linear(before, after)), nn.LeakyReLU(0.2)]
    return Trunk(layers, width)


class ProjectionCritic(Critic):
    """Scores a pair by y' V phi(x) + psi(phi(x)), with a linear psi.

    Miyato and Koyama, "cGANs with Projection Discriminator", 2018, arXiv:1802.05637.

    Args:
        trunk: phi, maps data [B, *shape] to features [B, F].
        shape: of the data.
        classes: how many there are.
    """

    def __init__(self, trunk: Trunk, shape: Sequence[int], classes: int):
        super().__init__(trunk)
        self.shape, self.size = tuple(shape), math.prod(shape)
        self.head = normed(nn.Linear(trunk.features, 1))
        self.project = normed(nn.Linear(classes, trunk.features, bias=False))

    def features(self, x: Tensor) -> Tensor:
        """[B, F] of the data in pairs [B, D + classes]."""
        return self.trunk(x[:, : self.size].unflatten(1, self.shape))

    def forward(self, x: Tensor) -> Tensor:
        features = self.features(x)
        projected = (self.project(x[:, self.size :]) * features).sum(1)
        return projected + self.head(features).squeeze(1)


def critic(shape: tuple[int, ...], classes: int, width: int, kind: Kind) -> ProjectionCritic:
    """Maps pairs [B, D + classes] to scores [B]."""
    trunk = dense_trunk if len(shape) == 1 or kind == "dense" else image_trunk
    return ProjectionCritic(trunk(shape, width), shape, classes)
