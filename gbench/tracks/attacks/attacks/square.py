"""Square: a random search over squares at the corners of the ball, by the target's scores.

Andriushchenko, Croce, Flammarion and Hein, "Square Attack: A Query-efficient Black-box Adversarial
Attack via Random Search", 2020, arXiv:1912.00049, algorithms 1 and 2.  foolbox has none.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.margins import margins
from gbench.tracks.attacks.measure.norms import INSIDE

HALVINGS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)  # of all questions: section 5


def share(start: float, progress: float) -> float:
    """The share of the pixels in a square: halved at fixed shares of the questions."""
    return start / 2 ** sum(progress > at for at in HALVINGS)


@torch.no_grad()
def search(ledger: Ledger, images: Tensor, eps: float, queries: int, start: float) -> None:
    """Lowers the margins of some images for one budget, until their class changes."""
    budget = eps * INSIDE
    _, channels, height, width = ledger.x.shape

    def signs(*shape: int) -> Tensor:
        return (torch.randint(0, 2, shape) * 2 - 1).to(ledger.x)

    ledger.select(images)
    x, y = ledger.x[images], ledger.y[images]
    moved = (x + budget * signs(len(x), channels, 1, width)).clamp(0, 1)
    lowest = margins(ledger(moved), y)
    for asked in range(1, queries):
        standing = (lowest >= 0).nonzero()[:, 0]
        if len(standing) == 0:
            return
        ledger.select(images[standing])
        pixels = share(start, asked / queries) * height * width
        side = min(max(round(pixels**0.5), 1), height - 1, width - 1)
        rows = torch.randint(0, height - side + 1, (len(standing),))
        columns = torch.randint(0, width - side + 1, (len(standing),))
        down, across = torch.arange(height), torch.arange(width)
        inside = (down >= rows[:, None]) & (down < rows[:, None] + side)
        beside = (across >= columns[:, None]) & (across < columns[:, None] + side)
        square = (inside[:, None, :, None] & beside[:, None, None, :]).to(x.device)
        painted = x[standing] + budget * signs(len(standing), channels, 1, 1)
        proposed = torch.where(square, painted.clamp(0, 1), moved[standing])
        found = margins(ledger(proposed), y[standing])
        better = found < lowest[standing]
        moved[standing[better]] = proposed[better]
        lowest[standing[better]] = found[better]


def run(ledger: Ledger, *, queries: int = 1000, start: float = 0.8) -> None:
    """
    Args:
        queries: an image and budget, at most.
        start: the share of the pixels in the first squares; the paper: 0.8 for all but ImageNet.
    """
    for eps in ledger.eps:
        images = ledger.left(eps)
        if len(images):
            search(ledger, images, eps, queries, start)


ATTACK = Attack(
    title="Square (Linf)",
    norm="linf",
    knowledge="score",
    run=run,
    source="Andriushchenko et al. 2020, arXiv:1912.00049",
    dear=True,
    library="gbench",
)
