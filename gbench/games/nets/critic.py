"""A critic is a trunk, which gives features, and a head, which scores them."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gbench.games.nets.mlp import Trunk
from gbench.games.nets.norm import Parted


class Mixing(nn.Module):
    """A layer by which, as by batch norm, an example's output depends on others of its batch.

    Attributes:
        samples: how many inputs, standing together, it makes one output of; None if an output is
            of the whole batch.
    """

    samples: int | None = None


class Critic(nn.Module):
    """Maps data [B, *shape] to scores [B].

    Args:
        trunk: maps data to features [B, F]; its attribute `features` is F.
        head: maps features to scores [B, 1], or to what `forward` scores; linear unless given.
    """

    def __init__(self, trunk: Trunk, head: nn.Module | None = None):
        super().__init__()
        self.trunk = trunk
        self.head = nn.Linear(trunk.features, 1) if head is None else head

    @property
    def independent(self) -> bool:
        """Whether an input's score depends on no other input of the batch; batch norm makes it."""
        return not any(isinstance(module, _BatchNorm | Mixing) for module in self.modules())

    @property
    def pack(self) -> int | None:
        """How many inputs one score is of, in eval mode; None if it is of the whole batch."""
        sizes = [module.samples for module in self.modules() if isinstance(module, Mixing)]
        return None if None in sizes else max((size for size in sizes if size), default=1)

    def features(self, x: Tensor) -> Tensor:
        """[B, F]"""
        return self.trunk(x)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x)).squeeze(1)

    def realness(self, x: Tensor) -> Tensor:
        """How real it finds each input [B, *shape] by itself, [B]; higher is more real.

        In eval mode, where batch norm has running averages and an input's score is its own.  A
        critic of packs is shown packs of equal inputs.
        """
        assert self.pack, "a score is of a whole batch"
        return self(x.repeat_interleave(self.pack, dim=0))


def each(
    critic: nn.Module, *batches: Tensor, of: Callable[[Tensor], Tensor] | None = None
) -> list[Tensor]:
    """A critic's output for several batches, each as if alone; in one pass, which is faster,
    where no layer but batch norm would mix them.

    Args:
        of: which of the critic's maps [B, *shape] -> [B, ...]; its scores unless given.
    """
    of = of or critic
    mixing = [module for module in critic.modules() if isinstance(module, _BatchNorm | Mixing)]
    norms = [module for module in mixing if isinstance(module, Parted)]
    if len(norms) < len(mixing):
        return [of(batch) for batch in batches]
    sizes = [len(batch) for batch in batches]
    for norm in norms:
        norm.parts = sizes
    try:
        return list(of(torch.cat(batches)).split(sizes))
    finally:
        for norm in norms:
            norm.parts = ()
