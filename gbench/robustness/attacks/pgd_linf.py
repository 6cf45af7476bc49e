"""PGD in Linf: iterated gradient ascent, projected onto the ball, from random starts.

Madry, Makelov, Schmidt, Tsipras and Vladu, "Towards Deep Learning Models Resistant to Adversarial
Attacks", 2018, arXiv:1706.06083, section 2.1.  Besides the cross-entropy, which saturates where
the target is sure, the logit margin is climbed; every iterate counts, not only the last.
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
    title="PGD (Linf)",
    norm="linf",
    knowledge="white box",
    run=run,
    source="Madry et al. 2018, arXiv:1706.06083",
)
