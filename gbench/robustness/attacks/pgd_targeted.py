"""Targeted PGD in Linf: descends towards one given wrong class.

Kurakin, Goodfellow and Bengio, "Adversarial Machine Learning at Scale", 2017, arXiv:1611.01236
(targeted iteration); random starts as in Madry et al., 2018, arXiv:1706.06083.  An image counts as
broken only when the given class is reached.
"""

from collections.abc import Sequence

from gbench.robustness.attack import Attack
from gbench.robustness.descent import Loss, pgd
from gbench.robustness.ledger import Ledger


def run(
    ledger: Ledger,
    *,
    steps: int = 50,
    rel_stepsize: float = 0.1,
    restarts: int = 1,
    losses: Sequence[Loss] = ("cross_entropy", "margin"),
) -> None:
    """See `gbench.robustness.descent.pgd` for the arguments."""
    pgd(ledger, steps=steps, rel_stepsize=rel_stepsize, restarts=restarts, losses=losses)


ATTACK = Attack(
    title="PGD to a random class (Linf)",
    norm="linf",
    knowledge="white box",
    run=run,
    source="Kurakin, Goodfellow, Bengio 2017, arXiv:1611.01236",
    targeted=True,
)
