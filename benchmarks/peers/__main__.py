"""Beside other libraries, from a checkout of theirs: `python -m benchmarks.peers CHECKOUT`.

For eriklindernoren/PyTorch-GAN and clementchadebec/benchmark_VAE: their training beside gbench's,
with the same data, networks, initial weights, batch and number of steps.  First one update of each
is compared: from the same weights, images and noise it must be the same, or there is no table.
Then, seed by seed and in turns, ours and theirs train, each in a process of its own with one
thread.  Printed, and written to benchmarks/results/, are training steps per second of CPU time,
their ratio, the share of its time that theirs spends in its data loader, and the FID (judge) of
both.

Nothing of theirs is part of gbench: the checkout is read when this runs.
"""

import argparse
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import torch

from benchmarks.peers import pythae, pytorch_gan
from benchmarks.peers.trial import Trained, Trial, alone
from gbench.core.device import single_thread
from gbench.core.files import UserError
from gbench.params import read
from gbench.protocol import judge as judges
from gbench.protocol.evaluation import Court
from gbench.protocol.evidence import Skip
from gbench.protocol.metrics.fid import frechet
from gbench.stats import estimate
from gbench.zoo import data as datasets
from gbench.zoo.shared.dataset import Dataset, Examples

RESULTS = Path(__file__).parents[1] / "results"
PEERS = (pytorch_gan, pythae)
BATCH = 64  # the default of both
EPOCH = 5  # batches of which an epoch is a multiple: their WGANs count critic steps in each anew
EQUAL = 1e-6  # of an update: what rounding may do in double precision
HEADS = ("model", "steps", "theirs, steps/s", "ours, steps/s", "ours / theirs (range)")
HEADS += ("theirs in its loader", "theirs, FID (judge)", "ours, FID (judge)")


class Outcome(NamedTuple):
    """A model's trainings, seed by seed, and their FIDs; NaN where samples are not finite."""

    steps: int
    theirs: list[Trained]
    ours: list[Trained]
    their_fids: list[float]
    our_fids: list[float]


def peer_in(checkout: Path) -> ModuleType:
    """
    Raises:
        UserError: it is none that is known.
    """
    for peer in PEERS:
        if peer.here(checkout):
            return peer
    known = " or ".join(peer.NAME for peer in PEERS)
    raise UserError(f"{checkout} is no checkout of {known}")


def cut(dataset: Dataset) -> Dataset:
    """The data set, with as much of its training split as fills whole epochs."""
    n = len(dataset.train.x) // (BATCH * EPOCH) * BATCH * EPOCH
    return replace(dataset, train=Examples(*(part[:n] for part in dataset.train)))


def court(dataset: Dataset, folder: Path) -> Court:
    """Saves the data set in folder/data, and its judge beside it."""
    dataset.save(folder / "data")
    judge = judges.build(dataset, **(read()["judge"] or {}))
    judge.save(folder / "judge", dataset, seconds=0.0)
    return Court.load(folder / "data", folder / "judge")


def fid(trained: Trained, of: Court) -> float:
    try:
        return frechet(of.see(trained.samples).features, of.test.features)
    except Skip:
        return math.nan


def compare(peer: ModuleType, trial: Trial, seeds: int, of: Court) -> Outcome:
    """
    Raises:
        UserError: one update from the same weights is not the same.
    """
    differs = alone(peer.difference, trial)
    if differs > EQUAL:
        raise UserError(
            f"{trial.model}: one update differs from theirs by {differs:.1e} of itself, so the two "
            "do not compute the same and their speeds say nothing"
        )
    outcome = Outcome(trial.epochs * len(of.train) // trial.batch, [], [], [], [])
    for seed in range(seeds):
        for work, trained, fids in (
            (peer.ours, outcome.ours, outcome.our_fids),
            (peer.theirs, outcome.theirs, outcome.their_fids),
        ):
            trained.append(alone(work, trial._replace(seed=seed)))
            fids.append(fid(trained[-1], of))
    return outcome


def line(model: str, found: Outcome) -> str:
    rates = [
        f"{found.steps / statistics.median(each.seconds for each in side):.3g}"
        for side in (found.theirs, found.ours)
    ]
    pairs = zip(found.theirs, found.ours, strict=True)
    ratios = [theirs.seconds / ours.seconds for theirs, ours in pairs]
    ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    loading = statistics.median(each.loading / each.seconds for each in found.theirs)
    fids = [mean(found.their_fids), mean(found.our_fids)]
    return row([model, f"{found.steps:,}", *rates, ratio, f"{loading:.0%}", *fids])


def mean(fids: Sequence[float]) -> str:
    """With Student's 95 % interval, where there are several."""
    found = estimate(fids)
    if found is None or not math.isfinite(found.mean):
        return "diverged"
    return f"{found.mean:.1f}" + (f" ± {found.half:.1f}" if found.half is not None else "")


def row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def commit(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "rev-parse", "--short=10", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def processor() -> str:
    """Its name where Linux tells, else its kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def head(peer: ModuleType, given: argparse.Namespace) -> list[str]:
    chosen = f" --models {' '.join(given.models)}" if given.models else ""
    return [
        f"# Beside {peer.NAME}, on {given.data}",
        "",
        f"`python -m benchmarks.peers CHECKOUT --data {given.data} --epochs {given.epochs} "
        f"--seeds {given.seeds}{chosen}`, {date.today():%d %B %Y}, {processor()}, one thread a "
        f"process, Python {platform.python_version()}, PyTorch {torch.__version__}; commit "
        f"{commit(given.checkout)} of {peer.NAME} ({peer.LICENCE}), read from a checkout.",
        "",
        f"Both have {peer.SAME}. A step is one batch of {BATCH}; seconds are CPU time of the "
        "training loop. Rates and ratio are medians over the seeds, whose trainings take turns; "
        "FID (judge) is the mean with its 95 % interval, of as many samples as the test split has.",
        "",
        row(HEADS),
        f"| --- |{' ---: |' * (len(HEADS) - 1)}",
    ]


def tail(peer: ModuleType, models: Sequence[str], courts: Sequence[Court]) -> list[str]:
    floors = ", ".join(
        f"{frechet(each.validation.features, each.test.features):.1f} at "
        f"{each.shape[1]}x{each.shape[2]}"
        for each in courts
    )
    notes = [f"- {name}: {peer.MODELS[name].note}." for name in models if peer.MODELS[name].note]
    return [
        "",
        f"FID (judge) of real images, the validation split: {floors}. One update of theirs and of "
        "ours, from the same weights, images and draws in double precision, differ by less than "
        f"{EQUAL:.0e} of it.",
        *(["", *notes] if notes else []),
    ]


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("checkout", type=Path, help="a folder with the peer's repository")
    parser.add_argument("--data", default="digits", help="as in params.yaml")
    parser.add_argument("--epochs", type=int, default=100, help="of each training")
    parser.add_argument("--seeds", type=int, default=3, help="how many trainings of each model")
    parser.add_argument("--models", nargs="+", help="of theirs; all that are known unless given")
    parser.add_argument("--to", type=Path, help="the file to write")
    return parser.parse_args(arguments)


def run(given: argparse.Namespace) -> Path:
    """Writes the table; returns its file.

    Raises:
        UserError: the checkout, a model or the data are not what can be compared.
    """
    given.checkout = given.checkout.resolve()
    peer = peer_in(given.checkout)
    models = given.models or [*peer.MODELS]
    if unknown := [name for name in models if name not in peer.MODELS]:
        raise UserError(f"no {', '.join(unknown)} here; there are: {', '.join(peer.MODELS)}")
    dataset = cut(datasets.prepare(read(), given.data))
    suited = {model: peer.suited(dataset, model) for model in models}
    lines = head(peer, given)
    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory() as root:

        @cache
        def seat(shape: tuple[int, ...]) -> tuple[Path, Court]:
            folder = Path(root) / "x".join(map(str, shape))
            like = next(each for each in suited.values() if each.shape == shape)
            return folder / "data", court(like, folder)

        for model in models:
            folder, of = seat(suited[model].shape)
            trial = Trial(given.checkout, model, folder, given.epochs, BATCH, 0, len(of.test))
            lines.append(line(model, compare(peer, trial, given.seeds, of)))
            print(lines[-1], flush=True)
        shapes = dict.fromkeys(each.shape for each in suited.values())
        lines += tail(peer, models, [seat(shape)[1] for shape in shapes])
    name = peer.__name__.rpartition(".")[2]
    file = given.to or RESULTS / f"peers-{name}-{given.data}-cpu.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
    return file


def main(arguments: Sequence[str] | None = None) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"  # before a new process reads it
    single_thread()
    try:
        print(run(parse(arguments)))
    except UserError as error:
        sys.exit(f"benchmarks.peers: {error}")


if __name__ == "__main__":
    main()
