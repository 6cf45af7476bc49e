"""Targeted PGD in Linf: descends towards one given wrong class.

Kurakin, Goodfellow and Bengio, "Adversarial Machine Learning at Scale", 2017, arXiv:1611.01236
(targeted iteration); random starts as in Madry et al., 2018, arXiv:1706.06083.  An image counts as
broken only when the given class is reached.
"""

from foolbox.attacks import LinfPGD

from gbench.robustness.attack import Attack
from gbench.robustness.descent import MarginLinfPGD, descend
from gbench.robustness.ledger import Ledger


def run(ledger: Ledger, *, steps: int = 50, rel_stepsize: float = 0.1, restarts: int = 1) -> None:
    """
    Args:
        steps: of each restart.
        rel_stepsize: step length as a share of eps.
        restarts: random starts for each of the two losses.
    """
    kinds = (LinfPGD, MarginLinfPGD)
    descend(ledger, [kind(steps=steps, rel_stepsize=rel_stepsize) for kind in kinds], restarts)


ATTACK = Attack(
    title="PGD to a random class (Linf)",
    norm="linf",
    knowledge="white box",
    run=run,
    source="Kurakin, Goodfellow, Bengio 2017, arXiv:1611.01236",
    targeted=True,
)
