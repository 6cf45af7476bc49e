"""FMN in four norms, with what foolbox 3.3.4 gets wrong put right.

Pintor, Roli, Brendel and Biggio, "Fast Minimum-norm Adversarial Attacks through Adaptive Norm
Constraints", 2021, arXiv:2102.12827, algorithm 1: a gradient step, then a projection onto a ball
that grows or shrinks towards the boundary.  foolbox's L2 version never projects: its factor is the
norm divided by itself.  And where the target is linear, as networks of rectified units are piece by
piece, the first ball ends on the boundary exactly, where no class has changed and no later ball is
larger: on digits two images in five are never broken for that.  So balls are a hundredth larger.
"""

from __future__ import annotations

from typing import Any

import eagerpy as ep
from foolbox.attacks import L0FMNAttack, L1FMNAttack, L2FMNAttack, LInfFMNAttack
from foolbox.attacks.fast_minimum_norm import FMNAttackLp
from foolbox.devutils import atleast_kd, flatten

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.minimal import minimise
from gbench.tracks.attacks.measure.norms import Norm

BEYOND = 1.01


class InLinf(LInfFMNAttack):
    def project(self, x: Any, x0: Any, epsilon: Any) -> Any:
        return super().project(x, x0, BEYOND * epsilon)


class InL2(L2FMNAttack):
    def project(self, x: Any, x0: Any, epsilon: Any) -> Any:
        lengths = ep.maximum(flatten(x - x0).norms.l2(axis=-1), 1e-12)
        factor = ep.minimum(1, BEYOND * epsilon / lengths)
        return x0 + (x - x0) * atleast_kd(factor, x.ndim)


class InL1(L1FMNAttack):
    def project(self, x: Any, x0: Any, epsilon: Any) -> Any:
        return super().project(x, x0, BEYOND * epsilon)


KINDS: dict[Norm, type[FMNAttackLp]] = {
    "linf": InLinf,
    "l2": InL2,
    "l1": InL1,
    "l0": L0FMNAttack,
}


def fmn(
    ledger: Ledger, *, steps: int = 100, max_stepsize: float = 1.0, gamma: float = 0.05
) -> None:
    """Runs it in the ledger's norm.

    Args:
        steps: of gradient ascent.
        max_stepsize: the first step's length; it falls along a cosine.
        gamma: the share by which the ball changes in the first step.
    """
    attack = KINDS[ledger.norm](steps=steps, max_stepsize=max_stepsize, gamma=gamma)
    minimise(ledger, attack)


def attack(title: str, norm: Norm) -> Attack:
    """The attack in a norm."""
    source = "Pintor et al. 2021, arXiv:2102.12827"
    return Attack(
        title=title, norm=norm, knowledge="white box", run=fmn, source=source, nearest=True
    )
