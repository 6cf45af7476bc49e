"""All probes of one run."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from gbench.core.files import read_json
from gbench.core.record import head
from gbench.protocol.evaluation import Court
from gbench.protocol.evidence import Skip
from gbench.tracks.generation.measure.latent.settings import Settings
from gbench.tracks.generation.measure.record import LatentRecord

POINTS = "points: their latent spaces are not probed, since no oracle sees classes or strokes"
Pictures = dict[str, np.ndarray]


def suite(
    run: Path, dataset: Path, judge: Path, settings: Settings
) -> tuple[LatentRecord, Pictures]:
    """The record of a run's probes, and their pictures: [rows, columns, C, H, W], 8 bits a pixel,
    by probe and name ("interpolation/prior").

    PyTorch is imported only if there is a model to probe.

    Args:
        run, dataset, judge: folders.

    Raises:
        DataError: a file is missing or damaged.
    """
    start = time.perf_counter()
    card = read_json(Path(run) / "run.json")
    found = head(card)
    probes: dict[str, Any] = {}
    pictures: Pictures = {}
    if card["status"] == "ok":
        court = Court.load(dataset, judge)
        if court.kind == "points":
            found["status"], found["note"] = "skipped", POINTS
        else:
            probes, pictures = _probed(Path(run), Path(dataset), court, settings)
    record: LatentRecord = {
        **found,
        "settings": settings._asdict(),
        "probes": probes,
        "seconds": round(time.perf_counter() - start, 2),
    }
    return record, pictures


def _probed(
    run: Path, dataset: Path, court: Court, settings: Settings
) -> tuple[dict[str, Any], Pictures]:
    """The finding of each probe, or why it finds nothing."""
    from safetensors import safe_open

    from gbench.core.device import pick, single_thread
    from gbench.tracks.generation.measure.latent import (
        arithmetic,
        codes,
        conditioning,
        interpolation,
        reconstruction,
        truncation,
    )
    from gbench.tracks.generation.measure.latent.probe import Case
    from gbench.zoo.shared.run import load

    single_thread()
    game = load(run, pick())
    with safe_open(dataset / "data.safetensors", "numpy") as file:
        labels = file.get_tensor("test.y")
    seed = read_json(run / "run.json")["seed"]
    case = Case(court, labels, settings, seed)
    found: dict[str, Any] = {}
    pictures: Pictures = {}
    probes = (interpolation, arithmetic, conditioning, codes, reconstruction, truncation)
    for module in probes:
        name = module.__name__.rpartition(".")[2]
        try:
            probed = module.probe(game, case)
        except Skip as skip:
            found[name] = {"rows": [], "note": str(skip), "status": "skipped"}
            continue
        rows = [row._asdict() for row in probed.rows]
        found[name] = {"rows": rows, "note": probed.note, "status": "ok"}
        for title, images in probed.pictures.items():
            bytes_ = np.rint(np.nan_to_num(images).clip(0, 1) * 255).astype(np.uint8)
            pictures[f"{name}/{title}"] = bytes_
    return found, pictures
