"""Cautions that the results of attacks give against themselves, each a plain sentence.

After Carlini et al., "On Evaluating Adversarial Robustness", 2019, arXiv:1902.06705, and Athalye,
Carlini and Wagner, "Obfuscated Gradients Give a False Sense of Security", 2018, arXiv:1802.00420,
section 3.1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gbench.stats.wilson import interval
from gbench.tracks.attacks.measure.caution import Caution
from gbench.tracks.attacks.measure.norms import TOLERANCE, Norm, length, within
from gbench.tracks.attacks.measure.trial import Trial, matrix
from gbench.zoo.shared.dataset import Examples

STRETCHES = (1.0, 1.2, 2.0)
GREY = 0.5  # what turns any pixel grey
SLACK = 1e-9  # of sums of shares


def of_trials(
    trials: Sequence[Trial],
    eps: Mapping[Norm, Sequence[float]],
    headline: Mapping[Norm, float],
    chance: float,
    *,
    defended: bool,
) -> Iterator[Caution]:
    """Cautions from a comparison of the attacks' results.

    Args:
        trials: on one target.
        eps, headline: budgets by norm.
        chance: the accuracy of guessing.
        defended: the target has a defence, so attacks that know of it are demanded.
    """
    yield from weaker_iteration(trials)
    for norm, budget in headline.items():
        if norm != "l0":  # where gradients are of little use even if nothing masks them
            yield from masked(trials, norm, budget)
        yield from unreached(trials, norm, eps[norm], chance)
        yield from partial(trials, norm, budget)
    yield from incomplete(trials, defended)
    for trial in trials:
        faults = trial.ledger.invalid
        lost = faults["nan"] + faults["out_of_box"] + faults["over_eps"] + faults["unverified"]
        if lost:
            yield Caution(
                f"{trial.name} handed in {lost} images that were not finite, outside the box, over "
                "the budget or not misclassified again; they are not counted",
                trial.attack.norm,
            )


def weaker_iteration(trials: Sequence[Trial]) -> Iterator[Caution]:
    """An iterated attack finds at least what one step finds, give or take an image.

    Attacks that seek the nearest image are held to it together with the others of their kind:
    where they get stuck, those with a budget still stand for the gradient.
    """
    for single in trials:
        if not single.attack.single_step:
            continue
        others = [many for many in trials if of_a_kind(many, single)]
        fixed = [[many] for many in others if not many.attack.nearest]
        for together in fixed or [others]:
            yield from behind(together, single)


def of_a_kind(many: Trial, single: Trial) -> bool:
    """Whether an iterated attack sees what the single step saw, and measures as it did."""
    if many.attack.single_step or many.attack.targeted:
        return False
    return (many.knowledge, many.gradient, many.attack.norm) == (
        single.knowledge,
        single.gradient,
        single.attack.norm,
    )


def behind(together: Sequence[Trial], single: Trial) -> Iterator[Caution]:
    """Whether some attacks leave more than a single step does; told of the smallest budget."""
    if not together:
        return
    n = min(len(single.distance), max(len(many.distance) for many in together))
    found = matrix(together, max(len(many.distance) for many in together)).min(0)[:n]
    names = " and ".join(many.name for many in together)
    for budget in single.ledger.eps:
        within = budget * (1 + TOLERANCE)
        steps, step = int((found > within).sum()), int((single.distance[:n] > within).sum())
        if steps > step + 1:
            yield Caution(
                f"{names} leaves {steps} of {n} images at eps {budget:g}, more than "
                f"{single.name} with {step}: it has not converged",
                single.attack.norm,
            )
            return


def masked(trials: Sequence[Trial], norm: Norm, budget: float) -> Iterator[Caution]:
    """Whoever sees the gradient breaks every image that the blind break."""
    sighted = [t for t in trials if t.attack.norm == norm and t.gradient != "none"]
    blind = [t for t in trials if t.attack.norm == norm and t.gradient == "none"]
    if not sighted or not blind:
        return
    n = min(max(len(t.distance) for t in side) for side in (sighted, blind))
    within = budget * (1 + TOLERANCE)
    seen = (matrix(sighted, max(len(t.distance) for t in sighted)).min(0) <= within)[:n]
    unseen = (matrix(blind, max(len(t.distance) for t in blind)).min(0) <= within)[:n]
    only = int((unseen & ~seen).sum())
    if only > max(1, 0.005 * n):
        yield Caution(
            f"{only} of {n} images are broken at {norm} {budget:g} only by attacks that see no "
            "gradient of the target: its gradient may be masked",
            norm,
        )


def partial(trials: Sequence[Trial], norm: Norm, budget: float) -> Iterator[Caution]:
    """What was run on some images only would not have broken far more of the others."""
    chosen = [trial for trial in trials if trial.attack.norm == norm]
    if not chosen:
        return
    n = max(len(trial.distance) for trial in chosen)
    standing = matrix(chosen, n).min(0) > budget * (1 + TOLERANCE)
    for trial in chosen:
        m = len(trial.distance)
        low = interval(int(standing.sum()), n)[0]
        if m < n and interval(int(standing[:m].sum()), m)[1] < low:
            yield Caution(
                f"{standing[:m].mean():.0%} of the {m} images that {trial.name} was run on survive "
                f"{norm} {budget:g}, of all {standing.mean():.0%}: it would break more of them",
                norm,
            )
            return


def unreached(
    trials: Sequence[Trial], norm: Norm, eps: Sequence[float], chance: float
) -> Iterator[Caution]:
    """With a budget that can grey out any image, no accuracy above chance is left."""
    chosen = [trial for trial in trials if trial.attack.norm == norm]
    if not chosen:
        return
    pixels = chosen[0].ledger.x[0].numel()
    least = {"linf": GREY, "l2": GREY * math.sqrt(pixels)}.get(norm, math.inf)
    large = [budget for budget in eps if budget >= least]
    if not large:
        return
    nearest = matrix(chosen, max(len(trial.distance) for trial in chosen)).min(0)
    left = float((nearest > large[0] * (1 + TOLERANCE)).mean())
    if left > chance:
        yield Caution(
            f"{left:.0%} of the images survive {norm} {large[0]:g}, a budget that can erase any "
            "image: the attacks are too weak",
            norm,
        )


def implausible(
    trials: Sequence[Trial], x: Tensor, y: Tensor, others: Examples
) -> Iterator[Caution]:
    """To become some real image of another class is always enough: no robust target needs more.

    Args:
        x, y: the images under attack and their classes.
        others: real images, among which each image's nearest of another class is sought.
    """
    free = [trial for trial in trials if not trial.attack.targeted]
    for norm in dict.fromkeys(trial.attack.norm for trial in free):
        chosen = [trial for trial in free if trial.attack.norm == norm]
        nearest = matrix(chosen, max(len(trial.distance) for trial in chosen)).min(0)
        enough = float(np.median([apart(x[i], y[i], others, norm) for i in range(len(nearest))]))
        median = float(np.median(nearest))
        if median > enough:
            yield Caution(
                f"half of the images withstand {norm} {median:.3g}, more than the {enough:.3g} to "
                "the nearest real image of another class: the attacks are too weak",
                norm,
            )


def apart(image: Tensor, label: Tensor, others: Examples, norm: Norm) -> float:
    """How far an image [C, H, W] is from the nearest of another class."""
    elsewhere = others.x[others.y != label]
    return float(length(elsewhere - image, norm).min())


def incomplete(trials: Sequence[Trial], defended: bool) -> Iterator[Caution]:
    """Each kind of knowledge is represented."""
    kinds = {trial.knowledge for trial in trials}
    transfer = "oblivious" if defended else "transfer"
    missing = [kind for kind in ("white box", "decision", transfer) if kind not in kinds]
    if missing:
        yield Caution(f"no attack of these kinds was run: {', '.join(missing)}")


def rounded_accuracy(
    target: nn.Module,
    trials: Sequence[Trial],
    norm: Norm,
    x: Tensor,
    y: Tensor,
    budget: float,
) -> float | None:
    """Robust accuracy when the adversarial images must be stored with 8 bits a pixel.

    The nearest adversarial image stands just behind the boundary, where rounding can heal it; so
    longer perturbations in its direction are tried as well, inside the budget.  Rounding moves a
    pixel by up to 1/510, and a stored image may exceed the budget by that much.
    None if nothing was attacked in this norm.
    """
    chosen = [trial for trial in trials if trial.attack.norm == norm]
    if not chosen:
        return None
    table = matrix(chosen, len(x))
    nearest, which = table.min(0), table.argmin(0)
    left = nearest > budget * (1 + TOLERANCE)
    hit = np.flatnonzero((nearest > 0) & ~left)
    for stretch in STRETCHES:
        if len(hit) == 0:
            break
        found = torch.stack([chosen[which[i]].ledger.best[i] for i in hit])
        delta = within(stretch * (found - x[hit]), norm, budget)
        with torch.no_grad():
            stored = ((x[hit] + delta).clamp(0, 1) * 255).round() / 255
            hit = hit[(target(stored).argmax(1) == y[hit]).cpu().numpy()]
    return (int(left.sum()) + len(hit)) / len(x)


def of_rounding(
    worst: Mapping[Norm, Mapping[str, Any]], headline: Mapping[Norm, float]
) -> Iterator[Caution]:
    """Adversarial images that exist only between the grey levels are of little account."""
    for norm, case in worst.items():
        budget = headline[norm]
        exact = case["robust_accuracy"][case["eps"].index(budget)]
        stored = case["robust_accuracy_8bit"]
        if stored is not None and stored - exact > max(0.05, 2.5 / case["n"]) + SLACK:
            yield Caution(
                f"stored with 8 bits, robust accuracy at {norm} {budget:g} rises from {exact:.1%} "
                f"to {stored:.1%}",
                norm,
            )
