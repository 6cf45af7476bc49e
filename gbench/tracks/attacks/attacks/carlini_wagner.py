"""Carlini and Wagner's L2 attack: minimises |delta|^2 + c max(0, z_y - max_{k != y} z_k).

Carlini and Wagner, "Towards Evaluating the Robustness of Neural Networks", 2017, arXiv:1608.04644,
section VI.A; c by binary search, Adam in arctanh space.
"""

from foolbox.attacks import L2CarliniWagnerAttack

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.minimal import minimise


def run(
    ledger: Ledger,
    *,
    searches: int = 4,
    steps: int = 150,
    stepsize: float = 0.05,
    initial_const: float = 0.1,
) -> None:
    """
    Args:
        searches: steps of the binary search over c.
        steps: of Adam in each search.
        stepsize: Adam's, in arctanh space.
        initial_const: the first c.
    """
    attack = L2CarliniWagnerAttack(
        binary_search_steps=searches,
        steps=steps,
        stepsize=stepsize,
        initial_const=initial_const,
    )
    minimise(ledger, attack)


ATTACK = Attack(
    title="Carlini-Wagner (L2)",
    norm="l2",
    knowledge="white box",
    run=run,
    source="Carlini, Wagner 2017, arXiv:1608.04644",
    nearest=True,
)
