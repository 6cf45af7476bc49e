"""One attack carried out, and its ledger as a record for the report."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gbench.stats.wilson import interval
from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger, Relay
from gbench.tracks.attacks.measure.norms import TOLERANCE, Norm

Floats = NDArray[np.float64]
Gradient = Literal["exact", "bpda", "unrolled", "latent", "none"]


@dataclass
class Trial:
    """
    Attributes:
        name: unique among the trials of one target.
        attack: the one that was run.
        knowledge: as the attack's own, or "oblivious" where a defence was unknown to it.
        gradient: the path by which it differentiated the target; "none" if it did not.
        parameters: the attack's numbers.
        ledger: its results, on the first images of the list.
        seconds: it took.
        notes: [n, ...] what else it says about the images, by name.
    """

    name: str
    attack: Attack
    knowledge: str
    gradient: Gradient
    parameters: dict[str, Any]
    ledger: Ledger
    seconds: float
    notes: dict[str, Tensor] = field(default_factory=dict)

    @property
    def distance(self) -> Floats:
        """[n] of the nearest adversarial images; infinite where none was found."""
        return self.ledger.distance.cpu().double().numpy()

    @property
    def first(self) -> Floats:
        """[n] questions until an image was broken within the headline budget."""
        return self.ledger.first.cpu().double().numpy()

    def record(self) -> dict[str, Any]:
        ledger, norm = self.ledger, self.attack.norm
        asked = ledger.forward_count[ledger.clean == ledger.y].cpu().double().numpy()
        undone = ledger.backward_count[ledger.clean == ledger.y].cpu().double().numpy()
        median = float(np.median(self.distance))
        return {
            "name": self.name,
            "title": self.attack.title,
            "norm": norm,
            "knowledge": self.knowledge,
            "targeted": self.attack.targeted,
            "gradient": self.gradient,
            "parameters": self.parameters,
            "library": f"{self.attack.library} {version(self.attack.library)}",
            "source": self.attack.source,
            **curve(self.distance, ledger.eps),
            "median_distance": median if np.isfinite(median) else None,
            "queries": {
                "median": float(np.median(asked)) if len(asked) else 0.0,
                "max": float(asked.max(initial=0)),
                "forward": float(asked.sum()),
                "backward": float(undone.sum()),
                "shared": ledger.shared,
            },
            "against_queries": against_queries(self.first),
            "invalid": ledger.invalid,
            "seconds": self.seconds,
        }


def carry_out(
    name: str,
    attack: Attack,
    ledger: Ledger,
    parameters: dict[str, Any],
    *,
    seed: int,
    given: Mapping[str, Any] | None = None,
    oblivious_of: nn.Module | None = None,
    gradient: Gradient = "exact",
) -> Trial:
    """Runs one attack with its own seed, times it, and verifies what it found.

    Args:
        given: the things that the attack may need, by name.
        oblivious_of: what the attacker takes for the target: the classifier without its defence.
        gradient: the path that the target offers to attacks that differentiate it.
    """
    torch.manual_seed(seed)
    np.random.seed(seed)  # parts of foolbox draw from numpy's global generator
    begin = time.perf_counter()
    asked = ledger if oblivious_of is None else Relay(oblivious_of, ledger)
    notes = attack.run(asked, *((given or {})[name] for name in attack.needs), **parameters)
    ledger.verify()
    sighted = attack.knowledge == "white box" and oblivious_of is None
    return Trial(
        name=name,
        attack=attack,
        knowledge="oblivious" if oblivious_of is not None else attack.knowledge,
        gradient=gradient if sighted else "none",
        parameters=parameters,
        ledger=ledger,
        seconds=time.perf_counter() - begin,
        notes=notes or {},
    )


def curve(distance: Floats, eps: Sequence[float]) -> dict[str, Any]:
    """Accuracy that is left at each budget, with 95 % Wilson intervals."""
    standing = [int((distance > budget * (1 + TOLERANCE)).sum()) for budget in eps]
    n = len(distance)
    return {
        "n": n,
        "eps": list(eps),
        "robust_accuracy": [count / n for count in standing],
        "wilson": [list(interval(count, n)) for count in standing],
    }


def against_queries(first: Floats) -> dict[str, Any]:
    """Accuracy that is left at the headline budget after so many questions an image."""
    found = first[np.isfinite(first)]
    steps = [m * 10**k for k in range(6) for m in (1, 2, 5)]
    most = found.max(initial=0)
    kept = [0] + [step for i, step in enumerate(steps) if i == 0 or steps[i - 1] < most]
    return {"queries": kept, "robust_accuracy": [float((first > q).mean()) for q in kept]}


def worst_case(
    trials: Sequence[Trial], norm: Norm, n: int, eps: Sequence[float], headline: float
) -> dict[str, Any]:
    """The image by image minimum over all attacks of one norm.

    An attack that was run on fewer images counts on those only, so that the accuracies are upper
    bounds of what all attacks on all images would leave.
    """
    chosen = [trial for trial in trials if trial.attack.norm == norm]
    table = matrix(chosen, n)
    nearest = table.min(0) if chosen else np.full(n, np.inf)
    broken = {
        trial.name: (row > 0) & (row <= headline * (1 + TOLERANCE))
        for trial, row in zip(chosen, table, strict=True)
    }
    together = sum((row.astype(int) for row in broken.values()), np.zeros(n, int))
    return {
        **curve(nearest, eps),
        "broken_by": {name: int(row.sum()) for name, row in broken.items()},
        "only_by": {name: int((row & (together == 1)).sum()) for name, row in broken.items()},
    }


def matrix(trials: Sequence[Trial], n: int) -> Floats:
    """[attacks, n] distances; infinite where an attack was not run on an image."""
    table = np.full((len(trials), n), np.inf)
    for row, trial in zip(table, trials, strict=True):
        row[: len(trial.distance)] = trial.distance
    return table
