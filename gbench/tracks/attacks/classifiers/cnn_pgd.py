"""The small convolutional classifier, taught the worst images within a budget.

Madry, Makelov, Schmidt, Tsipras and Vladu, "Towards Deep Learning Models Resistant to Adversarial
Attacks", 2018, arXiv:1706.06083, equation (2.1): min over weights of E max over |delta|_inf <= eps
of the cross-entropy, the maximum by projected gradient ascent from a random start.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gbench.tracks.attacks.classifiers import cnn


class Hardened(nn.Module):
    """A classifier whose lesson is adversarial.

    Args:
        network: maps images to logits.
        eps: the budget, in Linf.
        steps: of gradient ascent.
        rel_stepsize: their length as a share of the budget.
        ramp: lessons over which the budget grows from 0; a network that has learnt nothing yet
            learns nothing from the worst images either.
    """

    def __init__(self, network: nn.Module, eps: float, steps: int, rel_stepsize: float, ramp: int):
        super().__init__()
        self.network, self.eps, self.steps = network, eps, steps
        self.rel_stepsize, self.ramp, self.lessons = rel_stepsize, ramp, 0

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.network(x)
        return logits

    def worst(self, x: Tensor, y: Tensor, eps: float) -> Tensor:
        """[B, C, H, W] within eps of x, where projected ascent of the cross-entropy ends."""
        moved = (x + eps * (2 * torch.rand_like(x) - 1)).clamp(0, 1)
        for _ in range(self.steps):
            moved.requires_grad_()
            (slope,) = torch.autograd.grad(cross_entropy(self(moved), y), moved)
            moved = moved.detach() + self.rel_stepsize * eps * slope.sign()
            moved = torch.minimum(torch.maximum(moved, x - eps), x + eps).clamp(0, 1)
        return moved

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """The cross-entropy of the worst images."""
        grown = min(1.0, (self.lessons + 1) / self.ramp) if self.ramp else 1.0
        self.lessons += 1
        return cross_entropy(self(self.worst(x, y, grown * self.eps)), y)


def build(
    shape: Sequence[int],
    classes: int,
    *,
    width: int = 16,
    hidden: int = 64,
    eps: float = 0.1,
    steps: int = 7,
    rel_stepsize: float = 0.25,
    ramp: int = 200,
) -> Hardened:
    """
    Args:
        shape: (C, H, W), each side at least 8.
        classes: how many logits.
        width, hidden: as for `cnn`.
        eps, steps, rel_stepsize, ramp: of the lesson; see `Hardened`.

    Raises:
        UserError: the images are too small.
    """
    network = cnn.build(shape, classes, width=width, hidden=hidden)
    return Hardened(network, eps, steps, rel_stepsize, ramp)
