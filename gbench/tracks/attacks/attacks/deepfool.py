"""DeepFool: steps onto the nearest boundary of the linearised classifier until the class changes.

Moosavi-Dezfooli, Fawzi and Frossard, "DeepFool: A Simple and Accurate Method to Fool Deep Neural
Networks", 2016, arXiv:1511.04599, algorithm 2.
"""

from foolbox.attacks import L2DeepFoolAttack

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.minimal import minimise


def run(ledger: Ledger, *, steps: int = 50, overshoot: float = 0.02, candidates: int = 10) -> None:
    """
    Args:
        steps: at most.
        overshoot: the share by which the accumulated step is lengthened.
        candidates: how many of the likeliest classes are considered.
    """
    attack = L2DeepFoolAttack(steps=steps, overshoot=overshoot, candidates=candidates)
    minimise(ledger, attack)


ATTACK = Attack(
    title="DeepFool (L2)",
    norm="l2",
    knowledge="white box",
    run=run,
    source="Moosavi-Dezfooli, Fawzi, Frossard 2016, arXiv:1511.04599",
    nearest=True,
)
