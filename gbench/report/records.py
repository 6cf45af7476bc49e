"""Reads the results that params.yaml asks for; what is not there is a record that says so.

Nothing is searched for: a variant that was removed from params.yaml vanishes from the report even
while its files lie on the disk.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from gbench.core import plugin
from gbench.core.files import DataError, read_json
from gbench.core.metric import Metric

Arrays = dict[str, NDArray[Any]]

SHOWN = 1000  # no page shows more samples of a run than these first ones

CONTROLS = {
    "real": "Real test data",
    "memoriser": "Memoriser",
    "collapsed": "Collapsed",
    "noise": "Noise",
}
MEANINGS = {
    "real": "other real data in place of samples: the best that can be hoped for",
    "memoriser": "training examples handed out again: what copying looks like",
    "collapsed": "one sample over and over: what a collapse looks like",
    "noise": "no model at all: the other end of the scale",
}


@dataclass(frozen=True)
class Score:
    """One value of one metric, or the reason why there is none."""

    value: float | None
    note: str = ""


@dataclass(frozen=True)
class Run:
    """One training of one model.

    Attributes:
        seed: of the training.
        status: "ok", "diverged", "skipped" (not asked for), or "missing" (files are not there).
        note: the reason where the status is not "ok".
        card: run.json; empty if missing.
        scores: by metric.
        evaluation: the scores' file without the scores; empty if missing.
        losses: [rounds logged] by column of losses.csv, "round" first; empty if there are none.
    """

    seed: int
    status: str
    note: str
    card: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)
    evaluation: Mapping[str, Any] = field(default_factory=dict)
    losses: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why the status is not "ok"; the note says what the status says, or it is put before."""
        told = self.note.startswith((self.status, "not "))
        return self.note if told or self.status == "missing" else f"{self.status}: {self.note}"


@dataclass(frozen=True)
class Model:
    """One model on one data set, with a run a seed."""

    name: str
    title: str
    family: str
    source: str
    runs: list[Run]
    samples: (
        NDArray[np.float32] | None
    )  # [n, *shape], of the first seed that finished, no more than SHOWN
    samples_seed: int | None

    def values(self, metric: str) -> dict[int, float]:
        """By seed, of the runs that finished."""
        return {
            run.seed: value
            for run in self.runs
            if metric in run.scores and (value := run.scores[metric].value) is not None
        }

    def with_status(self, status: str) -> list[Run]:
        return [run for run in self.runs if run.status == status]

    def gap(self, metric: str) -> str:
        """Why some seed has no value of this metric; empty if each asked-for seed has one."""
        reasons = {}
        for run in self.runs:
            score = run.scores.get(metric)
            if run.status in ("diverged", "missing"):
                reasons[run.seed] = run.reason
            elif run.status == "ok" and (score is None or score.value is None):
                reasons[run.seed] = score.note if score else "not measured"
        if not reasons and not self.values(metric):
            return self.absence
        return by_seed(reasons)

    @property
    def absence(self) -> str:
        """Why runs did not finish, all seeds together."""
        return by_seed({run.seed: run.reason for run in self.runs if run.status != "ok"})


def by_seed(reasons: Mapping[int, str]) -> str:
    """ "seeds 0, 1: one reason; seed 2: another"."""
    seeds: dict[str, list[str]] = {}
    for seed, reason in reasons.items():
        seeds.setdefault(reason, []).append(str(seed))
    return "; ".join(
        f"{'seed' if len(found) == 1 else 'seeds'} {', '.join(found)}: {reason}"
        for reason, found in seeds.items()
    )


@dataclass(frozen=True)
class Control:
    """What stands in for a model to show what a metric can see: real data, a memoriser, ..."""

    name: str
    title: str
    meaning: str
    scores: Mapping[int, Mapping[str, Score]]  # by seed and metric

    def values(self, metric: str) -> dict[int, float]:
        return {
            seed: value
            for seed, scores in self.scores.items()
            if metric in scores and (value := scores[metric].value) is not None
        }

    def gap(self, metric: str) -> str:
        notes = {scores[metric].note for scores in self.scores.values() if metric in scores}
        return "; ".join(sorted(notes - {""}))


@dataclass(frozen=True)
class Attacked:
    """A classifier, or a defence before one, and what the attacks did to it."""

    name: str
    status: str
    note: str
    card: Mapping[str, Any]
    images: Arrays

    @property
    def clean(self) -> tuple[float, list[float]]:
        """Accuracy without attack and its Wilson interval, through the defence if there is one."""
        if self.card["defence"]:
            return self.card["defended_clean_accuracy"], self.card["defended_clean_wilson"]
        return self.card["clean_accuracy"], self.card["clean_wilson"]


@dataclass(frozen=True)
class Data:
    """One data set and all that was done on it.

    Attributes:
        missing: why the data set itself could not be read; empty if it could.
        train: [n, *shape] as stored: pixels as whole numbers 0..levels; None if missing.
        real: the first test examples, as models see them; None if missing.
        centres: [K, D] of a known mixture, or None; sigma is its standard deviation.
        metrics: those that are for this kind of data, in the order of params.yaml.
    """

    name: str
    missing: str
    kind: str
    source: str
    sizes: Mapping[str, int]
    train: NDArray[Any] | None
    levels: int
    real: NDArray[np.float32] | None
    centres: NDArray[np.float32] | None
    sigma: float
    judge: Mapping[str, Any]
    metrics: Mapping[str, Metric]
    models: list[Model]
    controls: list[Control]
    checks: list[Mapping[str, Any]]
    protocol: Mapping[str, Any]
    attacked: list[Attacked]

    def trained_on(self, indices: list[int]) -> NDArray[np.float32] | None:
        """Training examples as models see them; None if there are none."""
        return None if self.train is None else _seen(self.train[indices], self.levels)

    @property
    def real_control(self) -> Control | None:
        return next((control for control in self.controls if control.name == "real"), None)


@dataclass(frozen=True)
class Records:
    """All that the report shows."""

    data: list[Data]
    metrics: Mapping[str, Metric]
    variants: list[str]
    seeds: list[int]
    quick: bool
    classifiers: Mapping[str, Mapping[str, Mapping[str, Any]]]  # cards by data set and name

    @classmethod
    def read(cls, params: Mapping[str, Any], root: Path) -> "Records":
        """Reads what the parameters ask for from the tree at `root`.

        Raises:
            DataError: a file is there but cannot be read.
            UserError: a metric's name has no file.
        """
        metrics = {name: plugin.load("metrics", name).METRIC for name in params["metrics"]}
        classifiers = {
            data: {
                name: card
                for name in params.get("classifiers") or ()
                if (card := _json(root / "classifiers" / data / name / "card.json"))
            }
            for data in params["data"]
        }
        return cls(
            data=[_data(name, params, metrics, root) for name in params["data"]],
            metrics=metrics,
            variants=list(params["variants"]),
            seeds=list(params["seeds"]),
            quick=bool(params.get("quick")),
            classifiers=classifiers,
        )


def _json(path: Path) -> dict[str, Any]:
    """The file's content; empty if the file is not there."""
    return read_json(path) if path.exists() else {}


def _arrays(path: Path) -> tuple[Arrays, dict[str, str]]:
    """The tensors and the metadata of a safetensors file, both empty if the file is not there."""
    if not path.exists():
        return {}, {}
    try:
        with safe_open(path, "numpy") as file:
            return {k: file.get_tensor(k) for k in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise DataError(f"{path} cannot be read: {error}")


def _seen(x: NDArray[Any], levels: int) -> NDArray[np.float32]:
    return x.astype(np.float32) / np.float32(levels or 1)


def _scores(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Score]:
    return {name: Score(score["value"], score.get("note", "")) for name, score in values.items()}


def _data(name: str, params: Mapping[str, Any], metrics: Mapping[str, Metric], root: Path) -> Data:
    """One data set; `Dataset.load` is not used because torch takes seconds to import."""
    arrays, metadata = _arrays(root / "data" / name / "data.safetensors")
    card = json.loads(metadata["card"]) if arrays else {}
    levels = card.get("levels", 0)
    train = arrays.get("train.x")
    kind = "points" if train is not None and train.ndim == 2 else "images"
    controls = {
        seed: _json(root / "results" / "controls" / name / f"{seed}.json")
        for seed in params["seeds"]
    }
    targets = [*(params.get("classifiers") or ()), *(params.get("defences") or ())]
    models = [_model(name, variant, params, root) for variant in params["variants"]]
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
        real=_seen(arrays["test.x"][:SHOWN], levels) if arrays else None,
        centres=arrays.get("centres"),
        sigma=card.get("sigma", 0.0),
        judge=_json(root / "judges" / name / "card.json"),
        metrics={key: metric for key, metric in metrics.items() if kind in metric.kinds},
        models=models,
        controls=[
            Control(
                control,
                title,
                MEANINGS[control],
                {
                    seed: _scores(content["controls"][control])
                    for seed, content in controls.items()
                    if control in content.get("controls", {})
                },
            )
            for control, title in CONTROLS.items()
        ],
        checks=[
            {**check, "seed": seed}
            for seed, content in controls.items()
            for check in content.get("checks", ())
        ],
        protocol=next(filter(None, protocols), {}),
        attacked=[_attacked(name, target, root) for target in targets] if kind == "images" else [],
    )


def _model(data: str, variant: str, params: Mapping[str, Any], root: Path) -> Model:
    runs = [_run(data, variant, seed, root) for seed in params["seeds"]]
    elsewhere = (
        _json(root / "runs" / other / variant / str(seed) / "run.json")
        for other in params["data"]
        for seed in params["seeds"]
    )
    card = next(filter(None, chain((run.card for run in runs), elsewhere)), {})
    samples, samples_seed = None, None
    for run in runs:
        arrays, _ = _arrays(root / "runs" / data / variant / str(run.seed) / "samples.safetensors")
        if run.card.get("status") == "ok" and "x" in arrays:
            samples, samples_seed = arrays["x"][:SHOWN].copy(), run.seed
            break
    return Model(
        name=variant,
        title=card.get("title", variant),
        family=card.get("family", "not run"),
        source=card.get("source", ""),
        runs=runs,
        samples=samples,
        samples_seed=samples_seed,
    )


def _run(data: str, variant: str, seed: int, root: Path) -> Run:
    folder = root / "runs" / data / variant / str(seed)
    card = _json(folder / "run.json")
    if not card:
        missing = f"not run: there is no runs/{data}/{variant}/{seed}/run.json"
        return Run(seed, "missing", missing)
    evaluation = _json(root / "results" / "scores" / data / variant / f"{seed}.json")
    scores = _scores(evaluation.pop("scores", {}))
    losses = _losses(folder / "losses.csv")
    if card["status"] == "ok" and not evaluation:
        note = f"not evaluated: there is no results/scores/{data}/{variant}/{seed}.json"
        return Run(seed, "missing", note, card, losses=losses)
    return Run(seed, card["status"], card.get("note", ""), card, scores, evaluation, losses)


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


def _attacked(data: str, target: str, root: Path) -> Attacked:
    folder = root / "results" / "attacks" / data / target
    card = _json(folder / "attack.json")
    if not card:
        missing = f"not run: there is no results/attacks/{data}/{target}/attack.json"
        return Attacked(target, "missing", missing, {}, {})
    images, _ = _arrays(folder / "images.safetensors")
    return Attacked(target, card["status"], card.get("note", ""), card, images)
