"""Where batch norm stands: in the generator, in the critic, and whether at their ends as well.

Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
Covariate Shift", 2015, arXiv:1502.03167; Radford, Metz and Chintala, "Unsupervised Representation
Learning with Deep Convolutional Generative Adversarial Networks", 2016, arXiv:1511.06434, section
3: in all layers but the generator's last and the critic's first, since samples else oscillate.
Existing batch norm is taken out first; a layer that had no bias because of it gets one.
"""

from collections.abc import Iterator
from functools import partial
from typing import Literal

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from gbench.core.files import UserError
from gbench.core.game import Game
from gbench.games.nets.mlp import Trunk
from gbench.games.nets.norm import BatchNorm1d, BatchNorm2d
from gbench.games.nets.pairs import Apart
from gbench.games.nets.small import Convolution
from gbench.games.tricks._places import changed, generator, layers, refuse_slope_terms, single

TITLE = "batch norm elsewhere"
SOURCE = "Radford et al. 2016, arXiv:1511.06434"

Where = Literal["none", "hidden", "all"]
WEIGHTED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, Convolution)


def outputs(layer: nn.Module) -> int:
    """How many units or channels a layer gives."""
    if isinstance(layer, nn.Linear):
        return layer.out_features
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        return layer.out_channels
    assert isinstance(layer, Convolution)
    return layer.shape[-1]


def norm(layer: nn.Module, following: nn.Module | None) -> nn.Module:
    """Batch norm for what a layer gives; by channel, if that becomes an image next."""
    if isinstance(following, nn.Unflatten):
        return BatchNorm2d(following.unflattened_size[0])
    return (BatchNorm1d if isinstance(layer, nn.Linear) else BatchNorm2d)(outputs(layer))


def placed(
    layers: list[nn.Module], where: Where, end: Literal["first", "last"]
) -> Iterator[nn.Module]:
    """
    Args:
        end: the layer that `hidden` leaves out.
    """
    bare = [layer for layer in layers if not isinstance(layer, _BatchNorm)]
    weighted = [layer for layer in bare if isinstance(layer, WEIGHTED)]
    joint = any(isinstance(layer, Apart) for layer in bare)  # whose branches have the first layers
    ends = weighted[-1:] if end == "last" else weighted[: 0 if joint else 1]
    waiting = None
    for layer, following in zip(bare, [*bare[1:], None], strict=True):
        yield layer
        if isinstance(layer, WEIGHTED):
            if where == "all" or (where == "hidden" and layer not in ends):
                waiting = norm(layer, following)
            elif layer.bias is None:
                layer.bias = nn.Parameter(torch.zeros(outputs(layer)))
        if waiting is not None and not isinstance(following, nn.Unflatten):
            yield waiting
            waiting = None


def refuse_blocks(network: nn.Module) -> None:
    """
    Raises:
        UserError: it is no plain sequence of layers.
    """
    for layer in layers(network):
        if isinstance(layer, Apart):
            refuse_blocks(layer.data)
            refuse_blocks(layer.code)
        elif any(True for _ in layer.children()):
            raise UserError(
                f"batch norm goes between layers, and {type(layer).__name__} is more than a layer "
                "(tricks that change layers come after it)"
            )


def apply(
    game: Game, *, generator_layers: Where = "hidden", critic_layers: Where = "hidden"
) -> Game:
    """
    Args:
        generator_layers, critic_layers: those that are followed by batch norm.  `hidden` leaves
            out the generator's last, and the critic's first.

    Raises:
        UserError: a network is no plain sequence of layers, the game keeps a copy of its generator,
            or the critic's slope is penalised.
    """
    inner = single(game)
    name, network = generator(inner)
    refuse_blocks(network)
    refuse_blocks(inner.critic.trunk)
    if critic_layers != "none":
        refuse_slope_terms(inner, "batch norm mixes a batch")
    setattr(inner, name, changed(network, partial(placed, where=generator_layers, end="last")))
    trunk = changed(inner.critic.trunk, partial(placed, where=critic_layers, end="first"))
    assert isinstance(trunk, Trunk)
    inner.critic.trunk = trunk
    return game
