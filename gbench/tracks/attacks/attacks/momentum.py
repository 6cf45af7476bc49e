"""MI-FGSM: BIM along an accumulated gradient, which transfers better and skips small optima.

Dong, Liao, Pang, Su, Zhu, Hu and Li, "Boosting Adversarial Attacks with Momentum", 2018,
arXiv:1710.06081, algorithm 1.  Deviation: foolbox accumulates the gradient itself where the paper
divides it by its L1 norm first.
"""

from foolbox.attacks.mi_fgsm import LinfMomentumIterativeFastGradientMethod

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.descent import descend
from gbench.tracks.attacks.measure.ledger import Ledger


def run(
    ledger: Ledger, *, steps: int = 10, rel_stepsize: float = 0.2, momentum: float = 1.0
) -> None:
    """
    Args:
        steps: of gradient ascent.
        rel_stepsize: step length as a share of eps.
        momentum: mu, what remains of the accumulated gradient after a step.
    """
    attack = LinfMomentumIterativeFastGradientMethod(
        momentum=momentum, steps=steps, rel_stepsize=rel_stepsize, random_start=False
    )
    descend(ledger, [attack])


ATTACK = Attack(
    title="MI-FGSM (Linf)",
    norm="linf",
    knowledge="white box",
    run=run,
    source="Dong et al. 2018, arXiv:1710.06081",
)
