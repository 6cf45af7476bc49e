"""The Boundary attack: a random walk along the decision boundary towards the original.

Brendel, Rauber and Bethge, "Decision-Based Adversarial Attacks: Reliable Attacks Against Black-Box
Machine Learning Models", 2018, arXiv:1712.04248.
"""

from foolbox.attacks import BoundaryAttack

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.decision import starting_points
from gbench.tracks.attacks.measure.ledger import Ledger


def run(
    ledger: Ledger, *, steps: int = 1200, spherical_step: float = 0.05, source_step: float = 0.02
) -> None:
    """
    Args:
        steps: of the walk, about 1.1 questions each.
        spherical_step: the first step along the sphere around the original, relative to its radius.
        source_step: the first step towards the original, likewise.
    """
    images, starts = starting_points(ledger)
    if len(images):
        model, x, criterion = ledger.select(images)
        attack = BoundaryAttack(steps=steps, spherical_step=spherical_step, source_step=source_step)
        ledger.hand_in(images, attack.run(model, x, criterion, starting_points=starts))


ATTACK = Attack(
    title="Boundary (L2)",
    norm="l2",
    knowledge="decision",
    run=run,
    source="Brendel, Rauber, Bethge 2018, arXiv:1712.04248",
    dear=True,
    nearest=True,
)
