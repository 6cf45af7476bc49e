"""Trains a classifier, and keeps it in a folder.

A classifier's module may have `loss(x, y)`, which is descended in place of the cross-entropy, or
`solve(examples, seed)`, which sets it without any descent.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import cross_entropy
from tqdm import trange

from gbench.core import plugin
from gbench.core.batches import Batches
from gbench.core.entry import implementation, on
from gbench.core.files import DataError, read_json, replacing, write_json
from gbench.tracks.attacks.measure.record import ClassifierCard, NoClassifier
from gbench.zoo.shared.dataset import Dataset, Examples

LESSON = ("rounds", "batch", "lr")  # of a classifier's training, which its entry may change


def classifier_entry(
    params: dict[str, Any], name: str, data: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The keyword arguments of a classifier's `build`, and of its training: those of the section
    `classifier`, but for what its own entry says."""
    entry = on(params["classifiers"][name], data)
    lesson = dict(params["classifier"])
    return entry, lesson | {key: entry.pop(key) for key in LESSON if key in entry}


def train(
    network: nn.Module, examples: Examples, *, rounds: int, batch: int, lr: float, seed: int
) -> None:
    """Descends the network's loss by Adam, the step size falling to 0 along half a cosine.

    Args:
        network: images [B, C, H, W] to logits [B, classes].
        examples: the training split.
        rounds: steps of Adam.
        batch: B.
        lr: the first step size.
        seed: of the order of the examples.
    """
    descended = getattr(network, "loss", None) or (lambda x, y: cross_entropy(network(x), y))
    network.train()
    batches = Batches(examples, batch, seed)
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, rounds)
    for _ in trange(rounds, desc="classifier", mininterval=1):
        x, y = next(batches)
        loss = descended(x, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    network.eval()


def teach(
    network: Any, examples: Examples, *, rounds: int, batch: int, lr: float, seed: int
) -> int:
    """Solves for the network if it can be solved for, and else trains it; the rounds it took."""
    if hasattr(network, "solve"):
        network.solve(examples, seed)
        return 0
    train(network, examples, rounds=rounds, batch=batch, lr=lr, seed=seed)
    return rounds


@torch.no_grad()
def accuracy(network: nn.Module, examples: Examples) -> float:
    """The share of examples that the network puts into their class."""
    hits = [
        (network(x).argmax(1) == y).sum()
        for x, y in zip(examples.x.split(1000), examples.y.split(1000), strict=True)
    ]
    return int(sum(hits)) / len(examples.x)


def unsuitable(data: Dataset) -> str:
    """Why a data set has no classifiers and no attacks; empty if it has."""
    if data.kind != "images":
        return "points are not attacked"
    return "" if data.classes else "the data set has no labels"


def make(
    data: Dataset,
    name: str,
    entry: dict[str, Any],
    folder: Path,
    device: torch.device,
    *,
    rounds: int = 1000,
    batch: int = 64,
    lr: float = 2e-3,
    seed: int = 0,
) -> None:
    """Builds a classifier, trains it and writes it into the folder.

    Args:
        entry: the keyword arguments of its `build`, and under `file` the file of it in
            gbench/tracks/attacks/classifiers, if that has another name.
        rounds, batch, lr, seed: of `train`; the seed also draws the first weights.
    """
    begin = time.perf_counter()
    none: NoClassifier = {"name": name, "data": data.name, "status": "skipped", "note": ""}
    if note := unsuitable(data):
        write_card(folder, {**none, "note": note}, {})
        return
    torch.manual_seed(seed)
    build = {key: value for key, value in entry.items() if key != "file"}
    file = implementation(entry, name)
    network = plugin.load("tracks/attacks/classifiers", file).build(
        data.shape, data.classes, **build
    )
    network.to(device)
    rounds = teach(network, data.train, rounds=rounds, batch=batch, lr=lr, seed=seed)
    weights = {key: value.cpu().contiguous() for key, value in network.state_dict().items()}
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        note = "its training diverged: weights are not finite; a smaller lr may help"
        write_card(folder, {**none, "status": "diverged", "note": note}, {})
        return
    card: ClassifierCard = {
        **none,
        "status": "ok",
        "test_accuracy": accuracy(network, data.test),
        "train_accuracy": accuracy(network, data.train),
        "hash": digest(weights),
        "seconds": time.perf_counter() - begin,
        "rounds": rounds,
        "batch": batch,
        "lr": lr,
        "seed": seed,
        "build": {"shape": list(data.shape), "classes": data.classes, **build},
        "file": file,
    }
    write_card(folder, card, weights)


def write_card(folder: Path, card: NoClassifier, weights: dict[str, torch.Tensor]) -> None:
    with replacing(folder) as temporary:
        temporary.mkdir()
        write_json(temporary / "card.json", card)
        if weights:
            save_file(weights, temporary / "classifier.safetensors")


def digest(weights: dict[str, torch.Tensor]) -> str:
    """Twelve hexadecimal digits that name these weights."""
    sha = hashlib.sha256()
    for key in sorted(weights):
        sha.update(key.encode() + weights[key].numpy().tobytes())
    return sha.hexdigest()[:12]


def fault(folder: Path) -> str:
    """Why a folder holds no classifier; empty if it holds one.

    Raises:
        DataError: `make` wrote none.
    """
    card = read_json(folder / "card.json")
    return "" if card["status"] == "ok" else f"{folder.name}: {card['note']}"


def load_all(folder: Path, names: Iterable[str], device: torch.device) -> list[nn.Module]:
    """Those of the named classifiers in folder/<name> that there are."""
    return [load(folder / name, device) for name in names if not fault(folder / name)]


def load(folder: Path, device: torch.device) -> nn.Module:
    """Reads a classifier that `make` wrote.

    Raises:
        DataError: the folder holds none.
    """
    card = read_json(folder / "card.json")
    if card["status"] != "ok":
        raise DataError(f"{folder} holds no classifier: {card['note']}")
    build = dict(card["build"])
    shape, classes = tuple(build.pop("shape")), build.pop("classes")
    module = plugin.load("tracks/attacks/classifiers", implementation(card, card["name"]))
    network = module.build(shape, classes, **build)
    try:
        network.load_state_dict(load_file(folder / "classifier.safetensors"))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DataError(f"{folder}/classifier.safetensors cannot be read: {error}")
    return network.to(device).eval().requires_grad_(False)
