"""Instance noise: real and fake inputs are blurred, less and less, so that their laws overlap.

Sønderby, Caballero, Theis, Shi and Huszár, "Amortised MAP Inference for Image Super-Resolution",
2017, arXiv:1610.04490; Arjovsky and Bottou, "Towards Principled Methods for Training Generative
Adversarial Networks", 2017, arXiv:1701.04862.  Normal noise is added to all that the critic sees,
in the turn of either player; its standard deviation falls along a line to 0 at the end of training.
Of pairs only the data are blurred, not the code or label.
"""

import torch
from torch import Tensor, nn

from gbench.core.files import UserError
from gbench.core.game import Game
from gbench.games.nets.mlp import Trunk
from gbench.games.nets.pairs import Apart
from gbench.games.tricks._places import layers, single
from gbench.games.two_player.energy import Autoencoder
from gbench.games.two_player.wrapper import Wrapper

TITLE = "instance noise"
SOURCE = "Sønderby et al. 2017, arXiv:1610.04490"


class Noise(nn.Module):
    """Adds independent normal noise in training.

    Args:
        sigma: its standard deviation at first.

    Attributes:
        left: the share of it that is left by now.
    """

    left = 1.0

    def __init__(self, sigma: float):
        super().__init__()
        self.sigma = sigma

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        return x + self.left * self.sigma * torch.randn_like(x)


class InstanceNoise(Wrapper):
    """Lets the noise fall with the game's progress."""

    sealed = False

    @property
    def progress(self) -> float:
        return self.game.progress

    @progress.setter
    def progress(self, value: float) -> None:
        self.game.progress = value
        for module in self.modules():
            if isinstance(module, Noise):
                module.left = 1 - value


def apply(game: Game, *, sigma: float = 0.1) -> Game:
    """
    Args:
        sigma: the noise's standard deviation at first, in units of the data.

    Raises:
        UserError: the critic compares its input with a reconstruction.
    """
    inner = single(game)
    if isinstance(inner.critic, Autoencoder):
        raise UserError("noise in a reconstructing critic would make it a denoising one")
    trunk = inner.critic.trunk
    first = layers(trunk)[0]
    if isinstance(first, Apart):
        first.data = nn.Sequential(Noise(sigma), first.data)
    else:
        inner.critic.trunk = Trunk([Noise(sigma), trunk], trunk.features)
    return InstanceNoise(game)
