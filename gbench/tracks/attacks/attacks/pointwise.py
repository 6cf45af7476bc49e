"""Pointwise: from salt-and-pepper noise, pixel after pixel is reset while the class stays wrong.

Schott, Rauber, Bethge and Brendel, "Towards the First Adversarially Robust Neural Network Model on
MNIST", 2019, arXiv:1805.09190, section 5.
"""

from foolbox.attacks import SaltAndPepperNoiseAttack
from foolbox.attacks.pointwise import PointwiseAttack

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger


def run(ledger: Ledger, *, steps: int = 1000) -> None:
    """
    Args:
        steps: questions an image to find the noise; to reset its pixels takes as many as these are,
            a few times.
    """
    images = ledger.left()
    if len(images) == 0:
        return
    model, x, criterion = ledger.select(images)
    noisy = SaltAndPepperNoiseAttack(steps=steps).run(model, x, criterion)
    found = ledger.adversarial(images, noisy)
    images, noisy = images[found], noisy[found]
    if len(images):
        model, x, criterion = ledger.select(images)
        attack = PointwiseAttack(l2_binary_search=False)
        ledger.hand_in(images, attack.run(model, x, criterion, starting_points=noisy))  # type: ignore[arg-type]


ATTACK = Attack(
    title="Pointwise (L0)",
    norm="l0",
    knowledge="decision",
    run=run,
    source="Schott et al. 2019, arXiv:1805.09190",
    nearest=True,
)
