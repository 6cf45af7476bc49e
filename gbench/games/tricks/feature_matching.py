"""Feature matching: the generator brings the mean features of its samples to those of the data.

Salimans, Goodfellow, Zaremba, Cheung, Radford and Chen, "Improved Techniques for Training GANs",
2016, arXiv:1606.03498, section 3.1: the generator's loss becomes |E f(x) - E f(G(z))|^2, with f the
critic's features.  The critic's loss stays.  With unrolling, which comes after it, f is that of the
critic that the generator would meet; with an ensemble, f is of all critics, and how it would weigh
their losses has no meaning.
"""

from torch import Tensor

from gbench.core.files import UserError
from gbench.core.game import Batch, Game, Player
from gbench.games.nets.critic import Critic
from gbench.games.tricks._places import adversarial, opened
from gbench.games.two_player.game import Adversarial
from gbench.games.two_player.wrapper import Wrapper

TITLE = "feature matching"
SOURCE = "Salimans et al. 2016, arXiv:1606.03498"


def distance(critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
    """The squared distance of the mean features, a scalar."""
    return (critic.features(real).mean(0) - critic.features(fake).mean(0)).square().sum()


class FeatureMatching(Wrapper):
    """Replaces the generator's loss."""

    sealed = False

    def players(self) -> dict[str, Player]:
        players = super().players()
        return players | {"generator": players["generator"]._replace(loss=self.generator_loss)}

    def generator_loss(self, batch: Batch) -> Tensor:
        inner = adversarial(self.game)
        real, fake = inner.real(batch), inner.fake(batch)
        return inner.with_terms("generator", distance(inner.critic, real, fake), real, fake)


def apply(game: Game) -> Game:
    """
    Raises:
        UserError: its generator has more to descend than the critic's scores, or that already.
    """
    inner = opened(game)
    if type(inner).generator_loss is not Adversarial.generator_loss:
        raise UserError(
            "feature matching takes the place of the generator's loss, and that of "
            f"{type(inner).__name__} is more than the critic's scores"
        )
    return FeatureMatching(game)
