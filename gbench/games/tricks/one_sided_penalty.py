"""The one-sided gradient penalty: only slopes steeper than 1 are penalised.

Petzka, Fischer and Lukovnikov, "On the Regularization of Wasserstein GANs", 2018,
arXiv:1709.08894: lambda E max(0, |slope| - 1)^2, since an optimal critic's slope is at most 1 but
need not be 1 everywhere.  The points are those of Gulrajani et al. 2017, arXiv:1704.00028.
"""

from torch import Tensor
from torch.nn.functional import relu

from gbench.core.game import Game
from gbench.games.nets.critic import Critic
from gbench.games.tricks._places import penalised
from gbench.games.two_player.terms import SlopeTerm, between, slopes

TITLE = "one-sided gradient penalty"
SOURCE = "Petzka et al. 2018, arXiv:1709.08894"


class OneSidedPenalty(SlopeTerm):
    """Keeps the norm of the critic's slope under 1 between real and fake inputs."""

    def value(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        excess = slopes(critic, between(real, fake)).norm(dim=1) - 1
        return relu(excess).square().mean()


def apply(game: Game, *, weight: float = 10.0) -> Game:
    """
    Args:
        weight: lambda.

    Raises:
        UserError: a score depends on a whole batch, or the slope is penalised already.
    """
    return penalised(game, OneSidedPenalty(weight))
