"""FGSM: one step of length eps along the sign of the gradient, x + eps sign(dL/dx).

Goodfellow, Shlens and Szegedy, "Explaining and Harnessing Adversarial Examples", 2014,
arXiv:1412.6572, section 4.
"""

from foolbox.attacks import LinfFastGradientAttack

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.descent import descend
from gbench.tracks.attacks.measure.ledger import Ledger


def run(ledger: Ledger) -> None:
    """Cross-entropy, no random start: one backward pass an image and budget."""
    descend(ledger, [LinfFastGradientAttack(random_start=False)])


ATTACK = Attack(
    title="FGSM (Linf)",
    norm="linf",
    knowledge="white box",
    run=run,
    source="Goodfellow, Shlens, Szegedy 2014, arXiv:1412.6572",
    single_step=True,
)
