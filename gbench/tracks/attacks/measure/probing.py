"""Cautions from a few images about a target that is to be differentiated, a sentence each.

After Athalye, Carlini and Wagner, "Obfuscated Gradients Give a False Sense of Security", 2018,
arXiv:1802.00420, section 3.1, and Carlini et al., "On Evaluating Adversarial Robustness", 2019,
arXiv:1902.06705.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn

from gbench.tracks.attacks.measure.caution import Caution
from gbench.tracks.attacks.measure.margins import margins

FLAT = 1e-12  # a gradient whose largest entry is smaller is zero


def of_target(
    name: str, target: nn.Module, x: Tensor, y: Tensor, *, exact: bool = True
) -> Iterator[Caution]:
    """Cautions from a few images about a target that is to be differentiated.

    Args:
        exact: its gradient is said to be that of its forward pass, and not a stand-in for it.
    """
    with torch.no_grad():
        logits, again = target(x), target(x)
    if not torch.equal(logits, again):
        told = "answers differently when asked twice: it needs expectation over its noise"
        yield Caution(f"{name} {told}")
    sums = logits.sum(1)
    if logits.min() >= 0 and torch.allclose(sums, torch.ones_like(sums), atol=1e-4):
        told = "returns probabilities, not logits: attacks that use margins are weakened"
        yield Caution(f"{name} {told}")
    share = flat_share(target, x, y)
    if share > 0:
        told = f"has no gradient on {share:.0%} of the images: gradient attacks see nothing"
        yield Caution(f"{name} {told}")
    elif exact and searches(target, x) and not through(target, x):
        told = "searches within its forward pass, and its gradient leaves the search out"
        yield Caution(f"{name} {told}")


def searches(target: nn.Module, x: Tensor) -> bool:
    """Whether the target differentiates something while it classifies."""
    asked = 0
    plain = torch.autograd.grad

    def counting(*arguments: Any, **keywords: Any) -> Any:
        nonlocal asked
        asked += 1
        return plain(*arguments, **keywords)

    with mock.patch("torch.autograd.grad", counting), torch.no_grad():
        target(x[:1])
    return asked > 0


def through(target: nn.Module, x: Tensor) -> bool:
    """Whether the gradient of the logits agrees with differences of them, at one image.

    Along the gradient itself, within a factor of two: enough to tell a gradient of the target from
    one of a part of it.
    """
    x = x[:1].clone().requires_grad_()
    with torch.enable_grad():
        logits = target(x)
        top = logits.topk(2).indices[0]
        (slope,) = torch.autograd.grad((logits[0, top[0]] - logits[0, top[1]]), x)
    ahead = slope / slope.norm()
    step = 0.02
    with torch.no_grad():
        up, down = (target(x.detach() + sign * step * ahead)[0] for sign in (1, -1))
    measured = float(((up - down)[top[0]] - (up - down)[top[1]]) / (2 * step))
    return 0.5 < measured / float(slope.norm()) < 2


def flat_share(target: nn.Module, x: Tensor, y: Tensor) -> float:
    """The share of images at which the logit margin has no gradient."""
    x = x.clone().requires_grad_()
    with torch.enable_grad():
        logits = target(x)
        if not logits.requires_grad:
            return 1.0
        (gradient,) = torch.autograd.grad(margins(logits, y).sum(), x)
    return float((gradient.flatten(1).abs().amax(1) < FLAT).float().mean())
