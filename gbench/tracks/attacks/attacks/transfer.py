"""Transfer: PGD made on another classifier, shown to this one.

Papernot, McDaniel and Goodfellow, "Transferability in Machine Learning: from Phenomena to Black-Box
Attacks using Adversarial Samples", 2016, arXiv:1605.07277.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.descent import Loss, pgd
from gbench.tracks.attacks.measure.ledger import Ledger, Relay


def run(
    ledger: Ledger,
    stand_ins: Sequence[nn.Module],
    *,
    steps: int = 50,
    rel_stepsize: float = 0.1,
    restarts: int = 1,
    losses: Sequence[Loss] = ("cross_entropy", "margin"),
) -> None:
    """
    Args:
        stand_ins: the classifiers that the attacker owns, trained on the same data.
        steps, rel_stepsize, restarts, losses: of PGD on each of them.
    """
    for stand_in in stand_ins:
        relay = Relay(stand_in, ledger)
        pgd(relay, steps=steps, rel_stepsize=rel_stepsize, restarts=restarts, losses=losses)


ATTACK = Attack(
    title="Transfer of PGD from the other classifiers (Linf)",
    norm="linf",
    knowledge="transfer",
    needs=("stand_ins",),
    run=run,
    source="Papernot, McDaniel, Goodfellow 2016, arXiv:1605.07277",
)
