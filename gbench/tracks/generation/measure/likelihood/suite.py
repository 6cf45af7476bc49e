"""All likelihoods of one run."""

import time
from pathlib import Path
from typing import Any

from gbench.core.files import read_json
from gbench.tracks.generation.measure.likelihood.settings import Settings


def suite(run: Path, dataset: Path, settings: Settings) -> dict[str, Any]:
    """The record of a run's likelihoods.

    PyTorch is imported only if there is a model to measure.

    Args:
        run, dataset: folders.

    Raises:
        DataError: a file is missing or damaged.
    """
    start = time.perf_counter()
    card = read_json(Path(run) / "run.json")
    record = {key: card[key] for key in ("data", "variant", "family", "seed", "status", "note")}
    record |= {"settings": settings._asdict(), "measured": [], "absent": [], "references": []}
    if card["status"] == "ok":
        from gbench.tracks.generation.measure.likelihood.case import examine

        record |= examine(Path(run), Path(dataset), card, settings)
    record["seconds"] = round(time.perf_counter() - start, 2)
    return record
