"""The four norms in which perturbations are measured, and their balls."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Norm = Literal["linf", "l2", "l1", "l0"]
NORMS: tuple[Norm, ...] = ("linf", "l2", "l1", "l0")
TOLERANCE = 1e-6  # relative: float32 cannot measure a distance better
CHANGED = 1e-6  # a channel that is moved by less is what float32 makes of an equal one
INSIDE = 1 - 1e-5  # the share of a budget that keeps x + delta within it after float32 rounding


def length(delta: Tensor, norm: Norm) -> Tensor:
    """The norm of each perturbation [B, C, H, W] -> [B], in raw units: pixels in [0, 1].

    "l0" counts pixels, not channels: a pixel is changed if one of its channels is.
    """
    if norm == "l0":
        return (delta.abs() > CHANGED).any(1).flatten(1).sum(1).to(delta.dtype)
    flat = delta.flatten(1)
    if norm == "linf":
        return flat.abs().amax(1)
    return flat.norm(p=1 if norm == "l1" else 2, dim=1)


def column(values: Tensor, like: Tensor) -> Tensor:
    """[B] -> [B, 1, ...], as many axes as `like` has."""
    return values.reshape(-1, *[1] * (like.ndim - 1))


def within(delta: Tensor, norm: Norm, budget: float) -> Tensor:
    """The perturbations [B, C, H, W], those that are too long projected onto the ball.

    In L0 the pixels that are changed most remain.  In L1 the projection is that of Duchi,
    Shalev-Shwartz, Singer and Chandra, "Efficient Projections onto the l1-Ball for Learning in High
    Dimensions", 2008, figure 1.
    """
    if norm == "linf":
        return delta.clamp(-budget, budget)
    if norm == "l2":
        lengths = delta.flatten(1).norm(dim=1).clamp(min=1e-12)
        return delta * column((budget / lengths).clamp(max=1), delta)
    if norm == "l1":
        flat = delta.flatten(1)
        ordered = flat.abs().sort(1, descending=True).values
        excess = ordered.cumsum(1) - budget
        places = torch.arange(1, flat.shape[1] + 1, device=delta.device)
        last = (ordered * places > excess).sum(1, keepdim=True).clamp(min=1)
        cut = (excess.gather(1, last - 1) / last).clamp(min=0)
        return (flat.sign() * (flat.abs() - cut).clamp(min=0)).reshape(delta.shape)
    size = delta.abs().amax(1).flatten(1)  # [B, H W]
    kept = size.topk(min(int(budget), size.shape[1]), dim=1).indices
    mask = torch.zeros_like(size).scatter(1, kept, 1.0)
    return delta * mask.reshape(len(delta), 1, *delta.shape[2:])
