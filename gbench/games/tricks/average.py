"""Samples come from the moving average of the generator's weights.

Yazıcı, Foo, Winkler, Yap, Piliouras and Chandrasekhar, "The Unusual Effectiveness of Averaging in
GAN Training", 2019, arXiv:1806.04498; Karras et al., "Progressive Growing of GANs for Improved
Quality, Stability, and Variation", 2018, arXiv:1710.10196.  Training does not see the average.  All
that the generator's player moves is averaged, so that an encoder stays the generator's; batch
norm's running statistics are taken as they are.
"""

from functools import partial
from typing import Any

from torch import nn

from gbench.core.files import OutOfRange
from gbench.core.game import Game, Player
from gbench.games.nets.average import Average
from gbench.games.tricks._places import generator, opened
from gbench.games.two_player.wrapper import Wrapper

TITLE = "averaged generator"
SOURCE = "Yazıcı et al. 2019, arXiv:1806.04498"


class Averaged(nn.Module):
    """A network, in training; its average, afterwards.

    Args:
        network: is trained.
        decay: the share of the average that a step leaves.
    """

    def __init__(self, network: nn.Module, decay: float):
        super().__init__()
        self.network, self.average = network, Average(network, decay)

    def forward(self, *inputs: Any) -> Any:
        return (self.network if self.training else self.average)(*inputs)


class Averaging(Wrapper):
    """Lets the averages follow each step of those who move the networks."""

    def players(self) -> dict[str, Player]:
        players = super().players()
        for name, player in players.items():
            if averaged := [m for m in player.modules if isinstance(m, Averaged)]:
                after = partial(follow, player, averaged)
                players = players | {name: player._replace(after_step=after)}
        return players


def follow(player: Player, averaged: list[Averaged]) -> None:
    """The player's own work after a step, and then the averages' own."""
    player.after_step()
    for module in averaged:
        module.average.follow(module.network)


def apply(game: Game, *, decay: float = 0.999) -> Game:
    """
    Args:
        decay: the share of the average that a step leaves.

    Raises:
        UserError: the game keeps a copy of its generator, such as an average of its own.
    """
    inner = opened(game)
    if not 0 <= decay < 1:
        raise OutOfRange(f"average.decay: {decay} is not in [0, 1)")
    generator(inner)
    moved = inner.generators()
    for name, child in [*inner.named_children()]:
        if any(child is network for network in moved):
            setattr(inner, name, Averaged(child, decay))
    return Averaging(game)
