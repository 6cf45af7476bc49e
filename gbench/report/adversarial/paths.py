"""What a defence is worth to attackers of different knowledge: the same norm, path by path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gbench.report.records import Attacked
from gbench.stats.wilson import interval

TOLERANCE = 1e-6  # as the ledger's
GROUPS = {  # title and what the attacker does
    "oblivious": ("Unaware", "attacks the bare classifier and shows the defence what it found"),
    "none": ("Decisions, scores, transfer", "asks the defence, without any gradient of it"),
    "bpda": ("BPDA", "takes the projection for the identity when it differentiates"),
    "unrolled": ("Unrolled", "differentiates through every step of the projection"),
    "latent": ("Latent", "seeks a wrong image among those that the generator makes"),
    "exact": ("Exact gradient", "differentiates the defence as it stands"),
}


@dataclass(frozen=True)
class Path:
    """
    Attributes:
        n: images that all attacks of this kind were run on at least once.
        accuracy, low, high: what the worst of them left, and Wilson's 95 % interval.
        attacks: their titles.
    """

    title: str
    what: str
    n: int
    accuracy: float
    low: float
    high: float
    attacks: list[str]


def group_of(attack: Mapping[str, Any]) -> str:
    return "oblivious" if attack["knowledge"] == "oblivious" else str(attack["gradient"])


def distances(attacked: Attacked, attacks: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """[n] of the nearest image that one of the attacks found, on those that any was run on."""
    rows = [attacked.images[f"distance/{attack['name']}"] for attack in attacks]
    nearest = np.full(max(map(len, rows)), np.inf)
    for row in rows:
        nearest[: len(row)] = np.minimum(nearest[: len(row)], row)
    return nearest


def paths(attacked: Attacked, norm: str) -> list[Path]:
    """One row a kind of attacker, the unaware first."""
    card, found = attacked.card, []
    within = card["headline"][norm] * (1 + TOLERANCE)
    for group, (title, what) in GROUPS.items():
        attacks = [a for a in card["attacks"] if a["norm"] == norm and group_of(a) == group]
        attacks = [a for a in attacks if f"distance/{a['name']}" in attacked.images]
        if not attacks:
            continue
        found.append(path(attacked, attacks, within, title, what))
    return found


def path(
    attacked: Attacked,
    attacks: Sequence[Mapping[str, Any]],
    within: float,
    title: str = "",
    what: str = "",
) -> Path:
    """What some attacks together leave at a budget."""
    nearest = distances(attacked, attacks)
    left, n = int((nearest > within).sum()), len(nearest)
    titles = list(dict.fromkeys(attack["title"] for attack in attacks))
    return Path(title, what, n, left / n, *interval(left, n), titles)
