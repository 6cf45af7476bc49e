"""HopSkipJump: estimates the boundary's normal from decisions alone, steps, returns by bisection.

Chen, Jordan and Wainwright, "HopSkipJumpAttack: A Query-Efficient Decision-Based Attack", 2020,
arXiv:1904.02144, algorithms 1 and 2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import eagerpy as ep
import torch
from foolbox.attacks import HopSkipJumpAttack

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.decision import starting_points
from gbench.tracks.attacks.measure.ledger import Ledger

CHUNK = 2048  # images a forward pass


class PerImage(HopSkipJumpAttack):
    """foolbox's attack with norms taken per image.

    foolbox 3.3.4 normalises the random directions and the estimated gradient over the whole batch,
    so that its result depends on which other images are attacked at the same time.

    Args:
        ledger: the target; asked about many directions at once, which foolbox's criteria refuse.
    """

    def __init__(self, ledger: Ledger, **numbers: Any):
        assert ledger.norm in ("linf", "l2")
        super().__init__(constraint=ledger.norm, **numbers)
        self.ledger = ledger

    def approximate_gradients(
        self, is_adversarial: Callable[[Any], Any], x_advs: Any, steps: int, delta: Any
    ) -> Any:
        """Equation (10) of the paper, with the baseline of equation (16)."""
        x = x_advs.raw
        shape = (steps, *x.shape)
        noise = torch.randn if self.constraint == "l2" else _uniform
        directions = noise(shape, device=x.device, dtype=x.dtype)
        directions = directions / _norms(directions)
        radius = delta.raw.reshape(1, -1, *[1] * (x.ndim - 1))
        perturbed = (x + radius * directions).clamp(0, 1)
        directions = (perturbed - x) / (radius + 1e-8)
        several = max(1, CHUNK // len(x))
        decisions = [self.ledger.decide(part.flatten(0, 1)) for part in perturbed.split(several)]
        votes = torch.cat(decisions).to(x.dtype) * 2 - 1  # [steps, B]
        mean = votes.mean(0, keepdim=True)
        votes = torch.where(mean.abs() == 1, votes, votes - mean)
        gradient = (votes.reshape(*votes.shape, *[1] * (x.ndim - 1)) * directions).mean(0)
        return ep.astensor(gradient / _norms(gradient[None])[0])


def _uniform(shape: tuple[int, ...], **where: Any) -> torch.Tensor:
    return torch.rand(shape, **where) * 2 - 1


def _norms(directions: torch.Tensor) -> torch.Tensor:
    """[S, B, ...] -> [S, B, 1, ...]: the Euclidean norm of each."""
    flat = directions.flatten(2).norm(dim=2) + 1e-12
    return flat.reshape(*flat.shape, *[1] * (directions.ndim - 2))


def run(
    ledger: Ledger,
    *,
    steps: int = 10,
    gradient_evaluations: int = 100,
    gamma: float = 1.0,
) -> None:
    """
    Args:
        steps: of the walk.
        gradient_evaluations: questions for the first normal; step t takes sqrt(t) times as many.
        gamma: sets where bisection stops, gamma / d^1.5 in L2 and gamma / d^2 in Linf.
    """
    images, starts = starting_points(ledger)
    if len(images):
        model, x, criterion = ledger.select(images)
        attack = PerImage(
            ledger,
            steps=steps,
            initial_gradient_eval_steps=gradient_evaluations,
            gamma=gamma,
        )
        ledger.hand_in(images, attack.run(model, x, criterion, starting_points=starts))


ATTACK = Attack(
    title="HopSkipJump (L2)",
    norm="l2",
    knowledge="decision",
    run=run,
    source="Chen, Jordan, Wainwright 2020, arXiv:1904.02144",
    dear=True,
    nearest=True,
)
