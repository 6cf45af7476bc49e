"""Generators that seek the boundary where the critic cannot tell real from fake, D = 1/2.

Hjelm, Jacob, Che, Trischler, Cho and Bengio, "Boundary-Seeking Generative Adversarial Networks",
2018, arXiv:1702.08431.  A critic's score is the logit of D; if D is optimal, exp(score) is the
ratio of the data's density to the model's, which is an importance weight.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from gbench.core.game import Batch
from gbench.games.nets.critic import Critic
from gbench.games.two_player.criteria import Minimax
from gbench.games.two_player.game import GAN


class BoundarySeeking(Minimax):
    """The generator makes the log of the importance weight of its samples 0, in least squares.

    For continuous data; Hjelm et al. 2018, arXiv:1702.08431: half the mean of
    (log D - log(1 - D))^2.
    """

    def generator(self, fake: Tensor) -> Tensor:
        return fake.square().mean() / 2


def weights(scores: Tensor) -> Tensor:
    """Normalised importance weights [M, B] of M samples for each of B codes.

    Args:
        scores: the logits of D for those samples, [M, B].
    """
    return scores.softmax(0)


def log_likelihood(probability: Tensor, bits: Tensor) -> Tensor:
    """Nats [M, B] of bits [M, B, *shape], independent with probabilities [B, *shape] of a 1."""
    logits = probability.float().logit(eps=1e-6).expand_as(bits)  # a rounded 0 or 1 has no logit
    nats = binary_cross_entropy_with_logits(logits, bits.float(), reduction="none")
    return -nats.flatten(2).sum(2)


def draw(probability: Tensor) -> Tensor:
    """Independent bits, 0.0 or 1.0, each 1 with its probability; of the same shape."""
    chance = torch.rand_like(probability, dtype=torch.float32)
    return (chance < probability).to(probability.dtype)


class DiscreteBoundarySeeking(GAN):
    """A GAN of bits: no slope leads through a drawn bit, so the generator has a policy gradient.

    Hjelm et al. 2018, arXiv:1702.08431, algorithm 1.  A code gives M samples of bits, whose
    normalised importance weights stand for the data's law given that code; the generator descends
    the cross-entropy between the two.  The critic learns from one draw a code, where the authors'
    program shows it all M.

    Args:
        generator: maps noise [B, latent] to the probabilities of bits, [B, *shape].
        critic: scores bits.
        draws: M.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: Critic,
        *,
        draws: int,
        latent: int,
        lr: float,
        betas: tuple[float, float],
    ):
        super().__init__(generator, critic, Minimax(), latent=latent, lr=lr, betas=betas)
        self.draws = draws

    def real(self, batch: Batch) -> Tensor:
        return draw(batch.x)

    def fake(self, batch: Batch) -> Tensor:
        return draw(super().fake(batch))

    def generator_loss(self, batch: Batch) -> Tensor:
        probability = super().fake(batch)
        bits = draw(probability.expand(self.draws, *probability.shape))
        scores = self.critic(bits.flatten(0, 1)).unflatten(0, bits.shape[:2])
        return -(weights(scores) * log_likelihood(probability, bits)).sum(0).mean()
