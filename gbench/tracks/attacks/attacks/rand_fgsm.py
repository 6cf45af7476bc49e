"""RAND+FGSM: a random step of length alpha first, then FGSM with the rest of the budget.

Tramer, Kurakin, Papernot, Goodfellow, Boneh and McDaniel, "Ensemble Adversarial Training: Attacks
and Defenses", 2018, arXiv:1705.07204, equation (3): x' = x + alpha sign(N(0, I)), then
x' + (eps - alpha) sign(dL/dx').  The random step leaves the neighbourhood in which a masked
gradient is of no use.
"""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.norms import INSIDE


def run(ledger: Ledger, *, alpha: float = 0.05) -> None:
    """
    Args:
        alpha: the random step; half of the budget where that is shorter.
    """
    for eps in ledger.eps:
        images = ledger.left(eps)
        if len(images) == 0:
            continue
        ledger.select(images)
        x, y = ledger.x[images], ledger.y[images]
        first = min(alpha, eps / 2)
        moved = (x + first * torch.randn_like(x).sign()).clamp(0, 1).requires_grad_()
        (slope,) = torch.autograd.grad(cross_entropy(ledger(moved), y, reduction="sum"), moved)
        moved = (moved.detach() + (eps - first) * slope.sign()).clamp(0, 1)
        moved = torch.minimum(torch.maximum(moved, x - eps * INSIDE), x + eps * INSIDE)
        ledger.hand_in(images, moved, eps)


ATTACK = Attack(
    title="RAND+FGSM (Linf)",
    norm="linf",
    knowledge="white box",
    run=run,
    source="Tramer et al. 2018, arXiv:1705.07204",
    single_step=True,
    library="gbench",
)
