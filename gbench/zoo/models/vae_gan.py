"""VAE/GAN: a VAE that measures its errors in the features of a GAN's discriminator.

Larsen, Sønderby, Larochelle and Winther, "Autoencoding beyond Pixels Using a Learned Similarity
Metric", 2016, arXiv:1512.09300, algorithm 1.  Three players descend three sums: the encoder
L_prior + L_llike, the decoder gamma L_llike - L_GAN, the discriminator L_GAN.  L_prior is the VAE's
rate; L_llike is the error in the discriminator's last hidden layer (in the authors' program the
last convolution's output), Gaussian with unit variance and without its constant; L_GAN is the
discriminator's cross entropy, whose fakes are reconstructions and samples, one half each as in the
program.  Deviations are the non-saturating form of the decoder's -L_GAN (Goodfellow et al. 2014);
Adam instead of RMSProp; that every player plays every round (in the program one that is far ahead
rests); and that data and reconstructions pass the discriminator apart, so that its batch norm takes
from each its own mean.
"""

from torch import Tensor, nn

from gbench.core.game import Batch, Player
from gbench.games import nets
from gbench.games.nets.critic import Critic
from gbench.games.nets.gaussian import GaussianEncoder, draw, rate
from gbench.games.two_player.autoencoding import Autoencoding
from gbench.games.two_player.criteria import Criterion, NonSaturating

FAMILY = "autoencoder"
TITLE = "VAE/GAN"
SOURCE = "Larsen et al. 2016, arXiv:1512.09300"


class VAEGAN(Autoencoding):
    """
    Args:
        gamma: the weight of the error in the decoder's loss.
    """

    def __init__(
        self,
        encoder: GaussianEncoder,
        decoder: nn.Module,
        critic: Critic,
        criterion: Criterion,
        *,
        latent: int,
        gamma: float,
        lr: float,
        betas: tuple[float, float],
    ):
        super().__init__(decoder, critic, criterion, latent=latent, lr=lr, betas=betas)
        self.encoder, self.gamma = encoder, gamma

    def players(self) -> dict[str, Player]:
        players = super().players()
        encoder = players["generator"]._replace(loss=self.encoder_loss, modules=[self.encoder])
        return players | {"encoder": encoder}

    def encoder_loss(self, batch: Batch) -> Tensor:
        """L_prior + L_llike, in nats an example."""
        mean, log_variance = self.encoder(batch.x)
        rebuilt = self.decode(draw(mean, log_variance))
        return rate(mean, log_variance).mean() + self.error(batch.x, rebuilt)

    def generator_loss(self, batch: Batch) -> Tensor:
        """gamma L_llike - L_GAN"""
        real, fake = self.real(batch), self.fake(batch)
        error = self.error(batch.x, fake[: len(batch.x)])
        loss = self.gamma * error + self.criterion.generator(self.critic(fake))
        return self.with_terms("generator", loss, real, fake)

    def error(self, x: Tensor, rebuilt: Tensor) -> Tensor:
        """L_llike up to its constant, in nats an example: a scalar."""
        difference = self.critic.features(rebuilt) - self.critic.features(x)
        return 0.5 * difference.square().sum(1).mean()

    def infer(self, x: Tensor) -> Tensor:
        return draw(*self.encoder(x))

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(x)[0]


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 128,
    gamma: float = 1e-2,
    network: nets.Kind = "radford",
    width: int = 64,
    dropout: float = 0.0,
    lr: float = 3e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> VAEGAN:
    return VAEGAN(
        GaussianEncoder(nets.trunk(shape, width, network), latent),
        nets.generator(shape, latent, width, network),
        nets.critic(shape, width, network, dropout=dropout),
        NonSaturating(),
        latent=latent,
        gamma=gamma,
        lr=lr,
        betas=betas,
    )
