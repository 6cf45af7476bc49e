"""A generator normalised by a reference batch, and so not by the batch that it works on."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gbench.core.files import OutOfRange, UserError
from gbench.core.game import Game
from gbench.games.tricks._places import generator, opened


class ReferenceNorm(nn.Module):
    """Normalises by the mean and variance of the first `size` examples of a batch.

    Args:
        norm: batch norm, whose gain and bias it takes over.
        size: R, of the reference batch.
        own: the weight, next to the reference's, of an example itself in its mean and
            variance; the examples of the reference have none.
    """

    def __init__(self, norm: _BatchNorm, size: int, own: float):
        super().__init__()
        self.weight, self.bias = norm.weight, norm.bias
        self.eps, self.size, self.own = norm.eps, size, own

    def forward(self, h: Tensor) -> Tensor:
        """[R + B, F, ...] to the same shape."""
        flat = h.flatten(2) if h.dim() > 2 else h[:, :, None]  # [R + B, F, positions]
        reference, others = flat[: self.size], flat[self.size :]
        mean, variance = reference.mean((0, 2)), reference.var((0, 2), correction=0)
        own_mean = self.own * others.mean(2) + (1 - self.own) * mean
        own_spread = (others - own_mean[:, :, None]).square().mean(2)
        spread = variance + (mean - own_mean).square()  # of the reference, about the same mean
        own_variance = self.own * own_spread + (1 - self.own) * spread
        means = torch.cat([mean.expand(self.size, -1), own_mean])[:, :, None]
        variances = torch.cat([variance.expand(self.size, -1), own_variance])[:, :, None]
        white = (flat - means) * (variances + self.eps).rsqrt()
        if self.weight is not None:
            white = white * self.weight[:, None] + self.bias[:, None]
        return white.view_as(h)


class Referred(nn.Module):
    """Runs a network on a reference batch and its input together, and gives its input's part.

    Args:
        network: maps codes [B, ...] to data.
        reference: a fixed batch of codes, [R, ...].
    """

    reference: Tensor

    def __init__(self, network: nn.Module, reference: Tensor):
        super().__init__()
        self.network = network
        self.register_buffer("reference", reference)

    def forward(self, z: Tensor) -> Tensor:
        return self.network(torch.cat([self.reference, z]))[len(self.reference) :]


def refer(game: Game, size: int, own: float) -> Game:
    """The game with the batch norm of its generator made `ReferenceNorm`.

    The reference is a batch of codes, drawn once as for samples.

    Raises:
        UserError: there is no batch norm in the generator, or a copy of the generator.
    """
    inner = opened(game)
    if size < 2:
        raise OutOfRange(f"a reference batch of {size} has no variance")
    name, network = generator(inner)
    reference = codes(inner, network, size)
    norms = [
        (parent, child, module)
        for parent in network.modules()
        for child, module in parent.named_children()
        if isinstance(module, _BatchNorm)
    ]
    if not norms:
        raise UserError("there is no batch norm in its generator; batch_norm can put it there")
    for parent, child, norm in norms:
        setattr(parent, child, ReferenceNorm(norm, size, own))
    setattr(inner, name, Referred(network, reference))
    return game


def codes(game: Game, network: nn.Module, size: int) -> Tensor:
    """The network's input for so many samples of the game, [size, ...]."""
    seen: list[Tensor] = []

    def look(_: nn.Module, inputs: tuple[Any, ...]) -> None:
        seen.append(inputs[0])

    handle = network.register_forward_pre_hook(look)
    mode = game.training
    game.eval().sample(size)
    game.train(mode)
    handle.remove()
    return seen[0]
