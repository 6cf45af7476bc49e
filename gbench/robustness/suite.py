"""All attacks on one bare classifier, or on one defence; written as the report reads them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from gbench.core import plugin
from gbench.core.dataset import Dataset
from gbench.core.device import describe
from gbench.core.files import read_json, replacing, write_json
from gbench.params import keywords
from gbench.robustness import gates, training
from gbench.robustness.battle import Battle, classes_of
from gbench.robustness.settings import settings


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
    record |= {
        **battle.accuracy("clean"),
        "defended_clean_accuracy": None,
        "examples": examples,
        "defence_parameters": {},
        "seconds": time.perf_counter() - began,
        **describe(device),
    }
    tensors = {"original": originals, "adversarial": adversarial, **battle.tensors()}
    write(out, head | record, tensors)


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
    target = module.build(lambda _: network, lambda _: run.load(source, device), **numbers)
    blank = module.build(lambda _: network, lambda _: run.untrained(source, device), **numbers)
    alone, behind = Battle(network, dataset, chosen), Battle(target, dataset, chosen)
    attack_obliviously(alone, behind, params["attacks"], name)
    attack_adaptively(behind, target, name)
    record = behind.record(defended=True)
    record["flags"] += masked(behind, target, name)
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
    alone: Battle, behind: Battle, attacks: dict[str, dict[str, Any] | None], name: str
) -> None:
    """The same attacks on the bare classifier, and, made on it, shown to the defence."""
    chosen, network = alone.settings, alone.target
    for file in tqdm(chosen.oblivious, desc=f"attacks that do not know of {name}"):
        given = {**(attacks.get(file) or {}), **chosen.attacks.get(file, {})}
        alone.attack(file, given)
        behind.attack(file, given, name=f"{file}_oblivious", oblivious_of=network)


def attack_adaptively(behind: Battle, target: Any, name: str) -> None:
    """Attacks through the defence `target`, by each gradient path that params.yaml names."""
    chosen = behind.settings
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


def masked(behind: Battle, target: Any, name: str) -> list[str]:
    """Signs that a gradient path through the defence `target` is blocked, not closed."""
    chosen = behind.settings
    few = slice(min(chosen.adaptive_images.values()))
    return [
        flag
        for path in chosen.adaptive
        if path != "none"
        for flag in gates.of_target(
            f"{name} by {path}", target.by(path), behind.x[few], behind.y[few]
        )
    ]


def ablation(battle: Battle, network: nn.Module) -> dict[str, Any]:
    """What the defence is worth without what its generator has learnt: clean, and under FGSM."""
    battle.attack("fgsm", {}, name="fgsm_oblivious", oblivious_of=network)
    found = battle.trials[0].record()
    kept = {key: found[key] for key in ("name", "eps", "robust_accuracy", "wilson")}
    return {**battle.accuracy("defended_clean"), **kept}


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
    write(out, head | {"status": "skipped", "note": note, "attacks": [], "flags": []}, {})


def write(out: Path, record: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    record = {"status": "ok", "note": "", **record}
    with replacing(out) as folder:
        folder.mkdir()
        write_json(folder / "attack.json", record)
        if tensors:
            kept = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
            save_file(kept, folder / "images.safetensors")
