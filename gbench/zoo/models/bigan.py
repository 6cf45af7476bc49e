"""BiGAN: a GAN that also learns the way back, from data to codes.

Donahue, Krähenbühl and Darrell, "Adversarial Feature Learning", 2017, arXiv:1605.09782: the
discriminator sees pairs (x, E(x)) and (G(z), z), and the encoder is a function.  Deviations are
normal codes where the paper's are uniform in [-1, 1], and a discriminator in which data and code
first have layers of their own.  See `gbench.games.two_player.inference` for the losses.
"""

from torch import nn

from gbench.games import nets
from gbench.games.nets import pairs
from gbench.games.nets.critic import Critic
from gbench.games.two_player.criteria import NonSaturating
from gbench.games.two_player.inference import Inference

FAMILY = "adversarial"
TITLE = "BiGAN"
SOURCE = "Donahue et al. 2017, arXiv:1605.09782"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 50,
    network: nets.Kind = "dense",
    width: int = 1024,
    dropout: float = 0.0,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Inference:
    trunk = nets.trunk(shape, width, network)
    return Inference(
        nets.generator(shape, latent, width, network),
        nn.Sequential(trunk, nn.Linear(trunk.features, latent)),
        Critic(pairs.trunk(shape, latent, width, network, dropout=dropout)),
        NonSaturating(),
        latent=latent,
        lr=lr,
        betas=betas,
    )
