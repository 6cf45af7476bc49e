"""All likelihoods of one run."""

import time
from pathlib import Path

from gbench.core.files import read_json
from gbench.core.record import head
from gbench.tracks.generation.measure.likelihood.settings import Settings
from gbench.tracks.generation.measure.record import LikelihoodRecord


def suite(run: Path, dataset: Path, settings: Settings) -> LikelihoodRecord:
    """The record of a run's likelihoods.

    PyTorch is imported only if there is a model to measure.

    Args:
        run, dataset: folders.

    Raises:
        DataError: a file is missing or damaged.
    """
    start = time.perf_counter()
    card = read_json(Path(run) / "run.json")
    record: LikelihoodRecord = {
        **head(card),
        "settings": settings._asdict(),
        "measured": [],
        "absent": [],
        "references": [],
        "seconds": 0.0,
    }
    if card["status"] == "ok":
        from gbench.tracks.generation.measure.likelihood.case import examine

        record.update(examine(Path(run), Path(dataset), card, settings))
    record["seconds"] = round(time.perf_counter() - start, 2)
    return record
