"""PGD in Linf: iterated gradient ascent, projected onto the ball, from random starts.

Madry, Makelov, Schmidt, Tsipras and Vladu, "Towards Deep Learning Models Resistant to Adversarial
Attacks", 2018, arXiv:1706.06083, section 2.1.  Each restart is run on the cross-entropy and on the
logit margin, since the first saturates where the target is sure; every iterate counts, not only the
last.
"""

from foolbox.attacks import LinfPGD

from gbench.robustness.attack import Attack
from gbench.robustness.descent import MarginLinfPGD, descend
from gbench.robustness.ledger import Ledger


def run(ledger: Ledger, *, steps: int = 50, rel_stepsize: float = 0.1, restarts: int = 1) -> None:
    """
    Args:
        steps: of each restart.
        rel_stepsize: step length as a share of eps; foolbox's own default is too small to converge.
        restarts: random starts for each of the two losses.
    """
    kinds = (LinfPGD, MarginLinfPGD)
    descend(ledger, [kind(steps=steps, rel_stepsize=rel_stepsize) for kind in kinds], restarts)


ATTACK = Attack(
    title="PGD (Linf)",
    norm="linf",
    knowledge="white box",
    run=run,
    source="Madry et al. 2018, arXiv:1706.06083",
)
