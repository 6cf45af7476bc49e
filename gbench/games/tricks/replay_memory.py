"""Replay memory: a share of the fakes that the critic learns from are old ones.

Shrivastava, Pfister, Tuzel, Susskind, Wang and Webb, "Learning from Simulated and Unsupervised
Images through Adversarial Training", 2017, arXiv:1612.07828, section 2.3: half of a batch of fakes
comes from a buffer, in which as many are then replaced at random by new ones; Pfau and Vinyals,
"Connecting Generative Adversarial Networks and Actor-Critic Methods", 2016, arXiv:1610.01945, call
it replay.  Deviations: the buffer is full from the start, of fakes of the untrained generator, so
that its shape is fixed; and the new fakes that go into it are those whose place the old ones took.
"""

import torch
from torch import Tensor, nn

from gbench.core.files import OutOfRange, UserError
from gbench.core.game import Game
from gbench.games.nets.heads import TwoHeaded
from gbench.games.tricks._places import adversarial, first_fakes

TITLE = "replay memory"
SOURCE = "Shrivastava et al. 2017, arXiv:1612.07828"


class ReplayMemory(nn.Module):
    """Exchanges a share of each batch [B, ...] for as many old fakes, drawn without replacement.

    Args:
        memory: what is remembered at first, [size, ...].
        share: of a batch.
    """

    memory: Tensor

    def __init__(self, memory: Tensor, share: float):
        super().__init__()
        self.share = share
        self.register_buffer("memory", memory)

    def forward(self, fake: Tensor) -> Tensor:
        count = min(int(self.share * len(fake)), len(self.memory))
        slots = torch.randperm(len(self.memory), device=fake.device)[:count]
        old = self.memory[slots]
        self.memory[slots] = fake[:count].detach().to(old.dtype)  # kept, and so out of the graph
        return torch.cat([old, fake[count:]])


def apply(game: Game, *, size: int = 512, share: float = 0.5) -> Game:
    """
    Args:
        size: fakes that are remembered.
        share: of the critic's fakes that are old.

    Raises:
        UserError: the critic reads from each fake what it was made from, or `share` is no share.
    """
    inner = adversarial(game)
    if not 0 <= share <= 1:
        raise OutOfRange(f"replay_memory.share: {share} is not in [0, 1]")
    if isinstance(inner.critic, TwoHeaded):
        raise UserError("its critic reads a fake's code or class, and an old fake has another")
    inner.fakes.append(ReplayMemory(first_fakes(inner, size)[:size].clone(), share))
    return game
