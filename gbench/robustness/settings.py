"""What the section `attack` of params.yaml says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from gbench.core.files import UserError
from gbench.robustness.ledger import Norm
from gbench.robustness.trial import Gradient

NORMS: tuple[Norm, ...] = ("linf", "l2")
QUICK = ("images", "decision_images", "adaptive_images", "adaptive", "oblivious", "attacks")


@dataclass(frozen=True)
class Settings:
    """What the section `attack` of params.yaml says for one data set; see `settings`.

    Attributes:
        attacks: numbers of some attacks that stand before those of the section `attacks`.
    """

    images: int
    decision_images: int
    eps: dict[Norm, list[float]]
    headline: dict[Norm, float]
    seed: int
    oblivious: list[str]
    adaptive: dict[Gradient, dict[str, Any]]
    adaptive_images: dict[Gradient, int]
    attacks: dict[str, dict[str, Any]] = field(default_factory=dict)


def settings(
    data: str,
    hurried: bool,
    *,
    images: int = 200,
    decision_images: int = 50,
    eps: dict[str, dict[str, list[float]]],
    headline: dict[str, dict[str, float]],
    seed: int = 0,
    oblivious: list[str],
    adaptive: dict[Gradient, dict[str, Any]],
    adaptive_images: dict[Gradient, int],
    quick: dict[str, Any],
) -> Settings:
    """
    Args:
        data: the data set's name; those that `eps` and `headline` lack take their "default".
        hurried: whether `quick` counts.
        images: of the test split under attack, the same number of each class.
        decision_images: the first of them, for attacks that see decisions only and need many.
        eps: for each data set and norm, the budgets of the curve in raw units (pixels in [0, 1]).
        headline: for each data set and norm, the one of them that is quoted.
        seed: of each attack and of the choice of images.
        oblivious: attacks made on the bare classifier and shown to a defence.
        adaptive: attacks through a defence, with their numbers, by gradient path: "bpda",
            "unrolled", or "none" for those that see decisions only.
        adaptive_images: for each of these paths, how many images.
        quick: what changes in quick mode; `attacks` there changes numbers of some attacks.

    Raises:
        UserError: a headline is not one of its budgets, or `quick` changes something unknown.
    """
    budgets = eps.get(data, eps["default"])
    quoted = headline.get(data, headline["default"])
    for norm in NORMS:
        if quoted[norm] not in budgets[norm]:
            raise UserError(
                f"attack.headline: {norm} {quoted[norm]} of {data} is not among "
                f"attack.eps: {budgets[norm]}"
            )
    chosen = Settings(
        images=images,
        decision_images=decision_images,
        eps={norm: sorted(budgets[norm]) for norm in NORMS},
        headline={norm: quoted[norm] for norm in NORMS},
        seed=seed,
        oblivious=oblivious,
        adaptive=adaptive,
        adaptive_images=adaptive_images,
    )
    for key in quick:
        if key not in QUICK:
            raise UserError(f"attack.quick.{key}: unknown; allowed: {', '.join(QUICK)}")
    return replace(chosen, **quick) if hurried else chosen
