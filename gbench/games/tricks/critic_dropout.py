"""Dropout in the critic.

Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: A Simple Way to Prevent
Neural Networks from Overfitting", 2014, Journal of Machine Learning Research 15; Goodfellow et al.,
"Generative Adversarial Nets", 2014, arXiv:1406.2661, section 5, train the discriminator with it.
After each of the trunk's activations, in the turn of either player.
"""

from collections.abc import Iterator

from torch import nn

from gbench.core.files import OutOfRange, UserError
from gbench.core.game import Game
from gbench.games.nets.maxout import Maxout
from gbench.games.nets.mlp import Trunk
from gbench.games.tricks._places import changed, single

TITLE = "dropout in the critic"
SOURCE = "Srivastava et al. 2014"


def dropped(layers: list[nn.Module], share: float) -> Iterator[nn.Module]:
    for layer in layers:
        yield layer
        if isinstance(layer, nn.LeakyReLU | Maxout):
            yield nn.Dropout(share)


def apply(game: Game, *, share: float = 0.3) -> Game:
    """
    Args:
        share: of the hidden units that is dropped.

    Raises:
        UserError: the critic has dropout already, or activations of its own that none can follow.
    """
    inner = single(game)
    if not 0 <= share < 1:
        raise OutOfRange(f"critic_dropout.share: {share} is not in [0, 1)")
    if any(isinstance(module, nn.Dropout) for module in inner.critic.modules()):
        raise UserError("its critic has dropout already; change that share instead")
    trunk = changed(inner.critic.trunk, lambda layers: dropped(layers, share))
    if not any(isinstance(module, nn.Dropout) for module in trunk.modules()):
        raise UserError("its critic's activations are within blocks, which dropout cannot follow")
    assert isinstance(trunk, Trunk)
    inner.critic.trunk = trunk
    return game
