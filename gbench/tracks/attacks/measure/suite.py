"""All attacks on one bare classifier, or on one defence; written as the report reads them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from gbench.core import plugin
from gbench.core.device import describe
from gbench.core.entry import implementation, on
from gbench.core.files import replacing, write_json
from gbench.tracks.attacks.measure import fortifying, gates, probing, training
from gbench.tracks.attacks.measure.battle import Battle, classes_of
from gbench.tracks.attacks.measure.caution import Caution
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.settings import Settings, settings
from gbench.tracks.attacks.measure.trial import carry_out
from gbench.zoo.shared.dataset import Dataset


def bare(params: dict[str, Any], data: str, name: str, device: torch.device) -> None:
    """Attacks one classifier; writes results/attacks/<data>/<name>.

    Raises:
        DataError: the data or a classifier cannot be read.
    """
    out = Path("results/attacks") / data / name
    head = {"data": data, "target": name, "classifier": name, "defence": None}
    dataset = Dataset.load(Path("data") / data, device)
    folder = Path("classifiers") / data
    if note := training.unsuitable(dataset) or training.fault(folder / name):
        skip(out, head, note)
        return
    network = training.load(folder / name, device)
    others = training.load_all(folder, (c for c in params["classifiers"] if c != name), device)
    record, tensors = suite(params, dataset, name, network, others, device)
    write(out, head | record, tensors)


def suite(
    params: dict[str, Any],
    dataset: Dataset,
    name: str,
    network: nn.Module,
    others: Sequence[nn.Module],
    device: torch.device,
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """All attacks of params.yaml on a bare classifier.

    Args:
        network: maps images [B, C, H, W] in [0, 1] to logits [B, classes].
        others: classifiers that the attacker owns.

    Returns:
        The record, but for its head, and the tensors that go with it.
    """
    began = time.perf_counter()
    chosen = settings(dataset.name, params["quick"], name, **params["attack"])
    battle, attacks = Battle(network, dataset, chosen), numbered(params, chosen, dataset.name)
    for entry, numbers in tqdm(attacks.items(), desc=f"attacks on {name}"):
        module = plugin.load("tracks/attacks/attacks", implementation(numbers, entry)).ATTACK
        if numbers.get("images") == 0 or ("stand_ins" in module.needs and not others):
            continue
        images = chosen.decision_images if module.dear else None
        battle.attack(entry, numbers, images=images, stand_ins=others)
    record = battle.record(defended=False)
    found = [
        *probing.of_target(f"the {name}", network, battle.x, battle.y),
        *gates.implausible(battle.trials, battle.x, battle.y, dataset.train),
        *unconverged(battle, attacks),
    ]
    record["flags"] += [caution._asdict() for caution in found]
    examples, originals, adversarial = battle.examples()
    record |= {
        **battle.accuracy("clean"),
        "defended_clean_accuracy": None,
        "examples": examples,
        "defence_parameters": {},
        "seconds": time.perf_counter() - began,
        **describe(device),
    }
    return record, {"original": originals, "adversarial": adversarial, **battle.tensors()}


def numbered(params: dict[str, Any], chosen: Settings, data: str) -> dict[str, dict[str, Any]]:
    """The section `attacks` for one data set and target."""
    return {
        name: on(entry, data) | chosen.attacks.get(name, {})
        for name, entry in params["attacks"].items()
    }


def defended(params: dict[str, Any], data: str, name: str, device: torch.device) -> None:
    """Attacks one defence, by attackers who do not know of it and by such who do.

    Writes results/attacks/<data>/<name>.

    Raises:
        DataError: the data, the classifier or the generator cannot be read.
    """
    began = time.perf_counter()
    out = Path("results/attacks") / data / name
    module, numbers = fortifying.entry(params, name, data)
    classifier = numbers["classifier"]
    head = {"data": data, "target": name, "classifier": classifier, "defence": name}
    dataset = Dataset.load(Path("data") / data, device)
    folder = Path("classifiers") / data
    sources = fortifying.Sources(folder, Path("runs") / data, params["seeds"][0], device)
    if note := training.unsuitable(dataset) or sources.fault(numbers):
        skip(out, head, note)
        return
    chosen = settings(data, params["quick"], name, **params["attack"])
    chosen = replace(chosen, images=max(chosen.adaptive_images.values()))
    parts, unlearnt = sources.parts(), sources.parts(blank=True)
    if hasattr(module, "learn"):
        learnt = fortifying.load(Path("defences") / data / name, module, dataset, numbers, parts)
        parts = replace(parts, learnt=learnt)
        if "generator" not in numbers:
            learnt = fortifying.untrained(module, dataset, numbers, unlearnt)
        unlearnt = replace(unlearnt, learnt=learnt)
    target, blank = module.build(parts, **numbers), module.build(unlearnt, **numbers)
    network = target.classifier
    alone, behind = Battle(network, dataset, chosen), Battle(target, dataset, chosen)
    attack_obliviously(alone, behind, numbered(params, chosen, data), name)
    owned = (other for other in params["classifiers"] if other != classifier)
    others = training.load_all(folder, owned, device)
    attack_adaptively(behind, target, name, others)
    record = behind.record(defended=True)
    record["flags"] += [caution._asdict() for caution in masked(behind, target, name)]
    examples, originals, adversarial = behind.examples()
    for example, label in zip(examples, classes_of(network, adversarial), strict=True):
        example["undefended_prediction"] = int(label)
    record |= {
        **alone.accuracy("clean"),
        **behind.accuracy("defended_clean"),
        "undefended": alone.worst(),
        "untrained_generator": ablation(Battle(blank, dataset, chosen), network),
        "reconstruction_error": target.error(behind.x),
        "examples": examples,
        "defence_parameters": numbers,
        "seconds": time.perf_counter() - began,
        **describe(device),
    }
    tensors = {"original": originals, "adversarial": adversarial, **behind.tensors()}
    write(out, head | record, tensors | {"defended": target.reconstruct(adversarial)})


def attack_obliviously(
    alone: Battle, behind: Battle, attacks: dict[str, dict[str, Any]], name: str
) -> None:
    """The same attacks on the bare classifier, and, made on it, shown to the defence."""
    chosen, network = alone.settings, alone.target
    for file in tqdm(chosen.oblivious, desc=f"attacks that do not know of {name}"):
        alone.attack(file, attacks[file])
        behind.attack(file, attacks[file], name=f"{file}_oblivious", oblivious_of=network)


def attack_adaptively(behind: Battle, target: Any, name: str, others: Sequence[nn.Module]) -> None:
    """Attacks through the defence `target`, by each of its gradient paths that params.yaml names.

    Args:
        others: bare classifiers that the attacker owns.
    """
    chosen = behind.settings
    offered = {path: chosen.adaptive[path] for path in chosen.adaptive if path in target.PATHS}
    plan = [(path, file) for path, entries in offered.items() for file in entries]
    for path, file in tqdm(plan, desc=f"attacks through {name}"):
        behind.attack(
            file,
            chosen.adaptive[path][file],
            name=f"{file}_{path}" if path != "none" else file,
            target=target.by(path),
            images=chosen.adaptive_images[path],
            stand_ins=others,
            gradient=path,
        )


MORE = ("pgd_linf", "pgd_l2")  # what is run again, where it was run


def unconverged(battle: Battle, attacks: dict[str, dict[str, Any]]) -> Iterator[Caution]:
    """Twice the steps and restarts on what still stands must break next to nothing more."""
    for file in MORE:
        if file not in attacks:
            continue
        module = plugin.load("tracks/attacks/attacks", implementation(attacks[file], file)).ATTACK
        budget = battle.settings.headline[module.norm]
        standing = battle.standing(module.norm)
        if len(standing) == 0:
            continue
        numbers = fortifying.defaults(module.run) | attacks[file]
        numbers.pop("file", None)
        numbers |= {"steps": 2 * numbers["steps"], "restarts": 2 * numbers["restarts"]}
        ledger = Ledger(
            battle.target,
            battle.x[standing],
            battle.y[standing],
            norm=module.norm,
            eps=[budget],
        )
        carry_out(file, module, ledger, numbers, seed=battle.settings.seed + 1)
        more, n = len(standing) - len(ledger.left(budget)), len(battle.x)
        if more > max(1, 0.01 * n):
            yield Caution(
                f"twice the steps and restarts of {file} break {more} more of {n} images at "
                f"{module.norm} {budget:g}: the attacks have not converged",
                module.norm,
            )


def masked(behind: Battle, target: Any, name: str) -> list[Caution]:
    """Signs that a gradient path through the defence `target` is blocked, not closed."""
    chosen = behind.settings
    few = slice(min(chosen.adaptive_images.values()))
    return [
        flag
        for path in chosen.adaptive
        if path in target.PATHS and path not in ("none", "latent")
        for flag in probing.of_target(
            f"{name} by {path}",
            target.by(path),
            behind.x[few],
            behind.y[few],
            exact=path == "exact",
        )
    ]


def ablation(battle: Battle, network: nn.Module) -> dict[str, Any]:
    """The defence with an untrained generator: clean, and under FGSM."""
    battle.attack("fgsm", {}, name="fgsm_oblivious", oblivious_of=network)
    found = battle.trials[0].record()
    kept = {key: found[key] for key in ("name", "eps", "robust_accuracy", "wilson")}
    return {**battle.accuracy("defended_clean"), **kept}


def skip(out: Path, head: dict[str, Any], note: str) -> None:
    """An attack.json that says why there is none."""
    write(out, head | {"status": "skipped", "note": note, "attacks": [], "flags": []}, {})


def write(out: Path, record: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    record = {"status": "ok", "note": "", **record}
    with replacing(out) as folder:
        folder.mkdir()
        write_json(folder / "attack.json", record)
        if tensors:
            kept = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
            save_file(kept, folder / "images.safetensors")
