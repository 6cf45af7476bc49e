"""Two GANs one after the other, of which the second must rank above the first.

Juefei-Xu, Boddeti and Savvides, "Gang of GANs: Generative Adversarial Networks with Maximum Margin
Ranking", 2017, arXiv:1704.04865.  The paper leaves much open; the choices here:

- There are two stages, each half of the rounds.  The second begins with the first's networks.
- In both, a critic is to score a real input by a margin above a fake: the mean over pairs of
  max(0, margin + fake - real).  Its weights are clipped, and the generator raises its mean score,
  as in WGAN.
- In the second, the critic is also to score a real input by two margins above a fake of the first
  stage's generator, which is kept as it was.  So there is room for the new fakes between the two.
"""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.functional import relu

from gbench.core.game import Batch, Player
from gbench.games.nets.critic import Critic
from gbench.games.nets.frozen import frozen, renew
from gbench.games.two_player.clipping import ClippedGAN

SECOND = 0.5  # the share of the rounds before the second stage


class Margin(NamedTuple):
    """The Wasserstein criterion, indifferent to pairs that are far enough apart.

    Juefei-Xu et al. 2017, arXiv:1704.04865.
    """

    margin: float

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return relu(self.margin + fake - real).mean()

    def generator(self, fake: Tensor) -> Tensor:
        return -fake.mean()


class Gang(ClippedGAN):
    """
    Args:
        margin: between two neighbours in the order of scores.
        ranking: the weight of the first stage's fakes in the second critic's loss.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: Critic,
        *,
        margin: float,
        ranking: float,
        bound: float,
        latent: int,
        critic_steps: int,
        lr: float,
        betas: tuple[float, float],
    ):
        super().__init__(
            generator,
            critic,
            Margin(margin),
            bound=bound,
            latent=latent,
            critic_steps=critic_steps,
            lr=lr,
            betas=betas,
        )
        self.rank, self.ranking = Margin(2 * margin), ranking
        self.first = frozen(generator)

    def players(self) -> dict[str, Player]:
        players = super().players()
        return players | {"generator": players["generator"]._replace(after_step=self.keep)}

    def keep(self) -> None:
        """Follows the generator through the first stage; what is left is its end."""
        if self.progress < SECOND:
            renew(self.first, self.generator)

    def critic_loss(self, batch: Batch) -> Tensor:
        loss = super().critic_loss(batch)
        if self.progress < SECOND:
            return loss
        fake = self.first(self.noise(len(batch.x)))
        return loss + self.ranking * self.rank.critic(*self.scores(self.real(batch), fake))
