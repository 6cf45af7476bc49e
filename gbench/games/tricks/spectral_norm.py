"""Spectral norm: each of the critic's layers is divided by its largest singular value.

Miyato, Kataoka, Koyama and Yoshida, "Spectral Normalization for Generative Adversarial Networks",
2018, arXiv:1802.05957: then the critic is Lipschitz if its activations are.  The singular value is
followed by one step of the power iteration each time; a convolution's is that of its kernel as a
matrix [outputs, rest].
"""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils import parametrizations
from torch.nn.utils.parametrize import is_parametrized

from gbench.core.files import UserError
from gbench.core.game import Game
from gbench.games.nets.small import Convolution
from gbench.games.tricks._places import single
from gbench.games.two_player.clipping import ClippedGAN
from gbench.games.two_player.energy import Autoencoder

TITLE = "spectral norm"
SOURCE = "Miyato et al. 2018, arXiv:1802.05957"


def apply(game: Game) -> Game:
    """
    Raises:
        UserError: something else sets the scale of the critic's layers, or of its score.
    """
    inner = single(game)
    critic = inner.critic
    if isinstance(inner, ClippedGAN):
        raise UserError("its weights are clipped, which has no meaning once they are normalised")
    if isinstance(critic, Autoencoder):
        raise UserError("a squared error is not Lipschitz, whatever the layers' norms")
    if any(isinstance(module, _BatchNorm) for module in critic.modules()):
        raise UserError(
            "batch norm rescales what spectral norm has bounded; take it out of the critic first, "
            "by batch_norm: {critic_layers: none}"
        )
    found = [m for m in critic.modules() if isinstance(m, nn.Linear | nn.Conv2d | Convolution)]
    if any(map(is_parametrized, found)):
        raise UserError("its critic has spectral norm already")
    for layer in found:
        parametrizations.spectral_norm(layer)
    return game
