"""A model is a differentiable game: players who each descend their own loss.

Ordinary training is the game with one player.  The view and the term follow Balduzzi, Racaniere,
Martens, Foerster, Tuyls and Graepel, "The Mechanics of n-Player Differentiable Games", 2018,
arXiv:1802.05642.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

Batch = Any  # a NamedTuple of tensors [B, ...]; a track's data and its games agree on the fields


class Player(NamedTuple):
    """One side of a game.

    Attributes:
        loss: maps a batch to the scalar that this player descends.  It neither detaches nor
            steps: training differentiates it by this player's parameters alone.
        modules: hold the parameters that this player moves.
        steps: updates a round, each on a fresh batch.
        after_step: called after each update, for instance to clip weights.
        lr: the step size of this player's Adam in the first round.
        lr_end: the share of it that is left in the last round; it falls along a straight line.
        betas: Adam's decay rates of the first and second moment.
        span: the share of the rounds in which this player takes part, from and to: (0, 0.5) is the
            first half.
    """

    loss: Callable[[Batch], Tensor]
    modules: Sequence[nn.Module]
    steps: int = 1
    after_step: Callable[[], None] = lambda: None
    lr: float = 1e-3
    lr_end: float = 1.0
    betas: tuple[float, float] = (0.9, 0.999)
    span: tuple[float, float] = (0.0, 1.0)

    def plays(self, progress: float) -> bool:
        """Whether it takes part in the round before which `progress` of all rounds were played."""
        return self.span[0] <= progress < self.span[1]

    def parameters(self) -> list[nn.Parameter]:
        return list(nn.ModuleList(self.modules).parameters())


class Unsuitable(Exception):
    """This model cannot learn this kind of data, as it is or with its tricks; the text says why."""


class Game(nn.Module):
    """Networks, and the players who train them.

    A generative game samples, by class if it is conditional (`sample(n, labels)`), and may have
    `encode(x) -> [B, F]`, `decode(z) -> [B, *shape]` and `log_prob(x) -> [B]` (nats).  One with a
    critic may have `score(x) -> [B]`: how real the critic finds each of the data, higher is more
    real, in units of its own; it is None where single examples have no score.  A classifier's game
    has `predict(x) -> [B, classes]` (logits).

    Attributes:
        progress: the share of the rounds that have been played, in [0, 1), kept by the training
            loop, for losses that change on the way.
        solved: whether there are no players, and `fit` does it all.
    """

    progress = 0.0
    solved = False

    def players(self) -> dict[str, Player]:
        """Returns the players by name, in the order of play."""
        raise NotImplementedError

    def forward(self, player: str, batch: Batch) -> Tensor:
        """Returns the loss of one player, a scalar."""
        return self.players()[player].loss(batch)

    def sample(self, n: int) -> Tensor:
        """Draws n samples, [n, *shape]."""
        raise NotImplementedError

    def fit(self, x: Tensor, seed: int) -> None:
        """Solves, after the last round, for what is not descended, on the training data x
        [N, *shape]; most games have no such part."""

    @property
    def device(self) -> torch.device:
        return next(chain(self.parameters(), self.buffers())).device


class Fitted(Game):
    """A model that is solved for, not descended: a game without players.

    Everything it learns lives in buffers whose shapes `build` fixes, so that weights are saved and
    loaded like those of any other game.
    """

    solved = True

    def players(self) -> dict[str, Player]:
        return {}

    def fit(self, x: Tensor, seed: int) -> None:
        raise NotImplementedError
