"""Packing: the critic judges several samples of one kind at once.

Lin, Khetan, Fanti and Oh, "PacGAN: The Power of Two Samples in Generative Adversarial Networks",
2018, arXiv:1712.04086: m samples, all real or all fake, are joined into one input, and only the
critic's first layer grows.  A linear layer of joined inputs is a sum of layers of one input each,
and is computed so, for dense layers and convolutions alike.  Weights start smaller by the root of
m, as with m times the inputs.  A deviation: a batch of B gives B / m packs, where the paper takes m
batches; so the critic sees as many samples as without packing.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from gbench.core.files import OutOfRange, UserError
from gbench.core.game import Game
from gbench.games.nets.critic import Critic, Mixing
from gbench.games.nets.ensemble import redrawn
from gbench.games.nets.mlp import Trunk
from gbench.games.nets.pairs import Apart
from gbench.games.nets.small import Convolution
from gbench.games.tricks._places import changed, refuse_slope_terms, single
from gbench.games.two_player.game import Adversarial
from gbench.games.two_player.inference import Inference

TITLE = "packing"
SOURCE = "Lin et al. 2018, arXiv:1712.04086"


class Packed(Mixing):
    """Maps B inputs to what a linear layer gives for B / m packs, of inputs that stand together.

    Args:
        layer: of one input.
        samples: m.
    """

    def __init__(self, layer: nn.Module, samples: int):
        super().__init__()
        self.samples = samples
        others = [redrawn(layer) for _ in range(samples - 1)]
        for other in others:
            other.register_parameter("bias", None)  # the first has it
        self.layers = nn.ModuleList([layer, *others])
        with torch.no_grad():
            for part in self.layers:
                part.get_parameter("weight").div_(math.sqrt(samples))

    def forward(self, x: Tensor) -> Tensor:
        samples = len(self.layers)
        if len(x) % samples:
            raise UserError(f"packing.samples: a batch of {len(x)} has no packs of {samples}")
        packs = x.unflatten(0, (-1, samples)).unbind(1)
        return torch.stack([f(one) for f, one in zip(self.layers, packs, strict=True)]).sum(0)


def packed(layers: list[nn.Module], samples: int) -> list[nn.Module]:
    """The layers with the first that has weights packed; those before it do as they did.

    Raises:
        UserError: it is not linear, or its weights are normalised.
    """
    for i, layer in enumerate(layers):
        if isinstance(layer, Apart):  # its branches were packed by themselves
            return layers
        if isinstance(layer, nn.Linear | nn.Conv2d | Convolution) and not is_parametrized(layer):
            return [*layers[:i], Packed(layer, samples), *layers[i + 1 :]]
        if any(True for _ in layer.parameters()):
            break
    raise UserError("packing must come before what changes the critic's first layer")


def apply(game: Game, *, samples: int = 2) -> Game:
    """
    Args:
        samples: m, in a pack; 1 is the plain game.  It must divide the batch.

    Raises:
        UserError: the critic judges more than whole inputs, or its slope at one input is penalised.
    """
    inner = single(game)
    if samples < 1:
        raise OutOfRange(f"packing.samples: {samples} is under 1")
    own = type(inner).generator_loss
    scores_alone = own in (Adversarial.generator_loss, Inference.generator_loss)
    if type(inner.critic) is not Critic or not scores_alone:
        critic, asks = type(inner.critic).__name__, type(inner).__name__
        raise UserError(f"the {critic} of {asks} is asked about single examples, not packs alone")
    refuse_slope_terms(inner, "packing scores several")
    trunk = changed(inner.critic.trunk, lambda layers: packed(layers, samples))
    assert isinstance(trunk, Trunk)
    inner.critic.trunk = trunk
    return game
