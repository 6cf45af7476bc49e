"""What a defence learns before it defends: a network in a folder, beside its card."""

from __future__ import annotations

import time
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from gbench.core.dataset import Dataset
from gbench.core.files import DataError, replacing, write_json
from gbench.robustness import training

WEIGHTS = "defence.safetensors"


def fortify(
    module: ModuleType,
    data: Dataset,
    numbers: dict[str, Any],
    classifiers: Path,
    folder: Path,
    device: torch.device,
) -> None:
    """Trains what the defence learns for one classifier, and writes it into the folder.

    Args:
        module: of gbench/robustness/defences.
        numbers: the keywords of its `build`.
        classifiers: folder of the trained ones.

    Raises:
        DataError: the classifier cannot be read.
    """
    began = time.perf_counter()
    card: dict[str, Any] = {"data": data.name, "numbers": numbers, "status": "skipped", "note": ""}
    learnt: nn.Module | None = None
    if not hasattr(module, "learn"):
        card["note"] = "it has nothing of its own to learn"
    elif note := training.unsuitable(data) or training.fault(classifiers / numbers["classifier"]):
        card["note"] = note
    else:
        classifier = training.load(classifiers / numbers["classifier"], device)
        learnt = module.learn(classifier, data.train, **numbers)
        card |= {"status": "ok", "seconds": time.perf_counter() - began}
    with replacing(folder) as temporary:
        temporary.mkdir()
        write_json(temporary / "card.json", card)
        if learnt is not None:
            weights = {k: v.cpu().contiguous() for k, v in learnt.state_dict().items()}
            save_file(weights, temporary / WEIGHTS)


def untrained(
    module: ModuleType, data: Dataset, numbers: dict[str, Any], device: torch.device
) -> nn.Module:
    """What the defence would learn, before it has."""
    with torch.random.fork_rng():
        torch.manual_seed(numbers["seed"])
        network: nn.Module = module.network(data.shape, **numbers)
    return network.to(device).eval().requires_grad_(False)


def load(
    folder: Path,
    module: ModuleType,
    data: Dataset,
    numbers: dict[str, Any],
    device: torch.device,
) -> nn.Module:
    """Reads what `fortify` wrote.

    Raises:
        DataError: it is missing or damaged.
    """
    network = untrained(module, data, numbers, device)
    try:
        network.load_state_dict(load_file(folder / WEIGHTS))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DataError(f"{folder}/{WEIGHTS} cannot be read: {error}")
    return network
