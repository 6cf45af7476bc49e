"""APGD on the difference of logits ratio in L2.

Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse
Parameter-free Attacks", 2020, arXiv:2003.01690; see `gbench.robustness.auto`.
"""

from gbench.robustness.attack import Attack
from gbench.robustness.auto import apgd, dlr
from gbench.robustness.ledger import Ledger


def run(ledger: Ledger, *, steps: int = 100, restarts: int = 1) -> None:
    """
    Args:
        steps: of each restart.
        restarts: random starts.
    """
    apgd(ledger, dlr, steps=steps, restarts=restarts)


ATTACK = Attack(
    title="APGD-DLR (L2)",
    norm="l2",
    knowledge="white box",
    run=run,
    source="Croce, Hein 2020, arXiv:2003.01690",
)
