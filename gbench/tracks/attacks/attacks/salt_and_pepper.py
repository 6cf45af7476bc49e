"""Salt and pepper: black and white pixels, as few as the predicted class allows.

Rauber, Zimmermann, Bethge and Brendel, "Foolbox Native: Fast Adversarial Attacks to Benchmark the
Robustness of Machine Learning Models", 2020, doi:10.21105/joss.02607.
"""

from foolbox.attacks import SaltAndPepperNoiseAttack

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.minimal import minimise


def run(ledger: Ledger, *, steps: int = 1000) -> None:
    """
    Args:
        steps: questions an image.
    """
    minimise(ledger, SaltAndPepperNoiseAttack(steps=steps))


ATTACK = Attack(
    title="Salt and pepper (L0)",
    norm="l0",
    knowledge="decision",
    run=run,
    source="Rauber et al. 2020, doi:10.21105/joss.02607",
    nearest=True,
)
