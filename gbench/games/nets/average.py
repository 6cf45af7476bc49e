"""A slow copy of a network: the exponential moving average of its weights.

Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992, SIAM Journal on
Control and Optimization 30(4), with weights that fall off exponentially, as is the custom for
generators.
"""

from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from gbench.games.nets.frozen import frozen


class Average(nn.Module):
    """Computes what the network computes, with averaged weights.

    They are buffers, so that no player moves them, and they are saved with the game.

    Args:
        network: is copied as it is; it stays outside, and `follow` is told of it.
        decay: the share of the average that a step leaves.
    """

    def __init__(self, network: nn.Module, decay: float):
        super().__init__()
        self.network, self.decay = frozen(network), decay

    def forward(self, *inputs: Any) -> Any:
        return self.network(*inputs)

    @torch.no_grad()
    def follow(self, network: nn.Module) -> None:
        """Moves the weights a step towards the network's; its buffers are taken as they are."""
        buffers = dict(self.network.named_buffers())
        names, weights = zip(*network.named_parameters(), strict=True)
        get_ema_multi_avg_fn(self.decay)([buffers[name] for name in names], list(weights), 0)
        for name, buffer in network.named_buffers():
            buffers[name].copy_(buffer)
