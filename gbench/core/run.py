"""One run: a game, trained or fitted with one seed on some examples, and what it leaves behind.

A run's folder holds `run.json` (a `RunRecord`), `losses.csv`, what was kept on the way in
`along.safetensors`, and, unless it diverged, the weights in `model.safetensors` and each `Final`
file.  What is built, of what, and what is kept are the caller's: see `Plan`.
"""

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from gbench.core.batches import length
from gbench.core.budget import Budget
from gbench.core.checkpoint import resumable
from gbench.core.device import describe, peak_memory_mb
from gbench.core.files import DataError, read_json, replacing, write_json
from gbench.core.game import Game, Unsuitable
from gbench.core.learn import Keep, Outcome, learn
from gbench.core.record import Planned, RunRecord

CORE = Path(__file__).parent


@dataclass(frozen=True)
class Plan:
    """All that decides a run.

    Attributes:
        record: what is known of it before it begins.
        build: the game, on its device, its weights drawn from PyTorch's stream; raises Unsuitable
            if it cannot learn such examples.
        examples: a NamedTuple of tensors [N, ...], on the device.
        budget: how long it is trained.
        keep: what is kept of it.
        decides: whatever else decides numbers, as JSON or as text; an unfinished run of another is
            never resumed.
        sources: files of data, and files or folders of code, that decide numbers as well; the
            core's own code always does.
        card: written with the weights, and read by `card`; says how to build the game anew.
        seconds: spent before it began, by phase.
    """

    record: Planned
    build: Callable[[], Game]
    examples: tuple[Tensor, ...]
    budget: Budget
    keep: Keep
    decides: tuple[object, ...] = ()
    sources: Iterable[Path] = ()
    card: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


def execute(plan: Plan, out: Path, checkpoints: Path, device: torch.device) -> Path:
    """Trains one run and writes its folder, whole or not at all.

    If it is interrupted, the next call resumes it to the same numbers.

    Args:
        out: the run's folder, written anew.
        checkpoints: the folder of unfinished trainings.
        device: that the examples are on.
    """
    record, seed = plan.record, plan.record["seed"]
    sources = [*plan.sources, CORE]
    identity = fingerprint(record, *plan.decides, str(device), files=files_in(sources))
    name = f"{record['data']}-{record['variant']}-{seed}-{identity}"
    checkpoint = resumable(checkpoints, name)
    torch.manual_seed(seed)
    try:
        game = plan.build()
    except Unsuitable as error:
        return leave_out(out, record, str(error))
    outcome = learn(game, plan.examples, plan.budget, seed, checkpoint, device, plan.keep)
    write(out, ended(plan, game, outcome, device), game, plan.card, outcome)
    checkpoint.discard()
    return out


def ended(plan: Plan, game: Game, outcome: Outcome, device: torch.device) -> RunRecord:
    """The record of a run that was made, to its end or until it diverged."""
    about: RunRecord = {
        **plan.record,
        "status": "diverged" if outcome.note else "ok",
        "note": outcome.note,
        "images_seen": steps(game, plan.budget.rounds) * plan.budget.batch or length(plan.examples),
        "parameters": sum(parameter.numel() for parameter in game.parameters()),
        "seconds": {**plan.seconds, **outcome.seconds},
        "memory": peak_memory_mb(device),
        **describe(device),
    }
    return about


def steps(game: Game, rounds: int) -> int:
    """How many updates all players together make in so many rounds."""
    return sum(
        player.steps * sum(player.plays(played / rounds) for played in range(rounds))
        for player in game.players().values()
    )


def leave_out(out: Path, record: Planned, note: str) -> Path:
    """Writes the folder of a run that is not made."""
    skipped: Planned = {**record, "status": "skipped", "note": note}
    with replacing(out) as folder:
        write_json(folder / "run.json", skipped)
    return out


def write(
    out: Path, record: RunRecord, game: Game, card: Mapping[str, Any], outcome: Outcome
) -> None:
    """Writes the run's folder."""
    with replacing(out) as folder:
        write_json(folder / "run.json", record)
        with (folder / "losses.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["round", *game.players()])
            rows.writerows([int(row[0]), *(f"{v:.6g}" for v in row[1:])] for row in outcome.log)
        if not outcome.note:
            weights = {k: v.contiguous() for k, v in game.state_dict().items()}
            save_file(weights, folder / "model.safetensors", {"card": json.dumps(card)})
        for name, tensors in {**outcome.final, "along": outcome.along}.items():
            if tensors:
                save_file(tensors, folder / f"{name}.safetensors")


def fingerprint(*things: object, files: Iterable[Path] = ()) -> str:
    """16 hex digits that change with any of the things or the files' contents."""
    digest = hashlib.sha256(json.dumps(things, sort_keys=True, default=str).encode())
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def files_in(sources: Iterable[Path]) -> list[Path]:
    """The sources that are files, and the Python files in those that are folders."""
    return [file for path in sources for file in (path.rglob("*.py") if path.is_dir() else [path])]


def fault(folder: Path) -> str:
    """Why a run has no model; empty if it has one.

    Raises:
        DataError: there is no such run.
    """
    record = read_json(folder / "run.json")
    if record["status"] == "ok":
        return ""
    return f"the run {folder} is {record['status']}: {record['note']}"


def card(folder: Path) -> dict[str, Any]:
    """What a run's plan says of how its game is built.

    Raises:
        DataError: the run diverged, was skipped, or cannot be read.
    """
    record = read_json(folder / "run.json")
    if record["status"] != "ok":
        raise DataError(f"{folder} has no model: {record['status']}, {record['note']}")
    weights = folder / "model.safetensors"
    try:
        with safe_open(weights, "pt") as file:
            return json.loads(file.metadata()["card"])
    except (OSError, SafetensorError, KeyError, TypeError) as error:
        raise DataError(f"{weights} cannot be read: {error}")


def restore(game: Game, folder: Path, device: torch.device | str) -> Game:
    """The game with the weights of a run's folder.

    Raises:
        DataError: they cannot be read, or are of another game.
    """
    weights = folder / "model.safetensors"
    try:
        game.load_state_dict(load_file(weights, device=str(device)))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DataError(f"{weights} cannot be read: {error}")
    return game
