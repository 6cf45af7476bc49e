"""APGD towards one wrong class after another, in Linf: the targeted part of AutoAttack.

Croce and Hein 2020, arXiv:2003.01690, section 5; see `auto`.  An image counts as
broken by whatever wrong class it reaches.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.auto import climb, targeted_dlr
from gbench.tracks.attacks.measure.ledger import Ledger


def run(ledger: Ledger, *, steps: int = 100, targets: int = 9) -> None:
    """
    Args:
        steps: for each class.
        targets: how many wrong classes are tried, those of the largest logits first.
    """
    for eps in ledger.eps:
        for rank in range(targets):
            images = ledger.left(eps)
            if len(images) == 0:
                break
            goal = ranked(ledger, images, rank)
            if goal is None:
                break
            loss = partial(targeted_dlr, goal=goal)
            ledger.hand_in(images, climb(ledger, images, eps, loss, steps), eps)


def ranked(ledger: Ledger, images: Tensor, rank: int) -> Tensor | None:
    """[B] the wrong classes of that rank by the logits of [B] images, 0 the nearest to the true
    class; None where there are not so many classes."""
    logits = ledger.select(images)[0](ledger.x[images])
    own = ledger.y[images][:, None]
    if rank >= logits.shape[1] - 1:
        return None
    hidden = logits.scatter(1, own, -float("inf"))
    return hidden.argsort(1, descending=True)[:, rank]


ATTACK = Attack(
    title="APGD-T (Linf)",
    norm="linf",
    knowledge="white box",
    run=run,
    source="Croce, Hein 2020, arXiv:2003.01690",
    library="gbench",
)
