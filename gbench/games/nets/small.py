"""Convolutions of small images as matrices: the same map, on a CPU often faster.

A convolution is linear, so on images of one size it is a matrix whose entries are the kernel's.
For an 8x8 image the matrix is small, and a product with it costs no more than a convolution's
overheads; for the second derivative, which a gradient penalty needs, far less.  The ratios depend
on the machine; benchmarks/convolution.py measures them.

What a matrix gives lies in memory with the channels last, the order in which batch norm is fastest
on a CPU, and takes it without a copy; the shapes are the usual ones.
"""

import copy

import torch
from torch import Tensor, nn

LARGEST = 2**17  # entries of the matrix; beyond that a real convolution is faster


class Convolution(nn.Module):
    """A convolution's weight [kernel] and bias [outputs], applied as a matrix.

    Args:
        plain: the convolution; its weight and bias are shared, under the same names.
        channels, size: of its input.
    """

    index: Tensor

    def __init__(self, plain: nn.Conv2d | nn.ConvTranspose2d, channels: int, size: tuple[int, int]):
        super().__init__()
        self.weight, self.bias = plain.weight, plain.bias
        height, width = size
        basis = torch.eye(channels * height * width).unflatten(1, (height, width, channels))
        numbered = copy.deepcopy(plain).double()
        with torch.no_grad():
            count = numbered.weight.numel()
            numbered.weight.copy_(torch.arange(1.0, count + 1).view_as(numbered.weight))
            numbered.bias = None
            # which weight, from 1, links each input and output
            taps = numbered(basis.permute(0, 3, 1, 2).double()).permute(0, 2, 3, 1)
        self.shape = taps.shape[1:]  # H, W, C
        self.register_buffer("index", taps.round().long().flatten(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        weights = torch.cat([self.weight.new_zeros(1), self.weight.flatten()])
        matrix = weights.index_select(0, self.index).view(x.shape[1:].numel(), -1)
        y = (x.permute(0, 2, 3, 1).flatten(1) @ matrix).unflatten(1, self.shape)
        return (y if self.bias is None else y + self.bias).permute(0, 3, 1, 2)


class Unflatten(nn.Unflatten):
    """[B, C * H * W] to [B, C, H, W], with the channels last in memory.

    Args:
        channels, size: C and (H, W).
    """

    def __init__(self, channels: int, size: tuple[int, int]):
        super().__init__(1, (channels, *size))
        self.last = (*size, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x.unflatten(1, self.last).permute(0, 3, 1, 2)


def convolution(
    inputs: int, outputs: int, size: tuple[int, int], *, bias: bool = True
) -> nn.Module:
    """A 4x4 convolution of stride 2, which halves the size, rounded down."""
    plain = nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, bias=bias)
    half = (size[0] // 2, size[1] // 2)
    entries = inputs * size[0] * size[1] * outputs * half[0] * half[1]
    return Convolution(plain, inputs, size) if entries <= LARGEST else plain


def transposed(
    inputs: int, outputs: int, coarse: tuple[int, int], fine: tuple[int, int], *, bias: bool = True
) -> nn.Module:
    """The transpose of a 4x4 convolution of stride 2 that made `coarse` of `fine`."""
    odd = (fine[0] - 2 * coarse[0], fine[1] - 2 * coarse[1])
    plain = nn.ConvTranspose2d(
        inputs, outputs, 4, stride=2, padding=1, output_padding=odd, bias=bias
    )
    entries = inputs * coarse[0] * coarse[1] * outputs * fine[0] * fine[1]
    return Convolution(plain, inputs, coarse) if entries <= LARGEST else plain
