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
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import tqdm

from gbench import params as parameters
from gbench.core import plugin
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


class Checkpoint:
    """The state of an unfinished training, in one file outside DVC's outputs.

    The file's name holds the fingerprint of everything that decides the numbers, so a checkpoint
    of other settings, data or code is never resumed.

    Args:
        path: of the file.
        every: seconds between two savings.
    """

    def __init__(self, path: Path, every: float = 30.0):
        self.path, self.every = path, every
        self.saved = time.monotonic()

    def due(self) -> bool:
        return time.monotonic() - self.saved >= self.every

    def save(self, state: dict[str, Any]) -> None:
        with replacing(self.path) as temporary:
            torch.save(state, temporary)
        self.saved = time.monotonic()

    def load(self, device: torch.device) -> dict[str, Any] | None:
        """The saved state; None if there is none, or none that can be read."""
        try:
            return torch.load(self.path, map_location="cpu", weights_only=True)
        except FileNotFoundError:
            return None
        except Exception as error:  # a torn file costs time, not the run
            print(f"{self.path} cannot be read and is ignored: {error}")
            return None

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)


def random_state(device: torch.device) -> dict[str, Tensor]:
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def set_random_state(state: dict[str, Tensor], device: torch.device) -> None:
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)


def play(
    game: Game,
    dataset: Dataset,
    *,
    rounds: int,
    batch: int,
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
    for round_, losses in train(game, batches, optimizers, rounds, start):
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
        record |= {"status": "skipped", "note": note}
        with replacing(out) as folder:
            write_json(folder / "run.json", record)
        return out

    dataset = Dataset.load(root / "data" / data, device)
    loaded = time.perf_counter()
    torch.manual_seed(seed)
    game = module.build(dataset.shape, **arguments).to(device)
    sources = [Path(module.__file__ or ""), *(root / "data" / data).glob("*.safetensors")]
    for part in ("core", "nets", "adversarial"):
        sources += (plugin.PACKAGE / part).glob("*.py")
    identity = fingerprint(
        record,
        params["evaluation"]["n"],
        str(device),
        files=[*sources, Path(module.__file__ or "")],
    )
    checkpoint = Checkpoint(
        root / "work" / "checkpoints" / f"{data}-{variant}-{seed}-{identity}.pt",
        every=float(os.environ.get("GBENCH_CHECKPOINT_SECONDS", "30")),
    )

    log: list[list[float]] = []
    samples = None
    training = sampling = 0.0
    try:
        if isinstance(game, Fitted):
            start = time.perf_counter()
            game.fit(dataset.train.x, seed)
            training = time.perf_counter() - start
        else:
            log, training = play(
                game,
                dataset,
                **budget._asdict(),
                seed=seed,
                checkpoint=checkpoint,
                device=device,
            )
        start = time.perf_counter()
        n = min(params["evaluation"]["n"], len(dataset.test.x))
        samples = draw(game, n, dataset.kind)
        sampling = time.perf_counter() - start
    except Diverged as error:
        record |= {"status": "diverged", "note": str(error)}
        log = log or error.log

    steps = sum(player.steps for player in game.players().values())
    record |= {
        "images_seen": steps * budget.rounds * budget.batch or len(dataset.train.x),
        "parameters": sum(parameter.numel() for parameter in game.parameters()),
        "seconds": {
            "import": imported - began,
            "data": loaded - imported,
            "train": training,
            "sample": sampling,
        },
        "memory": peak_memory_mb(device),
        **describe(device),
    }
    with replacing(out) as folder:
        write_json(folder / "run.json", record)
        with (folder / "losses.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["round", *game.players()])
            rows.writerows([int(row[0]), *(f"{v:.6g}" for v in row[1:])] for row in log)
        if samples is not None:
            save_file({"x": samples}, folder / "samples.safetensors")
            weights = {k: v.contiguous() for k, v in game.state_dict().items()}
            card = {"variant": variant, "shape": dataset.shape, "build": arguments}
            save_file(weights, folder / "model.safetensors", {"card": json.dumps(card)})
    checkpoint.discard()
    return out


def load(folder: Path | str, device: torch.device | str = "cpu") -> Game:
    """The trained model of a run's folder, ready to sample: `load("runs/digits/gan/0").sample(9)`.

    Raises:
        DataError: the run diverged, was skipped, or cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(folder)
    record = read_json(path / "run.json")
    if record["status"] != "ok":
        raise DataError(f"{path} has no model: {record['status']}, {record['note']}")
    weights = path / "model.safetensors"
    try:
        with safe_open(weights, "pt") as file:
            card = json.loads(file.metadata()["card"])
        state = load_file(weights, device=str(device))
    except (OSError, SafetensorError, KeyError, TypeError) as error:
        raise DataError(f"{weights} cannot be read: {error}")
    game = plugin.load("generative", card["variant"]).build(tuple(card["shape"]), **card["build"])
    game.load_state_dict(state)
    return game.to(device).eval()
