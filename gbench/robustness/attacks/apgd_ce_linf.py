"""APGD on the cross-entropy in Linf.

Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse
Parameter-free Attacks", 2020, arXiv:2003.01690; see `gbench.robustness.auto`.
"""

from gbench.robustness.attack import Attack
from gbench.robustness.auto import apgd, cross_entropies
from gbench.robustness.ledger import Ledger


def run(ledger: Ledger, *, steps: int = 100, restarts: int = 1) -> None:
    """
    Args:
        steps: of each restart.
        restarts: random starts.
    """
    apgd(ledger, cross_entropies, steps=steps, restarts=restarts)


ATTACK = Attack(
    title="APGD-CE (Linf)",
    norm="linf",
    knowledge="white box",
    run=run,
    source="Croce, Hein 2020, arXiv:2003.01690",
)
