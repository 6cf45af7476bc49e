"""BIM: FGSM in small steps, without a random start.

Kurakin, Goodfellow and Bengio, "Adversarial Examples in the Physical World", 2017,
arXiv:1607.02533, section 2.2.
"""

from foolbox.attacks import LinfBasicIterativeAttack

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.descent import descend
from gbench.tracks.attacks.measure.ledger import Ledger


def run(ledger: Ledger, *, steps: int = 10, rel_stepsize: float = 0.2) -> None:
    """
    Args:
        steps: of gradient ascent.
        rel_stepsize: step length as a share of eps.
    """
    attack = LinfBasicIterativeAttack(steps=steps, rel_stepsize=rel_stepsize, random_start=False)
    descend(ledger, [attack])


ATTACK = Attack(
    title="BIM (Linf)",
    norm="linf",
    knowledge="white box",
    run=run,
    source="Kurakin, Goodfellow, Bengio 2017, arXiv:1607.02533",
)
