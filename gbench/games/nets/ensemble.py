"""Several critics in the place of one."""

import copy
from collections.abc import Iterable, Iterator
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from gbench.games.nets.critic import Critic

Module = TypeVar("Module", bound=nn.Module)


class Ensemble(Critic):
    """Maps data [B, *shape] to the scores [B, N] of N critics.

    Args:
        members: the critics.
    """

    def __init__(self, members: list[Critic]):
        nn.Module.__init__(self)
        self.members = nn.ModuleList(members)

    def __iter__(self) -> Iterator[Critic]:
        return iter(cast(Iterable[Critic], self.members))

    def features(self, x: Tensor) -> Tensor:
        """The members' features, one next to the other: [B, N F]."""
        return torch.cat([member.features(x) for member in self], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([member(x) for member in self], dim=1)

    def realness(self, x: Tensor) -> Tensor:
        """The members' mean, [B]."""
        return torch.stack([member.realness(x) for member in self]).mean(0)


@torch.no_grad()
def redrawn(module: Module) -> Module:
    """A copy with other initial weights, of the same law.

    Initial weights are independent draws, so that a tensor's entries in another order are as good;
    only of orthogonal ones that is not quite true.
    """
    twin = copy.deepcopy(module)
    for parameter in twin.parameters():
        order = torch.randperm(parameter.numel(), device=parameter.device)
        parameter.copy_(parameter.flatten()[order].view_as(parameter))
    return twin
