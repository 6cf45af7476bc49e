"""Do both sides compute the same?  One update of each, with the same draws, in double precision.

Adam's first step is nearly the sign of the gradient, so a weight whose gradient is close to 0 moves
by a different amount for a difference in the last bit: hence double precision.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import torch
from torch import Tensor, nn


@contextmanager
def same_draws(batch: int, latent: int) -> Iterator[None]:
    """Within the block both sides are in double precision, without dropout, and draw the same.

    Weights are drawn as ever; noise [batch, latent], places between pairs [batch, 1, 1, 1] and the
    order of the images, which is their own, no longer are.
    """
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(batch, latent, generator=generator, dtype=torch.float64)
    places = torch.rand(batch, 1, 1, 1, generator=generator, dtype=torch.float64)
    default = torch.get_default_dtype()
    with ExitStack() as stack:
        for name, value in {
            "torch.randn": lambda *_, **__: noise,
            "torch.randn_like": lambda *_, **__: noise,
            "torch.rand": lambda *_, **__: places,
            "torch.randperm": lambda n, **_: torch.arange(n),
            "numpy.random.normal": lambda *_: noise.numpy(),
            "numpy.random.random": lambda *_: places.numpy(),
            "torch.float": torch.float64,
            "torch.FloatTensor": torch.DoubleTensor,
            "torch.nn.Dropout2d.forward": lambda _, x: x,
        }.items():
            stack.enter_context(patch(name, value))
        torch.set_default_dtype(torch.float64)
        try:
            yield
        finally:
            torch.set_default_dtype(default)


def weights(*networks: nn.Module) -> Tensor:
    """All weights in a row, copied."""
    parts: Iterable[Tensor] = (p.detach().flatten() for net in networks for p in net.parameters())
    return torch.cat([*parts])


def difference(before: Tensor, theirs: Tensor, ours: Tensor) -> float:
    """The largest difference of two updates of the same weights, over the largest update.

    Raises:
        ValueError: theirs moved nothing.
    """
    largest = (theirs - before).abs().max()
    if not largest:
        raise ValueError("the peer's update moved no weight")
    return float((theirs - ours).abs().max() / largest)
