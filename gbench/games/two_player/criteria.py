"""Criteria turn a critic's scores of real and fake inputs, [B] each, into the players' losses."""

from typing import Protocol

from torch import Tensor
from torch.nn.functional import softplus


class Criterion(Protocol):
    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """The critic's loss, a scalar."""

    def generator(self, fake: Tensor) -> Tensor:
        """The generator's loss, a scalar."""


class Minimax:
    """The zero-sum game; a score is the logit of D.

    Goodfellow et al., "Generative Adversarial Nets", 2014, arXiv:1406.2661, eq. 1.  With
    D = sigmoid(score), -log D = softplus(-score) and -log(1 - D) = softplus(score).
    """

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return softplus(-real).mean() + softplus(fake).mean()

    def generator(self, fake: Tensor) -> Tensor:
        return -softplus(fake).mean()


class NonSaturating(Minimax):
    """The generator maximises log D(G(z)) instead, which has strong gradients early on.

    Goodfellow et al. 2014, arXiv:1406.2661, section 3, last paragraph.
    """

    def generator(self, fake: Tensor) -> Tensor:
        return softplus(-fake).mean()


class Wasserstein:
    """The difference of mean scores; the critic's 1-Lipschitz bound must come from elsewhere.

    Arjovsky, Chintala and Bottou, "Wasserstein GAN", 2017, arXiv:1701.07875, eq. 3.
    """

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return fake.mean() - real.mean()

    def generator(self, fake: Tensor) -> Tensor:
        return -fake.mean()
