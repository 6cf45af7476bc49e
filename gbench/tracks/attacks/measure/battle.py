"""One target under a series of attacks, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gbench.core import plugin
from gbench.core.entry import implementation
from gbench.stats.wilson import interval
from gbench.tracks.attacks.measure import gates
from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.norms import TOLERANCE, Norm
from gbench.tracks.attacks.measure.settings import Settings
from gbench.tracks.attacks.measure.trial import Gradient, Trial, carry_out, matrix, worst_case
from gbench.zoo.shared.dataset import Dataset

EXAMPLES = 6  # images shown


def stratified(y: Tensor, n: int, seed: int) -> Tensor:
    """n indices of y [N], class by class in turn, so that every first part is balanced as well."""
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(seed))
    shuffled = y.cpu()[order]
    turn = torch.zeros_like(shuffled)
    for label in shuffled.unique():
        member = shuffled == label
        turn[member] = torch.arange(int(member.sum()))
    return order[torch.argsort(turn, stable=True)][:n]


class Battle:
    """One target under attack.

    Args:
        target: maps images [B, C, H, W] to logits.
        data: gives the images, from its test split.
        chosen: the budgets.

    Attributes:
        x, y: [n, C, H, W] and [n], the images and their classes.
        indices: [n] of these images in the test split.
        clean: [n] the target's classes of them.
        trials: the attacks so far.
    """

    def __init__(self, target: nn.Module, data: Dataset, chosen: Settings):
        self.target, self.settings, self.classes = target.eval(), chosen, data.classes
        self.indices = stratified(data.test.y, chosen.images, chosen.seed)
        self.x, self.y = data.test.x[self.indices], data.test.y[self.indices]
        self.clean = classes_of(target, self.x)
        self.splits = {"train": data.train, "held_out": data.validation}
        self.trials: list[Trial] = []

    def attack(
        self,
        entry: str,
        parameters: dict[str, Any],
        *,
        name: str = "",
        target: nn.Module | None = None,
        images: int | None = None,
        stand_ins: Sequence[nn.Module] = (),
        oblivious_of: nn.Module | None = None,
        gradient: Gradient = "exact",
    ) -> None:
        """Runs one attack and adds it to the trials.

        Args:
            entry: of the attack; its file's name in gbench/tracks/attacks/attacks, unless the
                parameters say another.
            parameters: its keyword arguments, and `file`.
            name: of the trial; the entry's unless given.
            target: stands for the target, for instance by another gradient path of it.
            images: how many of the images; all unless given.
            stand_ins: the other classifiers, for an attack that needs them.
            oblivious_of: the bare classifier, where the attacker does not know of the defence.
            gradient: the path that the target offers.
        """
        file = implementation(parameters, entry)
        module: Attack = plugin.load("tracks/attacks/attacks", file).ATTACK
        ledger = self.ledger(module, target or self.target, images or len(self.x))
        trial = carry_out(
            name or entry,
            module,
            ledger,
            {key: value for key, value in parameters.items() if key != "file"},
            seed=self.settings.seed,
            given=self.splits | {"stand_ins": stand_ins},
            oblivious_of=oblivious_of,
            gradient=gradient,
        )
        self.trials.append(trial)

    def ledger(self, attack: Attack, target: nn.Module, n: int) -> Ledger:
        goal = None
        if attack.targeted:
            drawn = torch.Generator().manual_seed(self.settings.seed)
            shift = torch.randint(1, self.classes, self.y.shape, generator=drawn)
            goal = ((self.y + shift.to(self.y.device)) % self.classes)[:n]
        return Ledger(
            target,
            self.x[:n],
            self.y[:n],
            norm=attack.norm,
            eps=self.settings.eps[attack.norm],
            headline=self.settings.headline[attack.norm],
            goal=goal,
            clean=self.clean[:n],
        )

    def accuracy(self, name: str) -> dict[str, Any]:
        """The share of the images that the target classifies rightly, and Wilson's interval."""
        hits, n = int((self.clean == self.y).sum()), len(self.x)
        return {f"{name}_accuracy": hits / n, f"{name}_wilson": list(interval(hits, n))}

    def standing(self, norm: Norm) -> Tensor:
        """The images that withstand all attacks so far at the norm's headline budget."""
        within = self.settings.headline[norm] * (1 + TOLERANCE)
        chosen = [trial for trial in self.trials if trial.attack.norm == norm]
        nearest = matrix(chosen, len(self.x)).min(0) if chosen else np.full(len(self.x), np.inf)
        left = torch.from_numpy(np.flatnonzero(nearest > within)).to(self.x.device)
        return left[self.clean[left] == self.y[left]]

    def worst(self) -> dict[Norm, dict[str, Any]]:
        """By norm in which something was attacked, the worst case over the attacks."""
        n = len(self.x)
        worst: dict[Norm, dict[str, Any]] = {}
        for norm, budget in self.settings.headline.items():
            if not any(trial.attack.norm == norm for trial in self.trials):
                continue
            worst[norm] = worst_case(self.trials, norm, n, self.settings.eps[norm], budget)
            worst[norm]["robust_accuracy_8bit"] = gates.rounded_accuracy(
                self.target, self.trials, norm, self.x, self.y, budget
            )
        return worst

    def examples(self) -> tuple[list[dict[str, Any]], Tensor, Tensor]:
        """Up to EXAMPLES images broken within the headline budget: the attacks take turns, and
        each takes the first image of a class that was not shown yet.

        Returns:
            Records, the originals [m, C, H, W] and the adversarial images [m, C, H, W].
        """
        records: list[dict[str, Any]] = []
        originals, found = [self.x[:0]], [self.x[:0]]
        shown: set[int] = set()
        for trial in islice(cycle(self.trials), EXAMPLES * len(self.trials)):
            within = self.settings.headline[trial.attack.norm] * (1 + TOLERANCE)
            inside = np.flatnonzero((trial.distance > 0) & (trial.distance <= within))
            fresh = [int(i) for i in inside if int(self.y[i]) not in shown]
            if not fresh or len(records) == EXAMPLES:
                continue
            i = fresh[0]
            shown.add(int(self.y[i]))
            originals.append(self.x[i : i + 1])
            found.append(trial.ledger.best[i : i + 1])
            records.append(
                {
                    "index": int(self.indices[i]),
                    "label": int(self.y[i]),
                    "attack": trial.name,
                    "title": trial.attack.title,
                    "norm": trial.attack.norm,
                    "distance": float(trial.distance[i]),
                    "clean_prediction": int(self.clean[i]),
                }
            )
        adversarial = torch.cat(found)
        for record, label in zip(records, classes_of(self.target, adversarial), strict=True):
            record["adversarial_prediction"] = int(label)
        return records, torch.cat(originals), adversarial

    def record(self, *, defended: bool) -> dict[str, Any]:
        """The part of attack.json that speaks of this target."""
        n, worst = len(self.x), self.worst()
        flags = gates.of_trials(
            self.trials,
            self.settings.eps,
            self.settings.headline,
            1 / self.classes,
            defended=defended,
        )
        return {
            "n": n,
            "image_indices_sha256": hashlib.sha256(
                np.asarray(self.indices, dtype="<i8").tobytes()
            ).hexdigest(),
            "eps": self.settings.eps,
            "headline": self.settings.headline,
            "attacks": [trial.record() for trial in self.trials],
            "worst_case": worst,
            "flags": [
                caution._asdict()
                for caution in (*flags, *gates.of_rounding(worst, self.settings.headline))
            ],
        }

    def tensors(self) -> dict[str, Tensor]:
        """Per image: each attack's distance, its questions, and those until the headline broke."""
        found = {}
        for trial in self.trials:
            found[f"distance/{trial.name}"] = trial.ledger.distance
            found[f"queries/{trial.name}"] = trial.ledger.forward_count
            found[f"first/{trial.name}"] = trial.ledger.first
            found |= {f"{key}/{trial.name}": note for key, note in trial.notes.items()}
        return found


def classes_of(target: nn.Module, x: Tensor) -> Tensor:
    with torch.no_grad():
        return target(x).argmax(1) if len(x) else torch.empty(0, dtype=torch.long)
