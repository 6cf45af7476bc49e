"""Sparse L1 descent: PGD in L1 whose steps move only the pixels with the largest slopes.

Tramer and Boneh, "Adversarial Training and Robustness for Multiple Perturbations", 2019,
arXiv:1904.13000, algorithm 1.  foolbox 3.3.4 projects onto a ball that is a few hundredths too
large, and its random start fails for most batch sizes; both are replaced here.
"""

from __future__ import annotations

from typing import Any

import eagerpy as ep
import torch
from foolbox.attacks import SparseL1DescentAttack

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.descent import descend
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.norms import column, within


class Projected(SparseL1DescentAttack):
    def project(self, x: Any, x0: Any, epsilon: float) -> Any:
        return x0 + ep.astensor(within((x - x0).raw, "l1", epsilon))

    def get_random_start(self, x0: Any, epsilon: float) -> Any:
        """Uniform in the ball: exponentials of random sign, divided by their sum and one more."""
        x = x0.raw
        sizes = torch.empty_like(x).exponential_()
        total = sizes.flatten(1).sum(1) + torch.empty(len(x), device=x.device).exponential_()
        signs = torch.randint_like(x, 2) * 2 - 1
        return x0 + ep.astensor(epsilon * signs * sizes / column(total, x))


def run(
    ledger: Ledger,
    *,
    steps: int = 50,
    rel_stepsize: float = 0.1,
    quantile: float = 0.95,
    restarts: int = 1,
) -> None:
    """
    Args:
        steps: of each restart.
        rel_stepsize: step length as a share of eps.
        quantile: of the slopes' magnitudes, below which a pixel stays.
        restarts: the first from the image itself, others from random points of the ball.
    """
    starts = [
        Projected(quantile=quantile, steps=steps, rel_stepsize=rel_stepsize, random_start=index > 0)
        for index in range(restarts)
    ]
    descend(ledger, starts)


ATTACK = Attack(
    title="Sparse L1 descent",
    norm="l1",
    knowledge="white box",
    run=run,
    source="Tramer, Boneh 2019, arXiv:1904.13000",
)
