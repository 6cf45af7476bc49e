"""Auto-PGD: projected gradient ascent that sets its own step size.

Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse
Parameter-free Attacks", 2020, arXiv:2003.01690, algorithm 1 and equations (2) to (7).  foolbox has
none.  Every image has a step size of its own, so what else is in the batch changes nothing but the
random starts.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.norms import INSIDE, Norm, column, within

RHO = 0.75  # the share of steps that must climb, or the step size is halved
MOMENTUM = 0.75  # alpha of equation (3)
Loss = Callable[[Tensor, Tensor], Tensor]  # logits [B, K] and classes [B] to what is climbed, [B]


def cross_entropies(logits: Tensor, y: Tensor) -> Tensor:
    """[B, K] and [B] -> [B]."""
    return cross_entropy(logits, y, reduction="none")


def dlr(logits: Tensor, y: Tensor) -> Tensor:
    """The difference of logits ratio, equation (4): -(z_y - max_{i != y} z_i) / (z_1 - z_3).

    z_1 >= z_2 >= z_3 are the sorted logits; neither a shift nor a scale of them changes it, so it
    does not saturate.  With two classes there is no z_3, and the difference alone is left.
    """
    ordered = logits.sort(1, descending=True).values
    own = logits.gather(1, y[:, None])[:, 0]
    other = torch.where(ordered[:, 0] == own, ordered[:, 1], ordered[:, 0])
    if logits.shape[1] < 3:
        return other - own
    return (other - own) / (ordered[:, 0] - ordered[:, 2] + 1e-12)


def targeted_dlr(logits: Tensor, y: Tensor, goal: Tensor) -> Tensor:
    """Equation (7): -(z_y - z_t) / (z_1 - (z_3 + z_4) / 2), [B].

    With fewer than four classes the difference alone is left.
    """
    ordered = logits.sort(1, descending=True).values
    own, wanted = (logits.gather(1, which[:, None])[:, 0] for which in (y, goal))
    if logits.shape[1] < 4:
        return wanted - own
    spread = ordered[:, 0] - (ordered[:, 2] + ordered[:, 3]) / 2
    return -(own - wanted) / (spread + 1e-12)


def checkpoints(steps: int) -> list[int]:
    """The steps at which the step size may be halved.

    w_j = ceil(p_j N) with p_0 = 0, p_1 = 0.22, p_{j+1} = p_j + max(p_j - p_{j-1} - 0.03, 0.06).
    """
    shares = [0.0, 0.22]
    while shares[-1] < 1:
        shares.append(shares[-1] + max(shares[-1] - shares[-2] - 0.03, 0.06))
    return [math.ceil(round(share * steps, 6)) for share in shares if share <= 1]


def climb(ledger: Ledger, images: Tensor, eps: float, loss: Loss, steps: int) -> Tensor:
    """One run from a random start.

    Args:
        images: [B] of the ledger's.
        eps: the budget, in the ledger's norm: "linf" or "l2".
        loss: climbed.
        steps: N.

    Returns:
        [B, C, H, W], for each image the iterate of the greatest loss.
    """
    ledger.select(images)
    x, y = ledger.x[images], ledger.y[images]
    budget = eps * INSIDE

    def project(moved: Tensor) -> Tensor:
        return (x + within(moved - x, ledger.norm, budget)).clamp(0, 1)

    def look(at: Tensor) -> tuple[Tensor, Tensor]:
        at = at.detach().requires_grad_()
        value = loss(ledger(at), y)
        (slope,) = torch.autograd.grad(value.sum(), at)
        return value.detach(), slope

    def ahead(slope: Tensor) -> Tensor:
        if ledger.norm == "linf":
            return slope.sign()
        return slope / column(slope.flatten(1).norm(dim=1) + 1e-12, slope)

    start = 2 * torch.rand_like(x) - 1 if ledger.norm == "linf" else torch.randn_like(x)
    size = start.flatten(1).abs().amax(1) if ledger.norm == "linf" else start.flatten(1).norm(dim=1)
    here = project(x + budget * start / column(size, x))
    value, slope = look(here)
    best, highest, best_slope = here.clone(), value.clone(), slope.clone()
    step = torch.full_like(value, 2 * budget)
    earlier, climbed = here.clone(), torch.zeros_like(value)
    last_step, last_highest = step.clone(), highest.clone()
    ends = checkpoints(steps)
    for k in range(1, steps + 1):
        forward = project(here + column(step, x) * ahead(slope))
        if k == 1:
            moved = forward
        else:
            moved = project(here + MOMENTUM * (forward - here) + (1 - MOMENTUM) * (here - earlier))
        earlier, here, before = here, moved, value
        value, slope = look(here)
        climbed += value > before
        better = value > highest
        best[better], highest[better] = here[better], value[better]
        best_slope[better] = slope[better]
        if k in ends[1:]:
            span = k - ends[ends.index(k) - 1]
            halve = climbed < RHO * span
            halve |= (step == last_step) & (highest == last_highest)
            last_step, last_highest = step.clone(), highest.clone()
            step = torch.where(halve, step / 2, step)
            here = torch.where(column(halve, x), best, here)
            value = torch.where(halve, highest, value)
            slope = torch.where(column(halve, x), best_slope, slope)
            climbed.zero_()
    return best


def attack(title: str, norm: Norm, loss: Loss) -> Attack:
    """The attack that climbs a loss in a norm, at each budget, smallest first."""

    def run(ledger: Ledger, *, steps: int = 100, restarts: int = 1) -> None:
        """
        Args:
            steps: N, of each restart.
            restarts: random starts.
        """
        for eps in ledger.eps:
            for _ in range(restarts):
                images = ledger.left(eps)
                if len(images) == 0:
                    break
                ledger.hand_in(images, climb(ledger, images, eps, loss, steps), eps)

    source = "Croce, Hein 2020, arXiv:2003.01690"
    return Attack(
        title=title, norm=norm, knowledge="white box", run=run, source=source, library="gbench"
    )
