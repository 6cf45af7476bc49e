"""Projected gradient ascent at fixed budgets: the loop shared by FGSM and all PGDs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import eagerpy as ep
from foolbox.attacks import L2PGD, LinfPGD
from foolbox.attacks.gradient_descent_base import BaseGradientDescent

from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.norms import INSIDE, Norm

Loss = Literal["cross_entropy", "margin"]


def descend(ledger: Ledger, attacks: Sequence[BaseGradientDescent], restarts: int = 1) -> None:
    """Runs all attacks `restarts` times at each budget, smallest first, on what still stands."""
    for eps in ledger.eps:
        for attack in list(attacks) * restarts:
            left = ledger.left(eps)
            if len(left) == 0:
                break
            model, x, criterion = ledger.select(left)
            ledger.hand_in(left, attack.run(model, x, criterion, epsilon=eps * INSIDE), eps)


def margin_loss(model: Callable[[Any], Any], labels: Any) -> Callable[[Any], Any]:
    """Sum over the batch of max_{k != y} z_k - z_y, which does not saturate as cross-entropy does.

    Carlini and Wagner, "Towards Evaluating the Robustness of Neural Networks", 2017,
    arXiv:1608.04644, f6 of section V.A.
    """

    def loss(x: Any) -> Any:
        logits = model(x)
        own = logits[range(len(logits)), labels]
        others = (logits - ep.onehot_like(logits, labels, value=ep.inf)).max(axis=-1)
        return (others - own).sum()

    return loss


class MarginLinfPGD(LinfPGD):
    """foolbox's PGD on the margin."""

    def get_loss_fn(self, model: Any, labels: Any) -> Callable[[Any], Any]:
        return margin_loss(model, labels)


class MarginL2PGD(L2PGD):
    """foolbox's PGD on the margin."""

    def get_loss_fn(self, model: Any, labels: Any) -> Callable[[Any], Any]:
        return margin_loss(model, labels)


KINDS: dict[tuple[Norm, Loss], Callable[..., BaseGradientDescent]] = {
    ("linf", "cross_entropy"): LinfPGD,
    ("linf", "margin"): MarginLinfPGD,
    ("l2", "cross_entropy"): L2PGD,
    ("l2", "margin"): MarginL2PGD,
}


def pgd(
    ledger: Ledger,
    *,
    steps: int = 50,
    rel_stepsize: float = 0.1,
    restarts: int = 1,
    losses: Sequence[Loss] = ("cross_entropy", "margin"),
) -> None:
    """Projected gradient ascent in the ledger's norm, from random starts.

    Args:
        steps: of each restart.
        rel_stepsize: step length as a share of eps; foolbox's own default is too small to converge.
        restarts: random starts for each of the losses.
        losses: that are climbed, one after the other.
    """
    kinds = [KINDS[ledger.norm, loss] for loss in losses]
    descend(ledger, [kind(steps=steps, rel_stepsize=rel_stepsize) for kind in kinds], restarts)
