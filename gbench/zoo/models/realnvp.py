"""Real NVP: affine couplings, whose inverse and Jacobian are as cheap as themselves.

Dinh, Sohl-Dickstein and Bengio, "Density Estimation Using Real NVP", 2017, arXiv:1605.08803: the
couplings of eq. 9 with checkerboard masks that alternate, after a logit of the pixels (section
4.1).  Deviations: one scale, without squeezing and channel-wise masks; plain networks, not
residual; no batch norm; the logit keeps a margin at both ends.  On points the coordinates
alternate, and there is no logit.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from gbench.games import nets
from gbench.zoo.shared.flow import Bijection, Coupling, Flow, Logit

FAMILY = "flow"
TITLE = "Real NVP"
SOURCE = "Dinh et al. 2017, arXiv:1605.08803"


def build(
    shape: tuple[int, ...],
    *,
    couplings: int = 8,
    network: Literal["dense", "convolutional"] = "convolutional",
    width: int = 64,
    levels: int = 255,
    margin: float = 0.05,
    lr: float = 1e-3,
    lr_end: float = 0.1,
) -> Flow:
    board = checkerboard(shape)
    masks = [board if i % 2 else 1 - board for i in range(couplings)]
    make = convolutions if network == "convolutional" and len(shape) > 1 else perceptron
    bijections: list[Bijection] = [Coupling(mask, make(shape, width)) for mask in masks]
    if len(shape) == 1:
        return Flow(shape, bijections, levels=0, lr=lr, lr_end=lr_end)
    return Flow(shape, [Logit(levels, margin), *bijections], levels=levels, lr=lr, lr_end=lr_end)


def checkerboard(shape: tuple[int, ...]) -> Tensor:
    """[*shape] of 0 and 1, which differ between neighbours; channels are alike."""
    places = torch.meshgrid(*map(torch.arange, shape[-2:]), indexing="ij")
    return (torch.stack(places).sum(0) % 2).float().expand(shape).clone()


def perceptron(shape: tuple[int, ...], width: int) -> nn.Module:
    """Maps [B, C, ...] to [B, 2 C, ...]."""
    trunk = nets.trunk(shape, width, "dense")
    doubled = (2 * shape[0], *shape[1:])
    last = nn.Linear(trunk.features, torch.Size(doubled).numel())
    return nn.Sequential(trunk, last, nn.Unflatten(1, doubled))


def convolutions(shape: tuple[int, ...], width: int) -> nn.Module:
    """Maps [B, C, H, W] to [B, 2 C, H, W]."""
    return nn.Sequential(
        nn.Conv2d(shape[0], width, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(width, width, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(width, 2 * shape[0], 3, padding=1),
    )
