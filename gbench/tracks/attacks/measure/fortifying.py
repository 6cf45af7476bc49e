"""The learning of a defence before it defends: a network in a folder, next to its card.

A defence's module that learns has `learn(parts, examples, **numbers)`, which gives the trained
network, and `network(parts, shape, **numbers)`, which gives it untrained; the numbers are those of
its `build`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from gbench.core import plugin
from gbench.core.entry import keywords, on
from gbench.core.files import DataError, replacing, write_json
from gbench.core.run import fault
from gbench.tracks.attacks.measure import training
from gbench.tracks.attacks.measure.parts import Parts
from gbench.tracks.attacks.measure.record import DefenceCard
from gbench.zoo.shared import run
from gbench.zoo.shared.dataset import Dataset

WEIGHTS = "defence.safetensors"


@dataclass(frozen=True)
class Sources:
    """Where the parts of a defence are.

    Attributes:
        classifiers: the folder of all that were trained.
        generators: the folder of all that were trained.
        seed: of the generator's training.
    """

    classifiers: Path
    generators: Path
    seed: int
    device: torch.device

    def fault(self, numbers: Mapping[str, Any]) -> str:
        """Why a part that the defence's numbers name is not there; empty if all are.

        Raises:
            DataError: a part was never made.
        """
        if note := training.fault(self.classifiers / numbers["classifier"]):
            return note
        return fault(self._run(numbers["generator"])) if "generator" in numbers else ""

    def parts(self, *, blank: bool = False) -> Parts:
        """
        Args:
            blank: the generators are as they were before training.
        """
        read = run.untrained if blank else run.load
        return Parts(
            classifier=lambda name: training.load(self.classifiers / name, self.device),
            generator=lambda name: read(self._run(name), self.device),
        )

    def _run(self, name: str) -> Path:
        return self.generators / name / str(self.seed)


def entry(params: Mapping[str, Any], name: str, data: str) -> tuple[ModuleType, dict[str, Any]]:
    """A defence's file, and all keywords of its `build` on one data set."""
    given = on(params["defences"][name], data)
    module = plugin.load("tracks/attacks/defences", given.pop("file", name))
    return module, defaults(module.build) | given


def defaults(build: Callable[..., Any]) -> dict[str, Any]:
    return {name: parameter.default for name, parameter in keywords(build).items()}


def fortify(
    module: ModuleType,
    data: Dataset,
    numbers: dict[str, Any],
    sources: Sources,
    folder: Path,
) -> None:
    """Trains what the defence learns for one classifier, and writes it into the folder.

    Args:
        module: of gbench/tracks/attacks/defences.
        numbers: the keywords of its `build`.
        sources: where its parts are.

    Raises:
        DataError: a part cannot be read.
    """
    began = time.perf_counter()
    card: DefenceCard = {"data": data.name, "numbers": numbers, "status": "skipped", "note": ""}
    learnt: nn.Module | None = None
    if not hasattr(module, "learn"):
        card["note"] = "it has nothing of its own to learn"
    elif note := training.unsuitable(data) or sources.fault(numbers):
        card["note"] = note
    else:
        learnt = module.learn(sources.parts(), data.train, **numbers)
        card["status"], card["seconds"] = "ok", time.perf_counter() - began
    with replacing(folder) as temporary:
        temporary.mkdir()
        write_json(temporary / "card.json", card)
        if learnt is not None:
            weights = {k: v.cpu().contiguous() for k, v in learnt.state_dict().items()}
            save_file(weights, temporary / WEIGHTS)


def untrained(
    module: ModuleType, data: Dataset, numbers: dict[str, Any], parts: Parts
) -> nn.Module:
    """The network that the defence would learn, untrained."""
    with torch.random.fork_rng():
        torch.manual_seed(numbers["seed"])
        network: nn.Module = module.network(parts, data.shape, **numbers)
    return network.to(data.train.x.device).eval().requires_grad_(False)


def load(
    folder: Path,
    module: ModuleType,
    data: Dataset,
    numbers: dict[str, Any],
    parts: Parts,
) -> nn.Module:
    """Reads what `fortify` wrote.

    Raises:
        DataError: it is missing or damaged.
    """
    network = untrained(module, data, numbers, parts)
    try:
        network.load_state_dict(load_file(folder / WEIGHTS))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DataError(f"{folder}/{WEIGHTS} cannot be read: {error}")
    return network
