"""Critics whose score is an energy: low for data, high for everything else.

Zhao, Mathieu and LeCun, "Energy-based Generative Adversarial Network", 2017, arXiv:1609.03126.
"""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.functional import normalize, relu

from gbench.games.nets.critic import Critic
from gbench.games.nets.mlp import Trunk


class Autoencoder(Critic):
    """A score [B] is an input's reconstruction error, in mean squares; the features are codes.

    Zhao et al. 2017, arXiv:1609.03126, section 2.3, where the error is written as a norm.

    Args:
        encoder: maps data [B, *shape] to codes [B, F].
        decoder: maps codes to data.
    """

    def __init__(self, encoder: Trunk, decoder: nn.Module):
        super().__init__(encoder, decoder)

    def forward(self, x: Tensor) -> Tensor:
        return (self.head(self.features(x)) - x).flatten(1).square().mean(1)

    def realness(self, x: Tensor) -> Tensor:
        """Minus the energy, [B]."""
        return -super().realness(x)


class EnergyMargin(NamedTuple):
    """The critic lowers the energy of real inputs and raises that of fakes up to a margin.

    Zhao et al. 2017, arXiv:1609.03126, eq. 1 and 2.
    """

    margin: float

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return real.mean() + relu(self.margin - fake).mean()

    def generator(self, fake: Tensor) -> Tensor:
        return fake.mean()


class PullingAway(nn.Module):
    """Makes the codes of a batch of fakes orthogonal: the mean squared cosine between two of them.

    Zhao et al. 2017, arXiv:1609.03126, section 2.4.

    Args:
        weight: in front of the term.
    """

    def __init__(self, weight: float):
        super().__init__()
        self.weight = weight

    def forward(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        codes = normalize(critic.features(fake), dim=1)
        squares = (codes @ codes.T).square()
        pairs = len(codes) * (len(codes) - 1)
        return self.weight * (squares.sum() - squares.diagonal().sum()) / pairs
