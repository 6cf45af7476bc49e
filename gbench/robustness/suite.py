"""All attacks on one bare classifier, or on one defence; written as the report reads them."""

from __future__ import annotations

import copy
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from gbench.core import plugin
from gbench.core.dataset import Dataset
from gbench.core.device import describe
from gbench.core.files import UserError, read_json, replacing, write_json
from gbench.params import keywords
from gbench.robustness import gates, training
from gbench.robustness.attack import Attack
from gbench.robustness.ledger import TOLERANCE, Ledger, Norm
from gbench.robustness.trial import Gradient, Trial, carry_out, worst_case
from gbench.robustness.wilson import interval

NORMS: tuple[Norm, ...] = ("linf", "l2")
QUICK = ("images", "decision_images", "adaptive_images", "adaptive", "oblivious", "attacks")
EXAMPLES = 6


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
        self.trials: list[Trial] = []

    def attack(
        self,
        file: str,
        parameters: dict[str, Any],
        *,
        name: str = "",
        target: nn.Module | None = None,
        images: int | None = None,
        stand_ins: Sequence[nn.Module] = (),
        oblivious_of: nn.Module | None = None,
        gradient: Gradient = "exact",
    ) -> None:
        """Runs gbench/robustness/attacks/<file>.py and adds it to the trials.

        Args:
            parameters: its keyword arguments.
            name: of the trial; the file's unless given.
            target: stands for the target, for instance by another gradient path of it.
            images: how many of the images; all unless given.
            stand_ins: what a transfer attack may differentiate.
            oblivious_of: the bare classifier, where the attacker does not know of the defence.
            gradient: the path that the target offers.
        """
        module: Attack = plugin.load("robustness/attacks", file).ATTACK
        ledger = self.ledger(module, target or self.target, images or len(self.x))
        trial = carry_out(
            name or file,
            module,
            ledger,
            parameters,
            seed=self.settings.seed,
            stand_ins=stand_ins,
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

    def hits(self) -> int:
        return int((self.clean == self.y).sum())

    def worst(self) -> dict[Norm, dict[str, Any]]:
        """By norm, the worst case over the attacks."""
        n = len(self.x)
        worst: dict[Norm, dict[str, Any]] = {}
        for norm in NORMS:
            budget = self.settings.headline[norm]
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
            "flags": [*flags, *gates.of_rounding(worst, self.settings.headline)],
        }

    def tensors(self) -> dict[str, Tensor]:
        """Per image: each attack's distance, its questions, and those until the headline broke."""
        found = {}
        for trial in self.trials:
            found[f"distance/{trial.name}"] = trial.ledger.distance
            found[f"queries/{trial.name}"] = trial.ledger.forward_count
            found[f"first/{trial.name}"] = trial.ledger.first
        return found


def classes_of(target: nn.Module, x: Tensor) -> Tensor:
    with torch.no_grad():
        return target(x).argmax(1) if len(x) else torch.empty(0, dtype=torch.long)


def bare(params: dict[str, Any], data: str, name: str, device: torch.device) -> None:
    """Attacks one classifier; writes results/attacks/<data>/<name>.

    Raises:
        DataError: the data or a classifier cannot be read.
    """
    began = time.perf_counter()
    out = Path("results/attacks") / data / name
    head = {"data": data, "target": name, "classifier": name, "defence": None}
    dataset = Dataset.load(Path("data") / data, device)
    if note := training.unsuitable(dataset):
        skip(out, head, note)
        return
    chosen = settings(data, params["quick"], **params["attack"])
    network = training.load(Path("classifiers") / data / name, device)
    others = [
        training.load(Path("classifiers") / data / other, device)
        for other in params["classifiers"]
        if other != name
    ]
    battle = Battle(network, dataset, chosen)
    for file, numbers in tqdm(params["attacks"].items(), desc=f"attacks on {name}"):
        knowledge = plugin.load("robustness/attacks", file).ATTACK.knowledge
        if knowledge == "transfer" and not others:
            continue
        images = chosen.decision_images if knowledge == "decision" else None
        numbers = {**(numbers or {}), **chosen.attacks.get(file, {})}
        battle.attack(file, numbers, images=images, stand_ins=others)
    record = battle.record(defended=False)
    record["flags"] += gates.of_target(f"the {name}", network, battle.x, battle.y)
    examples, originals, adversarial = battle.examples()
    write(
        out,
        {
            **head,
            "status": "ok",
            "note": "",
            "clean_accuracy": battle.hits() / len(battle.x),
            "clean_wilson": list(interval(battle.hits(), len(battle.x))),
            "defended_clean_accuracy": None,
            **record,
            "examples": examples,
            "defence_parameters": {},
            "seconds": time.perf_counter() - began,
            **describe(device),
        },
        {"original": originals, "adversarial": adversarial, **battle.tensors()},
    )


def defended(params: dict[str, Any], data: str, name: str, device: torch.device) -> None:
    """Attacks one defence, by attackers who do not know of it and by such who do.

    Writes results/attacks/<data>/<name>.

    Raises:
        DataError: the data, the classifier or the generator cannot be read.
    """
    from gbench.core import run

    began = time.perf_counter()
    out = Path("results/attacks") / data / name
    module = plugin.load("robustness/defences", name)
    numbers = {**defaults(module.build), **(params["defences"][name] or {})}
    classifier, generator = numbers["classifier"], numbers["generator"]
    head = {"data": data, "target": name, "classifier": classifier, "defence": name}
    dataset = Dataset.load(Path("data") / data, device)
    source = Path("runs") / data / generator / str(params["seeds"][0])
    if note := training.unsuitable(dataset) or run_fault(source):
        skip(out, head, note)
        return
    chosen = settings(data, params["quick"], **params["attack"])
    chosen = replace(chosen, images=max(chosen.adaptive_images.values()))
    network = training.load(Path("classifiers") / data / classifier, device)
    game = run.load(source, device)
    target = module.build(lambda _: network, lambda _: game, **numbers)
    alone, behind = Battle(network, dataset, chosen), Battle(target, dataset, chosen)
    for file in tqdm(chosen.oblivious, desc=f"attacks that do not know of {name}"):
        given = {**(params["attacks"].get(file) or {}), **chosen.attacks.get(file, {})}
        alone.attack(file, given)
        behind.attack(file, given, name=f"{file}_oblivious", oblivious_of=network)
    plan = [(path, file) for path, entries in chosen.adaptive.items() for file in entries]
    for path, file in tqdm(plan, desc=f"attacks through {name}"):
        behind.attack(
            file,
            chosen.adaptive[path][file] or {},
            name=f"{file}_{path}" if path != "none" else file,
            target=target.by(path),
            images=chosen.adaptive_images[path],
            gradient=path,
        )
    record = behind.record(defended=True)
    few = slice(min(chosen.adaptive_images.values()))
    for path in chosen.adaptive:
        if path != "none":
            label = f"{name} by {path}"
            seen = gates.of_target(label, target.by(path), behind.x[few], behind.y[few])
            record["flags"] += seen
    examples, originals, adversarial = behind.examples()
    for example, label in zip(examples, classes_of(network, adversarial), strict=True):
        example["undefended_prediction"] = int(label)
    n = len(behind.x)
    write(
        out,
        {
            **head,
            "status": "ok",
            "note": "",
            "clean_accuracy": alone.hits() / n,
            "clean_wilson": list(interval(alone.hits(), n)),
            "defended_clean_accuracy": behind.hits() / n,
            "defended_clean_wilson": list(interval(behind.hits(), n)),
            **record,
            "undefended": alone.worst(),
            "untrained_generator": ablation(
                Battle(
                    module.build(lambda _: network, lambda _: redrawn(game), **numbers),
                    dataset,
                    chosen,
                ),
                network,
            ),
            "reconstruction_error": target.error(behind.x),
            "examples": examples,
            "defence_parameters": numbers,
            "seconds": time.perf_counter() - began,
            **describe(device),
        },
        {
            "original": originals,
            "adversarial": adversarial,
            "defended": target.reconstruct(adversarial),
            **behind.tensors(),
        },
    )


def redrawn(game: nn.Module) -> nn.Module:
    """The game with its weights as if it had never been trained."""
    fresh = copy.deepcopy(game)
    for module in fresh.modules():
        if callable(reset := getattr(module, "reset_parameters", None)):
            reset()
    return fresh


def ablation(battle: Battle, network: nn.Module) -> dict[str, Any]:
    """What the defence is worth without what its generator has learnt: clean, and under FGSM."""
    battle.attack("fgsm", {}, name="fgsm_oblivious", oblivious_of=network)
    found = battle.trials[0].record()
    kept = {key: found[key] for key in ("name", "eps", "robust_accuracy", "wilson")}
    return {"defended_clean_accuracy": battle.hits() / len(battle.x), **kept}


def defaults(build: Callable[..., Any]) -> dict[str, Any]:
    return {name: parameter.default for name, parameter in keywords(build).items()}


def run_fault(source: Path) -> str:
    """Why a run cannot serve; empty if it can."""
    record = read_json(source / "run.json")
    if record["status"] == "ok":
        return ""
    return f"the generator {source} is {record['status']}: {record['note']}"


def skip(out: Path, head: dict[str, Any], note: str) -> None:
    """An attack.json that says why there is none."""
    write(out, {**head, "status": "skipped", "note": note, "attacks": [], "flags": []}, {})


def write(out: Path, record: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    with replacing(out) as folder:
        folder.mkdir()
        write_json(folder / "attack.json", record)
        if tensors:
            kept = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
            save_file(kept, folder / "images.safetensors")
