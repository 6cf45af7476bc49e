"""Semi-supervised GAN: the discriminator is a classifier with one class more, the fakes.

Salimans, Goodfellow, Zaremba, Cheung, Radford and Chen, "Improved Techniques for Training GANs",
2016, arXiv:1606.03498, section 5: L = L_supervised + L_unsupervised.  The logit of the class of
fakes is fixed at 0, so that D(x) = Z(x) / (Z(x) + 1) with Z the sum of the exponentials of the K
logits: log Z is the score.  The generator matches the mean features of real and generated data
(section 3.1), which serves the classifier better than the samples, as the paper says.  Deviations
are dropout instead of Gaussian noise in the discriminator; no weight normalisation, and with
`radford` networks batch norm, which takes from real and generated features each its own mean;
normal noise; L_unsupervised by its full weight, which the authors' program halves.

An example without a label has y = -1.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gbench.core.game import Batch
from gbench.games import nets
from gbench.games.nets.critic import Critic, each
from gbench.games.nets.mlp import Trunk
from gbench.games.two_player.criteria import Minimax
from gbench.games.two_player.game import GAN

FAMILY = "adversarial"
TITLE = "Semi-supervised GAN"
SOURCE = "Salimans et al. 2016, arXiv:1606.03498"
CAVEAT = (
    "It learns to classify: matching mean features serves its classifier better than its samples, "
    "as the paper says."
)


class Classifier(Critic):
    """A critic whose score is log Z, the log-sum-exp of the logits of `classes` classes."""

    def __init__(self, trunk: Trunk, classes: int):
        super().__init__(trunk)
        self.head = nn.Linear(trunk.features, classes)

    def logits(self, x: Tensor) -> Tensor:
        """[B, classes]"""
        return self.head(self.features(x))

    def forward(self, x: Tensor) -> Tensor:
        return self.logits(x).logsumexp(1)


class SGAN(GAN):
    """A GAN whose critic is a classifier; the criterion is for the critic alone."""

    critic: Classifier

    @property
    def classifier(self) -> Classifier:
        """The network of `predict`."""
        return self.critic

    def critic_loss(self, batch: Batch) -> Tensor:
        """L_supervised + L_unsupervised"""
        real, fake = self.real(batch), self.fakes(self.fake(batch))
        logits, of_fake = each(self.critic, real, fake, of=self.critic.logits)
        loss = self.criterion.critic(logits.logsumexp(1), of_fake.logsumexp(1))
        return self.with_terms("critic", loss + supervised(logits, batch.y), real, fake)

    def generator_loss(self, batch: Batch) -> Tensor:
        """The squared distance of the mean features.

        In one pass: batch norm of each kind by itself would take the means out that are to match.
        """
        real, fake = self.real(batch), self.fake(batch)
        of_real, of_fake = self.critic.features(torch.cat([real, fake])).chunk(2)
        gap = of_real.mean(0) - of_fake.mean(0)
        return self.with_terms("generator", gap.square().sum(), real, fake)

    def predict(self, x: Tensor) -> Tensor:
        """Logits of the classes, [B, classes]."""
        return self.critic.logits(x)


def supervised(logits: Tensor, y: Tensor) -> Tensor:
    """The mean cross entropy over the examples that have a label; 0 if none has.

    Args:
        logits: [B, classes].
        y: [B]; -1 for no label.
    """
    labelled = (y >= 0).sum().clamp(min=1)
    return cross_entropy(logits, y, ignore_index=-1, reduction="sum") / labelled


def build(
    shape: tuple[int, ...],
    classes: int,
    *,
    latent: int = 100,
    network: nets.Kind = "dense",
    width: int = 500,
    dropout: float = 0.5,
    batch_norm: bool = False,
    lr: float = 3e-3,
    betas: tuple[float, float] = (0.5, 0.999),
) -> SGAN:
    """
    Args:
        batch_norm: in a dense generator, as in the program of the paper's authors.
    """
    return SGAN(
        nets.generator(shape, latent, width, network, batch_norm=batch_norm),
        Classifier(nets.trunk(shape, width, network, dropout=dropout), classes),
        Minimax(),
        latent=latent,
        lr=lr,
        betas=betas,
    )
