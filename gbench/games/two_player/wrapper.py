"""A game around a game: some of its players changed, everything else passed on."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from gbench.core.game import Game, Player


class Wrapper(Game):
    """Is the inner game in all that a subclass does not change, capabilities included.

    Attributes:
        sealed: whether it holds copies of the inner game's networks or losses, so that these must
            not change any more.
    """

    sealed = True

    def __init__(self, game: Game):
        super().__init__()
        self.game = game

    def players(self) -> dict[str, Player]:
        return self.game.players()

    @property
    def progress(self) -> float:
        return self.game.progress

    @progress.setter
    def progress(self, value: float) -> None:
        self.game.progress = value

    @property
    def sample(self) -> Callable[..., Tensor]:
        """As the inner game does, by class if it is conditional."""
        return self.game.sample

    def fit(self, x: Tensor, seed: int) -> None:
        self.game.fit(x, seed)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "game":  # requested by copy and pickle, before there is one
                raise
            return getattr(self.game, name)


def unwrapped(game: Game) -> Game:
    """The innermost game."""
    while isinstance(game, Wrapper):
        game = game.game
    return game
