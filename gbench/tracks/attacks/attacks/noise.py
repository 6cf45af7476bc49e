"""Random noise: corners of the ball, by chance.

A search that no gradient guides, and no decision either: what it breaks and a gradient attack does
not, was masked.  Carlini et al., "On Evaluating Adversarial Robustness", 2019, arXiv:1902.06705,
section 4.7.
"""

from __future__ import annotations

import torch

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.norms import INSIDE

CHUNK = 4096  # images a forward pass


def run(ledger: Ledger, *, draws: int = 200) -> None:
    """
    Args:
        draws: an image and budget, each of x + eps s with random signs s.
    """
    for eps in ledger.eps:
        images = ledger.left(eps)
        if len(images) == 0:
            continue
        ledger.select(images)
        x = ledger.x[images]
        several = max(1, CHUNK // len(x))
        for first in range(0, draws, several):
            shape = (min(several, draws - first), *x.shape)
            signs = torch.randint(0, 2, shape, device=x.device) * 2 - 1
            ledger.decide((x + eps * INSIDE * signs).clamp(0, 1).flatten(0, 1))


ATTACK = Attack(
    title="Random noise (Linf)",
    norm="linf",
    knowledge="decision",
    run=run,
    source="Carlini et al. 2019, arXiv:1902.06705",
    dear=True,
    library="gbench",
)
