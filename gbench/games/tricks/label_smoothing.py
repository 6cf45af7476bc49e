"""One-sided label smoothing: the critic's target for real inputs is below 1.

Salimans, Goodfellow, Zaremba, Cheung, Radford and Chen, "Improved Techniques for Training GANs",
2016, arXiv:1606.03498, section 3.4: only the label of real data is smoothed, since the optimal
critic would else reward fakes where there are no data.
"""

from typing import NamedTuple

from torch import Tensor

from gbench.core.files import UserError
from gbench.core.game import Game
from gbench.games.tricks._places import single
from gbench.games.two_player.criteria import Criterion, Minimax
from gbench.games.two_player.inference import Inference
from gbench.games.two_player.least_squares import LeastSquares

TITLE = "one-sided label smoothing"
SOURCE = "Salimans et al. 2016, arXiv:1606.03498"


class Smoothed(NamedTuple):
    """The cross entropy with the target 1 - smoothing for real inputs.

    With the target t a score s costs t softplus(-s) + (1 - t) softplus(s), which is
    softplus(-s) + (1 - t) s.
    """

    criterion: Minimax
    smoothing: float

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return self.criterion.critic(real, fake) + self.smoothing * real.mean()

    def generator(self, fake: Tensor) -> Tensor:
        return self.criterion.generator(fake)


def smoothed(criterion: Criterion, smoothing: float) -> Criterion:
    """The criterion with a label between its own for real and, by the share `smoothing`, for fake.

    Raises:
        UserError: it has no labels.
    """
    if isinstance(criterion, Minimax):
        return Smoothed(criterion, smoothing)
    if isinstance(criterion, LeastSquares):
        return criterion._replace(b=criterion.b + smoothing * (criterion.a - criterion.b))
    raise UserError(f"there are no labels to be smoothed in {type(criterion).__name__}")


def apply(game: Game, *, smoothing: float = 0.1) -> Game:
    """
    Args:
        smoothing: by how much the label of real inputs is below 1.

    Raises:
        UserError: the criterion has no labels, or the generator descends it as well.
    """
    inner = single(game)
    if isinstance(inner, Inference):
        raise UserError("its generator descends the critic's labels too, and these are its own")
    inner.criterion = smoothed(inner.criterion, smoothing)
    return game
