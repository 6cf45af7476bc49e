"""Games whose generator is told the class."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gbench.core.game import Batch
from gbench.games.nets.critic import Critic
from gbench.games.nets.pairs import join, one_hot
from gbench.games.two_player.criteria import Criterion
from gbench.games.two_player.game import Adversarial


class Conditional(Adversarial):
    """A generator turns noise and a label into data of that class.

    Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014, arXiv:1411.1784: the label,
    one-hot, is joined to the noise.

    Args:
        generator: maps noise and one-hot labels [B, latent + classes] to data [B, *shape].
        latent: the size of the noise.
        classes: how many there are.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: Critic,
        criterion: Criterion,
        *,
        latent: int,
        classes: int,
        critic_steps: int = 1,
        lr: float,
        lr_end: float = 1.0,
        betas: tuple[float, float],
    ):
        super().__init__(
            critic, criterion, critic_steps=critic_steps, lr=lr, lr_end=lr_end, betas=betas
        )
        self.generator, self.latent, self.classes = generator, latent, classes

    def generators(self) -> Sequence[nn.Module]:
        return [self.generator]

    def real(self, batch: Batch) -> Tensor:
        return batch.x

    def fake(self, batch: Batch) -> Tensor:
        return self.generate(batch.y)

    def generate(self, labels: Tensor) -> Tensor:
        """Data [B, *shape] of the classes `labels` [B], each with fresh noise."""
        noise = torch.randn(len(labels), self.latent, device=self.device)
        return self.generator(join(noise, one_hot(labels, self.classes)))

    @torch.no_grad()
    def sample(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Draws n samples, [n, *shape].

        Args:
            labels: [n], their classes; without them all classes are equally likely.
        """
        if labels is None:
            labels = torch.randint(self.classes, (n,), device=self.device)
        return self.generate(labels.to(self.device))


class Paired(Conditional):
    """The critic is told the class as well: it scores pairs of data and one-hot label."""

    def real(self, batch: Batch) -> Tensor:
        return join(batch.x, one_hot(batch.y, self.classes))

    def fake(self, batch: Batch) -> Tensor:
        return join(self.generate(batch.y), one_hot(batch.y, self.classes))

    def realness(self, x: Tensor) -> Tensor:
        """Of data with the class that suits them best.

        The mean over classes would mostly tell of pairs with a wrong class, which are neither among
        the real ones nor among the generator's.
        """
        labels = torch.eye(self.classes, device=x.device)
        pairs = (join(x, label.expand(len(x), -1)) for label in labels)
        return torch.stack([self.critic.realness(pair) for pair in pairs]).amax(0)
