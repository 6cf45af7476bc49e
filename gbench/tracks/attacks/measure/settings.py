"""The section `attack` of params.yaml."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from gbench.core.entry import on
from gbench.core.files import UserError
from gbench.tracks.attacks.measure.norms import NORMS, Norm
from gbench.tracks.attacks.measure.trial import Gradient

CHANGED = ("images", "decision_images", "adaptive_images", "adaptive", "oblivious", "attacks")


@dataclass(frozen=True)
class Settings:
    """The section `attack` of params.yaml for one data set; see `settings`.

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
    target: str = "",
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
    by_target: dict[str, dict[str, Any]] | None = None,
) -> Settings:
    """
    Args:
        data: the data set's name; those that `eps` and `headline` lack take their "default".
        hurried: whether `quick` counts.
        target: the classifier or defence under attack.
        images: of the test split under attack, the same number of each class.
        decision_images: the first of them, for attacks by decisions or scores that need very many.
        eps: for each data set and norm, the budgets of the curve in raw units (pixels in [0, 1]).
        headline: for each data set and norm, the one of them that is quoted.
        seed: of each attack and of the choice of images.
        oblivious: attacks made on the bare classifier and shown to a defence.
        adaptive: attacks through a defence, with their numbers, by gradient path: "bpda",
            "unrolled", or "none" for those that see decisions only.
        adaptive_images: for each of these paths, how many images.
        quick: what changes in quick mode; `attacks` there changes numbers of some attacks.
        by_target: what changes for some targets, in the same way; quick mode comes last.

    A target of `by_target`, and the numbers of an attack, may have an `on`, with what changes on
    some data sets.

    Raises:
        UserError: a headline is not one of its budgets, or something unknown is changed.
    """
    budgets = eps.get(data, eps["default"])
    quoted = headline.get(data, headline["default"])
    for norm in {*budgets, *quoted}:
        if norm not in NORMS:
            raise UserError(f"attack.eps, attack.headline: no norm {norm!r}; {', '.join(NORMS)}")
        if quoted.get(norm) not in budgets.get(norm, []):
            raise UserError(
                f"attack.headline: {norm} {quoted.get(norm)} of {data} is not among "
                f"attack.eps: {budgets.get(norm)}"
            )
    chosen = Settings(
        images=images,
        decision_images=decision_images,
        eps={norm: sorted(budgets[norm]) for norm in NORMS if norm in budgets},
        headline={norm: quoted[norm] for norm in NORMS if norm in budgets},
        seed=seed,
        oblivious=oblivious,
        adaptive=adaptive,
        adaptive_images=adaptive_images,
    )
    places = {"quick": quick}
    for name, entry in (by_target or {}).items():
        places[f"by_target.{name}"] = {key: value for key, value in entry.items() if key != "on"}
        places |= {f"by_target.{name}.on.{k}": v for k, v in (entry.get("on") or {}).items()}
    for place, changes in places.items():
        for key in changes:
            if key not in CHANGED:
                allowed = ", ".join(CHANGED)
                raise UserError(f"attack.{place}.{key}: unknown; allowed: {allowed}")
    for changes in (on((by_target or {}).get(target), data), quick if hurried else {}):
        attacks = chosen.attacks | changes.get("attacks", {})
        chosen = replace(chosen, **{**changes, "attacks": attacks})
    return replace(
        chosen,
        attacks={name: on(entry, data) for name, entry in chosen.attacks.items()},
        adaptive={
            path: {name: on(entry, data) for name, entry in entries.items()}
            for path, entries in chosen.adaptive.items()
        },
    )
