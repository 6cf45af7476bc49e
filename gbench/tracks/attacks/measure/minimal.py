"""Attacks of foolbox that seek the smallest perturbation by themselves, without a budget."""

from __future__ import annotations

from foolbox.attacks.base import MinimizationAttack

from gbench.tracks.attacks.measure.ledger import Ledger


def minimise(ledger: Ledger, attack: MinimizationAttack) -> None:
    """Runs the attack once on every image that is not yet broken at all."""
    images = ledger.left()
    if len(images):
        model, x, criterion = ledger.select(images)
        ledger.hand_in(images, attack.run(model, x, criterion))
