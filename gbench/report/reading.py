"""Reads the results that params.yaml asks for; what is not there is a record that says so.

Nothing is searched for: a variant that was removed from params.yaml vanishes from the report even
while its files lie on the disk.
"""

import csv
import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from gbench.core import plugin
from gbench.core.entry import variants
from gbench.core.files import DataError, read_json
from gbench.protocol.evidence import Metric
from gbench.report.records import (
    SHOWN,
    Arrays,
    Control,
    Data,
    Model,
    Records,
    Run,
    Score,
    seen,
)

CONTROLS = {  # title and meaning
    "real": (
        "Real test data",
        "other real data in place of samples: the best that can be hoped for",
    ),
    "memoriser": (
        "Memoriser",
        "training examples handed out again: what copying looks like",
    ),
    "collapsed": ("Collapsed", "one sample over and over: what a collapse looks like"),
    "noise": ("Noise", "no model at all: the other end of the scale"),
}


def read(params: Mapping[str, Any], root: Path) -> Records:
    """Reads what the parameters ask for from the tree at `root`.

    Raises:
        DataError: a file is there but cannot be read.
        UserError: a metric's name has no file.
    """
    metrics = {name: plugin.load("protocol/metrics", name).METRIC for name in params["metrics"]}
    return Records(
        data=[_data(name, params, metrics, root) for name in params["data"]],
        metrics=metrics,
        variants=variants(params),
        left_out=len(params["variants"]) - len(variants(params)),
        seeds=list(params["seeds"]),
        quick=bool(params.get("quick")),
        params=params,
        root=root,
    )


def json_of(path: Path) -> dict[str, Any]:
    """The file's content; empty if the file is not there."""
    return read_json(path) if path.exists() else {}


def tensors(path: Path) -> tuple[Arrays, dict[str, str]]:
    """The tensors and the metadata of a safetensors file, both empty if the file is not there."""
    if not path.exists():
        return {}, {}
    try:
        with safe_open(path, "numpy") as file:
            return {k: file.get_tensor(k) for k in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise DataError(f"{path} cannot be read: {error}")


def _scores(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Score]:
    return {name: Score(score["value"], score.get("note", "")) for name, score in values.items()}


def _data(name: str, params: Mapping[str, Any], metrics: Mapping[str, Metric], root: Path) -> Data:
    """One data set; `Dataset.load` is not used because torch takes seconds to import."""
    arrays, metadata = tensors(root / "data" / name / "data.safetensors")
    card = json.loads(metadata["card"]) if arrays else {}
    levels = card.get("levels", 0)
    train = arrays.get("train.x")
    kind = "points" if train is not None and train.ndim == 2 else "images"
    controls = {
        seed: json_of(root / "results" / "controls" / name / f"{seed}.json")
        for seed in params["seeds"]
    }
    models = [_model(name, variant, params, root) for variant in variants(params)]
    judged = [*controls.values(), *(run.evaluation for model in models for run in model.runs)]
    protocols: list[dict[str, Any]] = [found["protocol"] for found in judged if "protocol" in found]
    return Data(
        name=name,
        missing="" if arrays else f"not run: there is no data/{name}/data.safetensors",
        kind=kind,
        source=card.get("source", ""),
        sizes={
            split: len(arrays[f"{split}.x"])
            for split in ("train", "validation", "test")
            if f"{split}.x" in arrays
        },
        train=train,
        levels=levels,
        real=seen(arrays["test.x"][:SHOWN], levels) if arrays else None,
        centres=arrays.get("centres"),
        sigma=card.get("sigma", 0.0),
        judge=json_of(root / "judges" / name / "card.json"),
        metrics={key: metric for key, metric in metrics.items() if kind in metric.kinds},
        models=models,
        controls=[_control(control, controls) for control in CONTROLS],
        checks=[
            {**check, "seed": seed}
            for seed, content in controls.items()
            for check in content.get("checks", ())
        ],
        protocol=next(filter(None, protocols), {}),
        test=arrays.get("test.x"),
    )


def _control(name: str, contents: Mapping[int, Mapping[str, Any]]) -> Control:
    """One control out of the controls' files, which are by seed."""
    scores = {
        seed: _scores(content["controls"][name])
        for seed, content in contents.items()
        if name in content.get("controls", {})
    }
    classes = {
        seed: content["by_class"][name]
        for seed, content in contents.items()
        if name in content.get("by_class", {})
    }
    return Control(name, *CONTROLS[name], scores, classes)


def _model(data: str, variant: str, params: Mapping[str, Any], root: Path) -> Model:
    runs = [_run(data, variant, seed, root) for seed in params["seeds"]]
    elsewhere = (
        json_of(root / "runs" / other / variant / str(seed) / "run.json")
        for other in params["data"]
        for seed in params["seeds"]
    )
    card = next(filter(None, chain((run.card for run in runs), elsewhere)), {})
    samples, samples_seed = None, None
    for run in runs:
        arrays, _ = tensors(root / "runs" / data / variant / str(run.seed) / "samples.safetensors")
        if run.card.get("status") == "ok" and "x" in arrays:
            samples, samples_seed = arrays["x"][:SHOWN].copy(), run.seed
            break
    return Model(
        name=variant,
        title=card.get("title", variant),
        family=card.get("family", "not run"),
        source=card.get("source", ""),
        caveat=card.get("caveat", ""),
        runs=runs,
        samples=samples,
        samples_seed=samples_seed,
    )


def _run(data: str, variant: str, seed: int, root: Path) -> Run:
    folder = root / "runs" / data / variant / str(seed)
    card = json_of(folder / "run.json")
    if not card:
        missing = f"not run: there is no runs/{data}/{variant}/{seed}/run.json"
        return Run(seed, "missing", missing)
    evaluation = json_of(root / "results" / "scores" / data / variant / f"{seed}.json")
    scores, along = _scores(evaluation.pop("scores", {})), evaluation.pop("along", {})
    losses = _losses(folder / "losses.csv")
    if card["status"] == "ok" and not evaluation:
        note = f"not evaluated: there is no results/scores/{data}/{variant}/{seed}.json"
        return Run(seed, "missing", note, card, losses=losses)
    return Run(
        seed,
        card["status"],
        card.get("note", ""),
        card,
        scores,
        evaluation,
        losses,
        along=along,
    )


def _losses(path: Path) -> dict[str, NDArray[np.float64]]:
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    if len(rows) < 2 or len(rows[0]) < 2:
        return {}
    try:
        table = np.array(rows[1:], dtype=np.float64)
    except ValueError as error:
        raise DataError(f"{path} cannot be read: {error}")
    return {name: table[:, column] for column, name in enumerate(rows[0])}
