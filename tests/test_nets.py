"""Convolutions as matrices are the convolutions, in value and in both derivatives."""

import pytest
import torch
from torch import nn
from torch.autograd import grad

from gbench.nets import small


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("inputs", "outputs", "coarse", "fine"),
    [(1, 3, (4, 4), (8, 8)), (2, 3, (3, 2), (7, 4)), (3, 1, (2, 4), (5, 8))],
)
def test_a_matrix_is_its_convolution(
    inputs: int, outputs: int, coarse: tuple[int, int], fine: tuple[int, int], bias: bool
) -> None:
    odd = (fine[0] - 2 * coarse[0], fine[1] - 2 * coarse[1])
    pairs: list[tuple[nn.Module, nn.Module, tuple[int, int]]] = [
        (
            small.convolution(inputs, outputs, fine, bias=bias),
            nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, bias=bias),
            fine,
        ),
        (
            small.transposed(inputs, outputs, coarse, fine, bias=bias),
            nn.ConvTranspose2d(
                inputs, outputs, 4, stride=2, padding=1, output_padding=odd, bias=bias
            ),
            coarse,
        ),
    ]
    for ours, plain, size in pairs:
        assert isinstance(ours, small.Convolution)
        plain.load_state_dict(ours.state_dict())
        x = torch.randn(5, inputs, *size, requires_grad=True)
        assert torch.allclose(ours(x), plain(x), atol=1e-6)
        for net in (ours, plain):
            (slope,) = grad(net(x).square().sum(), x, create_graph=True)
            slope.square().sum().backward()
        for mine, theirs in zip(ours.parameters(), plain.parameters(), strict=True):
            assert mine.grad is not None
            assert torch.allclose(mine.grad, theirs.grad, rtol=1e-3, atol=1e-3)


def test_large_images_are_convolved() -> None:
    assert isinstance(small.convolution(1, 32, (28, 28)), nn.Conv2d)
    assert isinstance(small.transposed(32, 1, (14, 14), (28, 28)), nn.ConvTranspose2d)


def test_units_become_images_with_their_channels_last() -> None:
    units = torch.arange(48.0).view(2, 24)
    images = small.Unflatten(3, (2, 4))(units)
    assert images.shape == (2, 3, 2, 4)
    for b, c, h, w in [(0, 0, 0, 0), (0, 2, 1, 3), (1, 1, 0, 2)]:
        assert images[b, c, h, w] == units[b, (h * 4 + w) * 3 + c]
    assert images.is_contiguous(memory_format=torch.channels_last)
