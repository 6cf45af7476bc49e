"""Every metric of every generator of a known fault, at every draw."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from gbench.protocol.controls import real
from gbench.protocol.evaluation import Court
from gbench.protocol.evidence import Samples, Skip
from gbench.protocol.record import Scores
from gbench.tracks.generation.measure.record import SensitivityRecord
from gbench.tracks.generation.measure.sensitivity.generators import Draw, suited
from gbench.tracks.generation.measure.sensitivity.settings import Settings

AGAIN = "Another split of the same held-out data into two: what is told from it, is told by chance."


def split(court: Court, n: int, seed: int) -> tuple[Draw, Samples]:
    """n held-out examples and what goes with them, and the n reference examples.

    As in the control `real`, validation and test are pooled: each seed gives another draw.
    """
    rng = np.random.default_rng(seed)
    pool = court.validation + court.test
    first, second = real(court, n, rng)
    others = rng.permutation(np.setdiff1d(np.arange(len(pool)), np.concatenate([first, second])))
    return Draw(court, pool[first], pool[others], seed), pool[second]


def sensitivity(
    dataset: Path, judge: Path, metrics: dict[str, Any], n: int, settings: Settings
) -> SensitivityRecord:
    """The record of all generators.

    Args:
        dataset, judge: folders.
        metrics: keyword arguments, or None, by metric.
        n: samples of a model on each side; the settings may ask for fewer.

    Returns:
        "held_out": a draw's scores of held-out data in each place of a list; "generators": by
        name title, what, fault, plain, and the scores of the same draws, each against the same
        reference as the held-out data.  The first of them is held-out data once more, as if it
        were a generator, with a split of its own.

    Raises:
        DataError: a file is missing or damaged.
    """
    start = time.perf_counter()
    court = Court.load(dataset, judge)
    n = min(n, settings.n, len(court.test), (len(court.validation) + len(court.test)) // 2)
    wanted = {name: given for name, given in metrics.items() if name not in settings.without}
    held_out: list[Scores] = []
    again: list[Scores] = []
    generators = suited(court)
    found: dict[str, list[Scores]] = {name: [] for name in generators}
    for index in range(settings.draws):
        seeds = (settings.seed + 1) * 1_000_000 + 2 * index + np.arange(2)
        draw, reference = split(court, n, int(seeds[0]))
        held_out.append(court.scores(draw.real, reference, wanted))
        other, its_reference = split(court, n, int(seeds[1]))
        again.append(court.scores(other.real, its_reference, wanted))
        for name, generator in generators.items():
            x = generator.make(draw).reshape(n, *court.shape)
            found[name].append(_scores(court, x, reference, wanted))
    first = {"title": "Held-out data", "what": AGAIN, "fault": "none", "plain": False}
    rows: dict[str, Any] = {"held_out": first | {"scores": again}}
    for name, generator in generators.items():
        row = generator._asdict()
        del row["make"]
        rows[name] = row | {"scores": found[name]}
    return {
        "data": court.data,
        "draws": settings.draws,
        "seed": settings.seed,
        "protocol": {**court.protocol(n), "reference": "validation and test"},
        "held_out": held_out,
        "generators": rows,
        "seconds": round(time.perf_counter() - start, 2),
    }


def _scores(court: Court, x: np.ndarray, reference: Samples, wanted: dict[str, Any]) -> Scores:
    try:
        return court.scores(court.see(x), reference, wanted)
    except Skip as skip:
        return {name: {"value": None, "note": str(skip)} for name in court.metrics(wanted)}
