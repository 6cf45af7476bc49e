"""ALI: a GAN that also learns a stochastic way back, from data to codes.

Dumoulin, Belghazi, Poole, Mastropietro, Lamb, Arjovsky and Courville, "Adversarially Learned
Inference", 2017, arXiv:1606.00704, algorithm 1: the discriminator sees pairs of data with a code
drawn from q(z | x), and of a code with data generated from it.  q(z | x) is Gaussian with
independent components, drawn by reparametrisation; p(x | z) is a function, as in the paper's
networks.  The discriminator has leaky ReLU, as the paper's for SVHN (for CIFAR-10 it has maxout).
A deviation is networks of the same size as the other models'.  See `two_player.inference`
for the losses.
"""

from torch import Tensor

from gbench.games import nets
from gbench.games.nets import pairs
from gbench.games.nets.critic import Critic
from gbench.games.nets.gaussian import GaussianEncoder, draw
from gbench.games.two_player.criteria import NonSaturating
from gbench.games.two_player.inference import Inference

FAMILY = "adversarial"
TITLE = "ALI"
SOURCE = "Dumoulin et al. 2017, arXiv:1606.00704"


class ALI(Inference):
    """The encoder gives the mean and the log variance of a code, [B, latent] each."""

    def infer(self, x: Tensor) -> Tensor:
        return draw(*self.encoder(x))

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(x)[0]


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 64,
    network: nets.Kind = "radford",
    width: int = 64,
    dropout: float = 0.2,
    lr: float = 1e-4,
    lr_end: float = 1.0,
    betas: tuple[float, float] = (0.5, 0.999),
) -> ALI:
    return ALI(
        nets.generator(shape, latent, width, network),
        GaussianEncoder(nets.trunk(shape, width, network), latent),
        Critic(pairs.trunk(shape, latent, width, network, dropout=dropout)),
        NonSaturating(),
        latent=latent,
        lr=lr,
        lr_end=lr_end,
        betas=betas,
    )
