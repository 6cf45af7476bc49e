"""An ensemble of critics, whose losses the generator takes together.

Durugkar, Gemp and Mahadevan, "Generative Multi-Adversarial Networks", 2017, arXiv:1611.01673: each
critic descends its own loss; the generator descends the mean of its losses against them, the
greatest, or between the two the softened mean: each weighed by softmax(lambda * losses), which is
the mean at lambda = 0 and tends to the greatest.  Deviations: the critics differ by their initial
weights, and by dropout where they have it, but see the same batch; lambda is fixed, where the
paper's GMAN* learns it.
"""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from gbench.core.files import OutOfRange, UserError
from gbench.core.game import Game
from gbench.games.nets.critic import Critic
from gbench.games.nets.ensemble import Ensemble, redrawn
from gbench.games.tricks._places import single
from gbench.games.two_player.criteria import Criterion
from gbench.games.two_player.game import Adversarial

TITLE = "ensemble of critics"
SOURCE = "Durugkar et al. 2017, arXiv:1611.01673"

Sharpness = float | Literal["greatest"]


def softened(losses: Tensor, sharpness: Sharpness) -> Tensor:
    """A mean of losses [N] that are weighed by softmax(sharpness * losses), a scalar.

    Args:
        sharpness: lambda, or `greatest` for its limit.
    """
    if sharpness == "greatest":
        return losses.max()
    return ((sharpness * losses).softmax(0) * losses).sum()


class Together:
    """A criterion of the scores [B, N] of N critics.

    Args:
        criterion: of one critic's.
        sharpness: lambda.
    """

    def __init__(self, criterion: Criterion, sharpness: Sharpness):
        self.criterion, self.sharpness = criterion, sharpness

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """The sum of the critics' losses, so that each has its own slope."""
        pairs = zip(real.unbind(1), fake.unbind(1), strict=True)
        return torch.stack([self.criterion.critic(*pair) for pair in pairs]).sum()

    def generator(self, fake: Tensor) -> Tensor:
        losses = [self.criterion.generator(scores) for scores in fake.unbind(1)]
        return softened(torch.stack(losses), self.sharpness)


class Each(nn.Module):
    """A term for each critic of an ensemble.

    Args:
        term: of one critic.
        together: of the members' values [N], a scalar.
    """

    def __init__(self, term: nn.Module, together: Callable[[Tensor], Tensor]):
        super().__init__()
        self.term, self.together = term, together

    def forward(self, critic: Ensemble, real: Tensor, fake: Tensor) -> Tensor:
        return self.together(torch.stack([self.term(m, real, fake) for m in critic]))


def apply(game: Game, *, critics: int = 3, sharpness: Sharpness = 0.0) -> Game:
    """
    Args:
        critics: how many.
        sharpness: lambda; 0 for the mean, `greatest` for its limit.

    Raises:
        UserError: the game asks its critic for more than scores, or the number is no number.
    """
    inner = single(game)
    if critics < 1:
        raise OutOfRange(f"ensemble.critics: {critics} is under 1")
    own = type(inner)
    if (own.critic_loss, own.generator_loss) != (
        Adversarial.critic_loss,
        Adversarial.generator_loss,
    ):
        raise UserError(f"{own.__name__} asks its critic for more than scores of real and fake")
    if len(inner.players()) > 2:
        raise UserError(f"{own.__name__} has another player, who learns from one critic's features")
    others: list[Critic] = [redrawn(inner.critic) for _ in range(critics - 1)]
    inner.critic = Ensemble([inner.critic, *others])
    inner.criterion = Together(inner.criterion, sharpness)
    for player, together in (("critic", torch.sum), ("generator", torch.mean)):
        inner.terms[player] = nn.ModuleList(Each(t, together) for t in inner.terms[player])
    return game
