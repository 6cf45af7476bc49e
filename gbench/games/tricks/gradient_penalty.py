"""The gradient penalty: the norm of the critic's slope is kept near 1.

Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville, "Improved Training of Wasserstein GANs", 2017,
arXiv:1704.00028, eq. 3: two-sided, at points between real and fake inputs.
"""

from gbench.core.game import Game
from gbench.games.tricks._places import penalised
from gbench.games.two_player.terms import GradientPenalty

TITLE = "gradient penalty"
SOURCE = "Gulrajani et al. 2017, arXiv:1704.00028"


def apply(game: Game, *, weight: float = 10.0) -> Game:
    """
    Args:
        weight: lambda.

    Raises:
        UserError: a score depends on a whole batch, or the slope is penalised already.
    """
    return penalised(game, GradientPenalty(weight))
