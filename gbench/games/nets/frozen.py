"""A network as it was at one moment: its weights are buffers, which no player moves."""

import copy
from itertools import chain

import torch
from torch import nn


def frozen(module: nn.Module) -> nn.Module:
    """A copy whose parameters are buffers of the same names."""
    twin = copy.deepcopy(module)
    for part in twin.modules():
        for name, parameter in [*part.named_parameters(recurse=False)]:
            delattr(part, name)
            part.register_buffer(name, parameter.detach())
    return twin


@torch.no_grad()
def renew(twin: nn.Module, module: nn.Module) -> None:
    """Makes a frozen copy what the module is now."""
    buffers = dict(twin.named_buffers())
    for name, value in chain(module.named_parameters(), module.named_buffers()):
        buffers[name].copy_(value)
