"""How many updates critic and generator take in a round.

Goodfellow et al., "Generative Adversarial Nets", 2014, arXiv:1406.2661, algorithm 1: k steps of the
critic for one of the generator.
"""

from gbench.core.files import OutOfRange
from gbench.core.game import Game, Player
from gbench.games.nets.critic import Critic
from gbench.games.tricks._places import adversarial
from gbench.games.two_player.wrapper import Wrapper

TITLE = "step ratio"
SOURCE = "Goodfellow et al. 2014, arXiv:1406.2661"


class StepRatio(Wrapper):
    """
    Args:
        critic: updates per round of each player who moves a critic.
        generator: of each other one.
    """

    sealed = False

    def __init__(self, game: Game, critic: int, generator: int):
        super().__init__(game)
        self.critic_steps, self.generator_steps = critic, generator

    def players(self) -> dict[str, Player]:
        return {name: self.paced(player) for name, player in super().players().items()}

    def paced(self, player: Player) -> Player:
        judges = any(isinstance(module, Critic) for module in player.modules)
        return player._replace(steps=self.critic_steps if judges else self.generator_steps)


def apply(game: Game, *, critic: int = 1, generator: int = 1) -> Game:
    """
    Args:
        critic, generator: their updates per round, each on a fresh batch.

    Raises:
        OutOfRange: one of the two would not learn.
    """
    adversarial(game)
    if min(critic, generator) < 1:
        raise OutOfRange(f"step_ratio: {critic} to {generator} leaves one of the two unmoved")
    return StepRatio(game, critic, generator)
