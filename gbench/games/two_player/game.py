"""The two-player games that GANs and, later, adaptation, translation and imitation share."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from gbench.core.game import Batch, Game, Player
from gbench.games.nets.critic import Critic, each
from gbench.games.two_player.criteria import Criterion


class Terms(nn.ModuleDict):
    """A list of terms for each player."""

    def __getitem__(self, player: str) -> nn.ModuleList:
        terms = super().__getitem__(player)
        assert isinstance(terms, nn.ModuleList)
        return terms


class Adversarial(Game):
    """A critic tells `real(batch)` from `fake(batch)`, and a generator makes that hard.

    Tricks attach at four places, and a game need not know them: the critic's trunk and head;
    `fakes`, through which fakes pass on their way to the critic's lesson; `criterion`; and `terms`,
    which are added to a player's loss as `term(critic, real, fake)`.

    Args:
        critic: maps inputs to scores [B].
        criterion: turns scores into losses.
        critic_steps: the critic's updates per round.
        lr, lr_end, betas: of both players' Adam; see `Player`.
    """

    def __init__(
        self,
        critic: Critic,
        criterion: Criterion,
        *,
        critic_steps: int = 1,
        lr: float,
        lr_end: float = 1.0,
        betas: tuple[float, float],
    ):
        super().__init__()
        self.critic, self.criterion, self.critic_steps = critic, criterion, critic_steps
        self.lr, self.lr_end, self.betas = lr, lr_end, betas
        self.fakes = nn.Sequential()
        self.terms = Terms({"critic": nn.ModuleList(), "generator": nn.ModuleList()})

    def real(self, batch: Batch) -> Tensor:
        raise NotImplementedError

    def fake(self, batch: Batch) -> Tensor:
        raise NotImplementedError

    def generators(self) -> Sequence[nn.Module]:
        """The modules that the generator moves."""
        raise NotImplementedError

    def players(self) -> dict[str, Player]:
        critic = Player(self.critic_loss, [self.critic], self.critic_steps)
        generator = Player(self.generator_loss, self.generators())
        return {
            name: player._replace(lr=self.lr, lr_end=self.lr_end, betas=self.betas)
            for name, player in (("critic", critic), ("generator", generator))
        }

    def critic_loss(self, batch: Batch) -> Tensor:
        real, fake = self.real(batch), self.fakes(self.fake(batch))
        loss = self.criterion.critic(*self.scores(real, fake))
        return self.with_terms("critic", loss, real, fake)

    def scores(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """The critic's scores of both, [B] each."""
        of_real, of_fake = each(self.critic, real, fake)
        return of_real, of_fake

    def generator_loss(self, batch: Batch) -> Tensor:
        fake = self.fake(batch)
        loss = self.criterion.generator(self.critic(fake))
        return self.with_terms("generator", loss, self.real(batch), fake)

    @property
    def score(self) -> Callable[[Tensor], Tensor] | None:
        """Maps data [B, *shape] to how real the critic finds them, [B]; higher is more real.

        For eval mode: batch norm then has the running averages of all that the critic has seen,
        real and fake, not those of either kind as in training.  None if only a whole batch has a
        score.
        """
        return self.realness if self.critic.pack else None

    def realness(self, x: Tensor) -> Tensor:
        """As `score`; the critic is shown the data alone, unless a game says what else."""
        return self.critic.realness(x)

    def with_terms(self, player: str, loss: Tensor, real: Tensor, fake: Tensor) -> Tensor:
        """The loss, and the player's terms added to it."""
        for term in self.terms[player]:
            loss = loss + term(self.critic, real, fake)
        return loss


class GAN(Adversarial):
    """A generator turns standard normal noise into data.

    Goodfellow et al., "Generative Adversarial Nets", 2014, arXiv:1406.2661.

    Args:
        generator: maps noise [B, latent] to data [B, *shape].
        latent: the size of the noise.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: Critic,
        criterion: Criterion,
        *,
        latent: int,
        critic_steps: int = 1,
        lr: float,
        lr_end: float = 1.0,
        betas: tuple[float, float],
    ):
        super().__init__(
            critic, criterion, critic_steps=critic_steps, lr=lr, lr_end=lr_end, betas=betas
        )
        self.generator, self.latent = generator, latent

    def generators(self) -> Sequence[nn.Module]:
        return [self.generator]

    def noise(self, n: int) -> Tensor:
        return torch.randn(n, self.latent, device=self.device)

    def real(self, batch: Batch) -> Tensor:
        return batch.x

    def fake(self, batch: Batch) -> Tensor:
        return self.generator(self.noise(len(batch.x)))

    def decode(self, z: Tensor) -> Tensor:
        """Maps codes [B, latent] to data [B, *shape]."""
        return self.generator(z)

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Draws n samples, [n, *shape]."""
        return self.decode(self.noise(n))
