"""DDN: steps along the gradient while the norm is shrunk or grown around the boundary.

Rony, Hafemann, Oliveira, Ben Ayed, Sabourin and Granger, "Decoupling Direction and Norm for
Efficient Gradient-Based L2 Adversarial Attacks and Defenses", 2019, arXiv:1811.09600, algorithm 1.
"""

from foolbox.attacks import DDNAttack

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.minimal import minimise


def run(ledger: Ledger, *, steps: int = 100, initial: float = 1.0, gamma: float = 0.05) -> None:
    """
    Args:
        steps: of gradient ascent.
        initial: the norm of the first perturbation.
        gamma: the share by which the norm changes in a step.
    """
    minimise(ledger, DDNAttack(init_epsilon=initial, steps=steps, gamma=gamma))


ATTACK = Attack(
    title="DDN (L2)",
    norm="l2",
    knowledge="white box",
    run=run,
    source="Rony et al. 2019, arXiv:1811.09600",
    nearest=True,
)
