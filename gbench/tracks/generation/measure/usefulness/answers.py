"""The two questions asked of a run's game, and of what needs no game."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np

from gbench.core import plugin
from gbench.core.device import pick, single_thread
from gbench.core.files import read_json
from gbench.protocol.evidence import Skip
from gbench.tracks.generation.measure.usefulness.case import Case
from gbench.tracks.generation.measure.usefulness.features import KINDS, Features, extracted
from gbench.tracks.generation.measure.usefulness.probe import accuracies
from gbench.tracks.generation.measure.usefulness.samples import of_labelled, score, scores
from gbench.tracks.generation.measure.usefulness.settings import Settings
from gbench.zoo.shared.run import load, untrained


def of_run(run: Path, dataset: Path, judge: Path, settings: Settings, seed: int) -> dict[str, Any]:
    """
    Raises:
        Skip: the data cannot be put to use so.
    """
    single_thread()
    case = Case.load(dataset, judge, settings, seed, pick())
    game, raw = load(run, case.device), untrained(run, case.device, seed)
    features: dict[str, Any] = {}
    found: list[np.ndarray] = []
    for kind, of in KINDS.items():
        try:
            train, rows = _probed(case, of(game))
            if any(np.array_equal(train, other) for other in found):
                raise Skip("the same as its encoder's")
            beside = _probed(case, of(raw))[1]
        except Skip as skip:
            features[kind] = {"rows": [], "note": str(skip)}
            continue
        found.append(train)
        for row, other in zip(rows, beside, strict=True):
            row["untrained"] = other["values"]
        features[kind] = {"rows": rows, "note": "", "size": train.shape[1]}
    return {
        "protocol": case.protocol(),
        "classification": scores(game, case),
        "features": features,
        "labelled": needs_labels(read_json(run / "run.json")["variant"]),
    }


def of_references(dataset: Path, judge: Path, settings: Settings, seed: int) -> dict[str, Any]:
    """The ceiling: the real training images that are used.  The memoriser hands these out again,
    each of the class that is requested.  Wrong labels are the true ones, shuffled.

    Raises:
        Skip: the data cannot be put to use so.
    """
    single_thread()
    case = Case.load(dataset, judge, settings, seed, pick())
    court, copies = case.court, case.court.train[case.chosen]
    shuffled = np.random.default_rng(seed).permutation(case.train)
    memoriser = of_labelled(case, copies, case.train)
    seen = {
        "pixels": (copies.x, court.test.x),
        "judge": (copies.features, court.test.features),
    }
    return {
        "protocol": case.protocol(),
        "classification": {
            "real": {"own": score(case, case.real)},
            "memoriser": memoriser | {"judged": score(case, case.examples(copies, copies.labels))},
            "shuffled": of_labelled(case, copies, shuffled),
        },
        "features": {
            name: {
                "rows": accuracies(case, *(x.astype(np.float64) for x in pair)),
                "note": "",
                "size": pair[0].shape[1],
            }
            for name, pair in seen.items()
        },
    }


def _probed(case: Case, features: Features) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """The training examples' features, and the probe's rows."""
    train, test = (extracted(features, split.x) for split in (case.real, case.held_out))
    return train, accuracies(case, train, test)


def needs_labels(variant: str) -> bool:
    """Whether a model is trained with the labels of all training examples."""
    return "classes" in inspect.signature(plugin.load("zoo/models", variant).build).parameters
