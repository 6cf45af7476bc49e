"""One run: a model, trained or fitted with one seed on one data set, and what it leaves behind.

A run's folder holds `run.json` (what, how long, on what), `losses.csv`, and, unless it diverged,
`model.safetensors` and `samples.safetensors`.
"""

import csv
import hashlib
import json
import math
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import tqdm

from gbench import params as parameters
from gbench.core import plugin
from gbench.core.checkpoint import Checkpoint, random_state, set_random_state
from gbench.core.dataset import Batches, Dataset
from gbench.core.device import describe, peak_memory_mb
from gbench.core.files import DataError, read_json, replacing, write_json
from gbench.core.game import Fitted, Game
from gbench.core.train import adam, train

LOGGED = 200  # rows of losses.csv, whatever the number of rounds


class Diverged(Exception):
    """A loss is no longer finite; the text says where.

    Attributes:
        log: the logged losses until then, as `play` returns them.
    """

    def __init__(self, text: str, log: list[list[float]] | None = None):
        super().__init__(text)
        self.log = log or []


def fingerprint(*things: object, files: Iterable[Path] = ()) -> str:
    """16 hex digits that change with any of the things or the files' contents."""
    digest = hashlib.sha256(json.dumps(things, sort_keys=True, default=str).encode())
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def play(
    game: Game,
    dataset: Dataset,
    *,
    rounds: int,
    batch: int,
    precision: parameters.Precision = "float32",
    seed: int,
    checkpoint: Checkpoint,
    device: torch.device,
) -> tuple[list[list[float]], float]:
    """Trains the game; resumes from the checkpoint if there is one, to the same numbers.

    Returns the logged losses, a row [round, loss of each player] at a time, and the seconds that
    training took, those before an interruption included.

    Raises:
        Diverged: a logged loss is not finite.
    """
    batches = Batches(dataset.train, batch, seed)
    optimizers = adam(game)
    log: list[list[float]] = []
    start, before = 0, 0.0
    if state := checkpoint.load(device):
        game.load_state_dict(state["game"])
        for name, optimizer in optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        batches.load_state_dict(state["batches"])
        set_random_state(state["random"], device)
        start, log, before = state["round"], state["log"], state["seconds"]
    began = time.monotonic()
    every = max(1, rounds // LOGGED)
    bar = tqdm(total=rounds, initial=start, unit="round", mininterval=2.0)
    for round_, losses in train(game, batches, optimizers, rounds, start, precision):
        if round_ % every == 0 or round_ == rounds:
            values = torch.stack([*losses.values()]).tolist()
            log.append([round_, *values])
            bar.update(round_ - bar.n)
            if not all(math.isfinite(value) for value in values):
                shown = ", ".join(f"{k} {v:g}" for k, v in zip(losses, values, strict=True))
                raise Diverged(f"diverged at round {round_} of {rounds}: {shown}", log)
            if checkpoint.due():
                checkpoint.save(
                    {
                        "game": game.state_dict(),
                        "optimizers": {k: o.state_dict() for k, o in optimizers.items()},
                        "batches": batches.state_dict(),
                        "random": random_state(device),
                        "round": round_,
                        "log": log,
                        "seconds": before + time.monotonic() - began,
                    }
                )
    bar.close()
    return log, before + time.monotonic() - began


@torch.no_grad()
def draw(game: Game, n: int, kind: str, chunk: int = 1000) -> Tensor:
    """n samples [n, *shape] on the CPU, float32; pixels are clamped to [0, 1].

    Raises:
        Diverged: a sample is not finite.
    """
    game.eval()
    sizes = [min(chunk, n - begin) for begin in range(0, n, chunk)]
    samples = torch.cat([game.sample(size).float().cpu() for size in sizes])
    if not samples.isfinite().all():
        raise Diverged("diverged: samples are not finite")
    return samples.clamp(0, 1) if kind == "images" else samples


class Outcome(NamedTuple):
    """What training a game came to.

    Attributes:
        samples: [n, *shape] on the CPU; None if it diverged.
        log: a row [round, loss of each player] at a time.
        note: why it diverged; empty if it did not.
        seconds: spent on training, and on sampling.
    """

    samples: Tensor | None
    log: list[list[float]]
    note: str
    seconds: dict[str, float]


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
    module = plugin.load("generative", variant)
    arguments, budget = parameters.model_arguments(params, module, variant, data)
    out = root / "runs" / data / variant / str(seed)
    record: dict[str, Any] = {
        "data": data,
        "variant": variant,
        "family": module.FAMILY,
        "title": module.TITLE,
        "source": module.SOURCE,
        "seed": seed,
        "status": "ok",
        "note": "",
        "hyperparameters": arguments,
        **budget._asdict(),
    }
    if params["quick"] and seed not in params["quick_seeds"]:
        note = f"quick mode trains quick_seeds only: {params['quick_seeds']}"
        with replacing(out) as folder:
            write_json(folder / "run.json", record | {"status": "skipped", "note": note})
        return out

    dataset = Dataset.load(root / "data" / data, device)
    loaded = time.perf_counter()
    n = min(parameters.Evaluation(**params["evaluation"]).n, len(dataset.test.x))
    inputs = [Path(module.__file__ or ""), *(root / "data" / data).glob("*.safetensors")]
    identity = fingerprint(record, n, str(device), files=[*inputs, *shared_sources()])
    checkpoint = Checkpoint(
        root / "work" / "checkpoints" / f"{data}-{variant}-{seed}-{identity}.pt",
        every=float(os.environ.get("GBENCH_CHECKPOINT_SECONDS", "30")),
    )
    torch.manual_seed(seed)
    game = module.build(dataset.shape, **arguments).to(device)
    outcome = learn(game, dataset, budget, n, seed, checkpoint, device)

    steps = sum(player.steps for player in game.players().values())
    record |= {
        "status": "diverged" if outcome.note else "ok",
        "note": outcome.note,
        "images_seen": steps * budget.rounds * budget.batch or len(dataset.train.x),
        "parameters": sum(parameter.numel() for parameter in game.parameters()),
        "seconds": {"import": imported - began, "data": loaded - imported, **outcome.seconds},
        "memory": peak_memory_mb(device),
        **describe(device),
    }
    card = {"variant": variant, "shape": dataset.shape, "build": arguments}
    keep(out, record, game, card, outcome)
    checkpoint.discard()
    return out


def shared_sources() -> list[Path]:
    """The code that trains, whatever the model."""
    parts = ("core", "nets", "adversarial")
    return [file for part in parts for file in (plugin.PACKAGE / part).glob("*.py")]


def learn(
    game: Game,
    dataset: Dataset,
    budget: parameters.Budget,
    n: int,
    seed: int,
    checkpoint: Checkpoint,
    device: torch.device,
) -> Outcome:
    """Trains or fits the game and draws n samples; that it diverged is an outcome, not an error."""
    log: list[list[float]] = []
    seconds = {"train": 0.0, "sample": 0.0}
    try:
        start = time.perf_counter()
        if isinstance(game, Fitted):
            game.fit(dataset.train.x, seed)
            seconds["train"] = time.perf_counter() - start
        else:
            log, seconds["train"] = play(
                game, dataset, **budget._asdict(), seed=seed, checkpoint=checkpoint, device=device
            )
        start = time.perf_counter()
        samples = draw(game, n, dataset.kind)
        seconds["sample"] = time.perf_counter() - start
    except Diverged as error:
        return Outcome(None, log or error.log, str(error), seconds)
    return Outcome(samples, log, "", seconds)


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
    except (OSError, SafetensorError, KeyError, TypeError) as error:
        raise DataError(f"{weights} cannot be read: {error}")
    torch.manual_seed(seed)
    game = plugin.load("generative", card["variant"]).build(tuple(card["shape"]), **card["build"])
    return game.to(device).eval()


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
