"""R1: the critic's slope at real inputs is kept small.

Mescheder, Geiger and Nowozin, "Which Training Methods for GANs do actually Converge?", 2018,
arXiv:1801.04406: gamma / 2 E |slope|^2 at real inputs alone, so that a critic at the equilibrium,
which is flat there, costs nothing.
"""

from torch import Tensor

from gbench.core.game import Game
from gbench.games.nets.critic import Critic
from gbench.games.tricks._places import penalised
from gbench.games.two_player.terms import SlopeTerm, slopes

TITLE = "R1"
SOURCE = "Mescheder et al. 2018, arXiv:1801.04406"


class R1(SlopeTerm):
    """The mean squared norm of the critic's slope at real inputs; the weight is gamma / 2."""

    def value(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        return slopes(critic, real.clone()).square().sum(1).mean()


def apply(game: Game, *, gamma: float = 10.0) -> Game:
    """
    Args:
        gamma: twice the weight.

    Raises:
        UserError: a score depends on a whole batch, or the slope is penalised already.
    """
    return penalised(game, R1(gamma / 2))
