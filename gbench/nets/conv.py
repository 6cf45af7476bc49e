"""Convolutional networks for images [B, C, H, W] of any size, after Radford's rules.

Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional
Generative Adversarial Networks", 2016, arXiv:1511.06434, section 3: strided convolutions instead
of pooling; batch norm, where it is used, not in the generator's last layer nor in the critic's
first; LeakyReLU in the critic, ReLU in the generator, which ends in tanh; weights from N(0, 0.02).

Images are in [0, 1] outside and in [-1, 1] inside, as the paper has them.  The resolution is halved
(4x4 kernels, stride 2) until a side is at most 3, and the channels double each time.
"""

from itertools import pairwise

from torch import Tensor, nn

from gbench.nets.mlp import Trunk


class Affine(nn.Module):
    """x -> scale * x + shift, for the fixed change between [0, 1] and [-1, 1]."""

    def __init__(self, scale: float, shift: float):
        super().__init__()
        self.scale, self.shift = scale, shift

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x + self.shift


def scales(height: int, width: int) -> list[tuple[int, int]]:
    """The resolutions from the image's own down to the coarsest."""
    sizes = [(height, width)]
    while min(sizes[-1]) > 3:
        sizes.append((sizes[-1][0] // 2, sizes[-1][1] // 2))
    return sizes


def radford_(module: nn.Module) -> None:
    """Draws convolutions from N(0, 0.02) and batch norm's scale from N(1, 0.02)."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


def trunk(shape: tuple[int, ...], width: int, *, batch_norm: bool = False) -> Trunk:
    channels, *size = shape
    sizes = scales(*size)
    layers: list[nn.Module] = [Affine(2.0, -1.0)]
    inputs = channels
    for level in range(len(sizes) - 1):
        outputs = width * 2**level
        normed = batch_norm and level > 0
        layers.append(nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, bias=not normed))
        if normed:
            layers.append(nn.BatchNorm2d(outputs))
        layers.append(nn.LeakyReLU(0.2))
        inputs = outputs
    built = Trunk([*layers, nn.Flatten()], inputs * sizes[-1][0] * sizes[-1][1])
    if batch_norm:
        built.apply(radford_)
    return built


def generator(
    shape: tuple[int, ...], latent: int, width: int, *, batch_norm: bool = False
) -> nn.Sequential:
    channels, *size = shape
    sizes = scales(*size)[::-1]
    wide = width * 2 ** (len(sizes) - 2)
    layers: list[nn.Module] = [
        nn.Linear(latent, wide * sizes[0][0] * sizes[0][1], bias=not batch_norm),
        nn.Unflatten(1, (wide, *sizes[0])),
    ]
    for level, (coarse, fine) in enumerate(pairwise(sizes)):
        if batch_norm:
            layers.append(nn.BatchNorm2d(wide))
        last = level == len(sizes) - 2
        outputs = channels if last else wide // 2
        odd = (fine[0] - 2 * coarse[0], fine[1] - 2 * coarse[1])
        upwards = nn.ConvTranspose2d(
            wide, outputs, 4, stride=2, padding=1, output_padding=odd, bias=last or not batch_norm
        )
        layers += [nn.ReLU(), upwards]
        wide = outputs
    built = nn.Sequential(*layers, nn.Tanh(), Affine(0.5, 0.5))
    if batch_norm:
        built.apply(radford_)
    return built
