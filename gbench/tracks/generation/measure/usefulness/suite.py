"""The record of one run, and that of the references with which all runs are compared."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from gbench.core.files import read_json
from gbench.protocol.evidence import Skip
from gbench.tracks.generation.measure.record import ReferencesRecord, UsefulnessRecord
from gbench.tracks.generation.measure.usefulness.settings import Settings

Record = dict[str, Any]


def suite(run: Path, dataset: Path, judge: Path, settings: Settings) -> UsefulnessRecord:
    """How useful a run's samples and features are.

    PyTorch is imported only if there is a model.

    Args:
        run, dataset, judge: folders.

    Raises:
        DataError: a file is missing or damaged.
    """
    card = read_json(Path(run) / "run.json")
    keys = ("data", "variant", "family", "seed", "status", "note")
    record = {key: card[key] for key in keys} | unanswered(settings)
    if card["status"] != "ok":
        return cast("UsefulnessRecord", record)

    def ask() -> Record:
        from gbench.tracks.generation.measure.usefulness.answers import of_run

        return of_run(Path(run), Path(dataset), Path(judge), settings, card["seed"])

    return cast("UsefulnessRecord", record | answered(ask))


def references(dataset: Path, judge: Path, settings: Settings, seed: int) -> ReferencesRecord:
    """What real images, copies and wrong labels teach; pixels and the judge's features.

    Args:
        dataset, judge: folders.
        seed: the training seed of the runs next to these.

    Raises:
        DataError: a file is missing or damaged.
    """

    def ask() -> Record:
        from gbench.tracks.generation.measure.usefulness.answers import of_references

        return of_references(Path(dataset), Path(judge), settings, seed)

    record: Record = {"data": Path(dataset).name, "seed": seed, "status": "ok", "note": ""}
    return cast("ReferencesRecord", record | unanswered(settings) | answered(ask))


def left_out(data: str, seed: int, settings: Settings) -> ReferencesRecord:
    """The references of a seed at which quick mode trains nothing."""
    record: Record = {"data": data, "seed": seed, "status": "skipped"}
    record |= {"note": "quick mode trains quick_seeds only"}
    return cast("ReferencesRecord", record | unanswered(settings))


def unanswered(settings: Settings) -> Record:
    """A record before anything was measured."""
    empty: Record = {"protocol": {}, "classification": {}, "features": {}}
    return {"settings": settings._asdict()} | empty | {"seconds": 0.0}


def answered(ask: Callable[[], Record]) -> Record:
    """The answers and how long they took, or why the data are left out."""
    start = time.perf_counter()
    try:
        found = ask()
    except Skip as skip:
        found = {"status": "skipped", "note": str(skip)}
    return found | {"seconds": round(time.perf_counter() - start, 2)}
