"""One run: a model, trained or fitted with one seed on one data set, and what it leaves behind.

A run's folder holds `run.json` (what, how long, on what), `losses.csv`, samples and the critic's
landscape at a few rounds in `along.safetensors`, and, unless it diverged, `model.safetensors`,
`samples.safetensors` and, where several batches are drawn, those after the first in
`batches.safetensors`.
"""

import csv
import hashlib
import inspect
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from gbench import params as parameters
from gbench.core import plugin
from gbench.core.checkpoint import Checkpoint
from gbench.core.dataset import Dataset
from gbench.core.device import describe, peak_memory_mb
from gbench.core.files import DataError, OutOfRange, UserError, read_json, replacing, write_json
from gbench.core.game import Game, Unsuitable
from gbench.core.learn import Outcome, learn


def execute(
    params: dict[str, Any],
    data: str,
    variant: str,
    seed: int,
    *,
    device: torch.device,
    root: Path = Path(),
    began: float,
) -> Path:
    """Trains one run and writes its folder runs/<data>/<variant>/<seed>, whole or not at all.

    Args:
        params: all of params.yaml.
        device: to train on.
        root: of the repository.
        began: `time.perf_counter()` when the process started, for the cost of imports.

    Raises:
        DataError: the prepared data cannot be read.
    """
    imported = time.perf_counter()
    model = parameters.implementation(params["models"][variant], variant)
    module = plugin.load("zoo/models", model)
    arguments, budget = parameters.model_arguments(params, module, variant, data)
    out = root / "runs" / data / variant / str(seed)
    tricks = parameters.model_tricks(params, variant, data)
    record = planned(module, data, variant, seed, arguments, tricks, budget)
    if note := parameters.left_out(params, variant, seed):
        return leave_out(out, record, note)

    dataset = Dataset.load(root / "data" / data, device)
    loaded = time.perf_counter()
    evaluation = parameters.Evaluation(**params["evaluation"])
    n, batches = min(evaluation.n, len(dataset.test.x)), evaluation.batches
    along = parameters.Along(**params["along"])
    along = along._replace(n=min(along.n, len(dataset.test.x)), metrics=[])
    inputs = [Path(module.__file__ or ""), *(root / "data" / data).glob("*.safetensors")]
    wanted = (n, batches, along, str(device))
    identity = fingerprint(record, *wanted, files=[*inputs, *shared_sources()])
    checkpoint = Checkpoint(
        root / "work" / "checkpoints" / f"{data}-{variant}-{seed}-{identity}.pt",
        every=float(os.environ.get("GBENCH_CHECKPOINT_SECONDS", "30")),
    )
    torch.manual_seed(seed)
    try:
        game = make(model, dataset.shape, dataset.classes, arguments, tricks).to(device)
    except Unsuitable as error:
        return leave_out(out, record, str(error))
    outcome = learn(game, dataset, budget, n, seed, checkpoint, device, along, batches)

    record |= {
        "status": "diverged" if outcome.note else "ok",
        "note": outcome.note,
        "images_seen": steps(game, budget.rounds) * budget.batch or len(dataset.train.x),
        "parameters": sum(parameter.numel() for parameter in game.parameters()),
        "seconds": {"import": imported - began, "data": loaded - imported, **outcome.seconds},
        "memory": peak_memory_mb(device),
        **describe(device),
    }
    card = {
        "model": model,
        "shape": dataset.shape,
        "classes": dataset.classes,
        "build": arguments,
        "tricks": tricks,
    }
    keep(out, record, game, card, outcome)
    checkpoint.discard()
    return out


def steps(game: Game, rounds: int) -> int:
    """How many updates all players together make in so many rounds."""
    return sum(
        player.steps * sum(player.plays(played / rounds) for played in range(rounds))
        for player in game.players().values()
    )


def planned(
    module: ModuleType,
    data: str,
    variant: str,
    seed: int,
    arguments: dict[str, Any],
    tricks: list[Any],
    budget: parameters.Budget,
) -> dict[str, Any]:
    """What is known of a run before it begins."""
    parts = [(module, {}), *map(applied, tricks)]
    return {
        "data": data,
        "variant": variant,
        "family": module.FAMILY,
        "title": " + ".join(part.TITLE + told(keywords) for part, keywords in parts),
        "source": "; ".join(part.SOURCE for part, _ in parts),
        "caveat": getattr(module, "CAVEAT", ""),
        "seed": seed,
        "status": "ok",
        "note": "",
        "hyperparameters": arguments | ({"tricks": tricks} if tricks else {}),
        **budget._asdict(),
    }


def applied(listed: Any) -> tuple[ModuleType, dict[str, Any]]:
    """A listed trick's file and keywords."""
    name, keywords = parameters.trick(listed)
    return plugin.load("games/tricks", name), keywords


def told(keywords: dict[str, Any]) -> str:
    """What a title says of a trick's keywords: " (samples 3)"."""
    return f" ({', '.join(f'{key} {value}' for key, value in keywords.items())})" * bool(keywords)


def leave_out(out: Path, record: dict[str, Any], note: str) -> Path:
    """Writes the folder of a run that is not made."""
    with replacing(out) as folder:
        write_json(folder / "run.json", record | {"status": "skipped", "note": note})
    return out


def make(
    model: str,
    shape: tuple[int, ...],
    classes: int,
    arguments: dict[str, Any],
    tricks: Iterable[Any] = (),
) -> Game:
    """An untrained model for examples of a shape, and of so many classes if it is conditional.

    Args:
        model: the file that it is built from.
        tricks: applied to it in this order, a name or {name: keywords} each.

    Raises:
        Unsuitable: it needs labels where there are none, or another kind of data; or a trick does
            not suit it as it is built for these data, or those before it.
        OutOfRange: a trick has a value that would suit no model.
    """
    return with_tricks(plain(model, shape, classes, arguments), tricks)


def plain(model: str, shape: tuple[int, ...], classes: int, arguments: dict[str, Any]) -> Game:
    """Calls `build(shape, *, ...)`, which knows no classes, or `build(shape, classes, *, ...)`."""
    build = plugin.load("zoo/models", model).build
    if "classes" not in inspect.signature(build).parameters:
        return build(shape, **arguments)
    if classes < 2:
        raise Unsuitable("needs labels of at least 2 classes")
    return build(shape, classes, **arguments)


def with_tricks(game: Game, tricks: Iterable[Any]) -> Game:
    for name, keywords in map(parameters.trick, tricks):
        try:
            game = plugin.load("games/tricks", name).apply(game, **keywords)
        except OutOfRange:
            raise
        except UserError as error:
            raise Unsuitable(f"the trick {name} does not go here: {error}")
    return game


def fingerprint(*things: object, files: Iterable[Path] = ()) -> str:
    """16 hex digits that change with any of the things or the files' contents."""
    digest = hashlib.sha256(json.dumps(things, sort_keys=True, default=str).encode())
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def shared_sources() -> list[Path]:
    """The code that trains, whatever the model."""
    parts = ("core", "games", "zoo/models/shared")
    return [file for part in parts for file in (plugin.PACKAGE / part).rglob("*.py")]


def keep(
    out: Path, record: dict[str, Any], game: Game, card: dict[str, Any], outcome: Outcome
) -> None:
    """Writes the run's folder.

    Args:
        card: from which `untrained` builds the game anew.
    """
    with replacing(out) as folder:
        write_json(folder / "run.json", record)
        with (folder / "losses.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["round", *game.players()])
            rows.writerows([int(row[0]), *(f"{v:.6g}" for v in row[1:])] for row in outcome.log)
        if outcome.samples is not None:
            save_file({"x": outcome.samples}, folder / "samples.safetensors")
            weights = {k: v.contiguous() for k, v in game.state_dict().items()}
            save_file(weights, folder / "model.safetensors", {"card": json.dumps(card)})
        if outcome.batches is not None:
            save_file({"x": outcome.batches}, folder / "batches.safetensors")
        if outcome.along:
            save_file(outcome.along, folder / "along.safetensors")


def fault(folder: Path) -> str:
    """Why a run has no model; empty if it has one.

    Raises:
        DataError: there is no such run.
    """
    record = read_json(folder / "run.json")
    if record["status"] == "ok":
        return ""
    return f"the generator {folder} is {record['status']}: {record['note']}"


def untrained(folder: Path | str, device: torch.device | str = "cpu", seed: int = 0) -> Game:
    """The model of a run's folder as it was before training, its weights drawn by the seed.

    Raises:
        DataError: the run diverged, was skipped, or cannot be read.
    """
    path = Path(folder)
    record = read_json(path / "run.json")
    if record["status"] != "ok":
        raise DataError(f"{path} has no model: {record['status']}, {record['note']}")
    weights = path / "model.safetensors"
    try:
        with safe_open(weights, "pt") as file:
            card = json.loads(file.metadata()["card"])
        what = card["model"], tuple(card["shape"]), card["classes"], card["build"]
        tricks = card.get("tricks", [])
    except (OSError, SafetensorError, KeyError, TypeError) as error:
        raise DataError(f"{weights} cannot be read: {error}")
    torch.manual_seed(seed)
    return make(*what, tricks).to(device).eval()


def load(folder: Path | str, device: torch.device | str = "cpu") -> Game:
    """The trained model of a run's folder, ready to sample: `load("runs/digits/gan/0").sample(9)`.

    Raises:
        DataError: the run diverged, was skipped, or cannot be read.
    """
    game = untrained(folder, device)
    weights = Path(folder) / "model.safetensors"
    try:
        game.load_state_dict(load_file(weights, device=str(device)))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DataError(f"{weights} cannot be read: {error}")
    return game
