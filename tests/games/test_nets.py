"""Convolutions as matrices are the convolutions, in value and in both derivatives; maxout."""

import pytest
import torch
from torch import nn
from torch.autograd import grad

from gbench.games.nets import maxout, small


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


def test_a_unit_of_maxout_is_the_largest_of_its_pieces() -> None:
    h = torch.tensor([[1.0, 5.0, -2.0, -3.0, -1.0, -7.0]], requires_grad=True)
    out = maxout.Maxout(3)(h)
    assert out.tolist() == [[5.0, -1.0]]
    assert grad(out.sum(), h)[0].tolist() == [[0.0, 1.0, 0.0, 0.0, 1.0, 0.0]]


@pytest.mark.parametrize(("width", "spread"), [(200, 0.02), (50, 0.04)])
def test_maxout_starts_as_the_paper_has_it(width: int, spread: float) -> None:
    torch.manual_seed(0)
    generator, critic = maxout.generator((2,), 2, width), maxout.trunk((2,), width)
    hidden = [[m for m in net.modules() if isinstance(m, nn.Linear)] for net in (generator, critic)]
    assert [[m.out_features for m in net] for net in hidden] == [
        4 * [2 * width] + [2],
        3 * [5 * width],
    ]
    for layer in (hidden[0][1], hidden[1][1]):
        assert float(layer.weight.std()) == pytest.approx(spread, rel=0.03)
