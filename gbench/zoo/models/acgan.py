"""AC-GAN: the discriminator also names the class.

Odena, Olah and Shlens, "Conditional Image Synthesis with Auxiliary Classifier GANs", 2017,
arXiv:1610.09585: L_S is the log-likelihood of the right source and L_C that of the right class, on
real and on generated data.  The discriminator maximises L_S + L_C, the generator L_C - L_S.
Deviations are the non-saturating form of the generator's part of L_S (Goodfellow et al. 2014), one
network for all classes where the paper has a hundred on ImageNet, and fakes that take the labels of
the batch, which are draws of the data's own class distribution.
"""

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gbench.core.game import Batch
from gbench.games import nets
from gbench.games.nets.critic import each
from gbench.games.nets.heads import TwoHeaded
from gbench.games.two_player.conditional import Conditional
from gbench.games.two_player.criteria import NonSaturating

FAMILY = "adversarial"
TITLE = "AC-GAN"
SOURCE = "Odena et al. 2017, arXiv:1610.09585"


class ACGAN(Conditional):
    """The critic's second head gives the logits of the classes."""

    critic: TwoHeaded

    def critic_loss(self, batch: Batch) -> Tensor:
        """-(L_S + L_C)"""
        real, fake = self.real(batch), self.fakes(self.fake(batch))
        of_real, of_fake = each(self.critic, real, fake, of=self.critic.features)
        real_scores, real_logits = self.critic.heads(of_real)
        fake_scores, fake_logits = self.critic.heads(of_fake)
        of_source = self.criterion.critic(real_scores, fake_scores)
        of_class = cross_entropy(real_logits, batch.y) + cross_entropy(fake_logits, batch.y)
        return self.with_terms("critic", of_source + of_class, real, fake)

    def generator_loss(self, batch: Batch) -> Tensor:
        """L_S - L_C, of which only what depends on fakes."""
        fake = self.fake(batch)
        scores, logits = self.critic.both(fake)
        loss = self.criterion.generator(scores) + cross_entropy(logits, batch.y)
        return self.with_terms("generator", loss, self.real(batch), fake)

    def predict(self, x: Tensor) -> Tensor:
        """Logits of the classes, [B, classes]."""
        return self.critic.both(x)[1]


def build(
    shape: tuple[int, ...],
    classes: int,
    *,
    latent: int = 100,
    network: nets.Kind = "convolutional",
    width: int = 64,
    dropout: float = 0.5,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> ACGAN:
    trunk = nets.trunk(shape, width, network, dropout=dropout)
    return ACGAN(
        nets.generator(shape, latent + classes, width, network),
        TwoHeaded(trunk, nn.Linear(trunk.features, classes)),
        NonSaturating(),
        latent=latent,
        classes=classes,
        lr=lr,
        betas=betas,
    )
