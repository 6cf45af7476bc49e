"""Historical averaging: a player is held near the mean of all the weights that it has had.

Salimans, Goodfellow, Zaremba, Cheung, Radford and Chen, "Improved Techniques for Training GANs",
2016, arXiv:1606.03498, section 3.3: each player's loss has the term |w - mean of w_1 ... w_t|^2.
The mean is kept as it goes, and w_1 are the initial weights; no slope leads through it.
"""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from gbench.core.game import Batch, Game, Player
from gbench.games.tricks._places import adversarial
from gbench.games.two_player.wrapper import Wrapper

TITLE = "historical averaging"
SOURCE = "Salimans et al. 2016, arXiv:1606.03498"


class HistoricalAveraging(Wrapper):
    """
    Args:
        weight: in front of the term, for every player.
    """

    def __init__(self, game: Game, weight: float):
        super().__init__(game)
        self.weight = weight
        for name, player in game.players().items():
            self.register_buffer(f"{name}_count", torch.ones(()))
            for i, parameter in enumerate(player.parameters()):
                self.register_buffer(f"{name}_mean_{i}", parameter.detach().clone())

    def players(self) -> dict[str, Player]:
        return {
            name: player._replace(
                loss=partial(self.loss, name, player), after_step=partial(self.note, name, player)
            )
            for name, player in super().players().items()
        }

    def loss(self, name: str, player: Player, batch: Batch) -> Tensor:
        distance = sum((w - mean).square().sum() for w, mean in self.pairs(name, player))
        return player.loss(batch) + self.weight * distance

    @torch.no_grad()
    def note(self, name: str, player: Player) -> None:
        """Counts the weights after a step into their mean."""
        player.after_step()
        count = self.get_buffer(f"{name}_count").add_(1)
        for weight, mean in self.pairs(name, player):
            mean.add_((weight - mean) / count)

    def pairs(self, name: str, player: Player) -> Iterator[tuple[Tensor, Tensor]]:
        """Each of the player's weights with its mean."""
        for i, parameter in enumerate(player.parameters()):
            yield parameter, self.get_buffer(f"{name}_mean_{i}")


def apply(game: Game, *, weight: float = 1.0) -> Game:
    """
    Args:
        weight: in front of the term, for every player.
    """
    adversarial(game)
    return HistoricalAveraging(game, weight)
