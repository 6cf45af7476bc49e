"""Scores of one run: its samples against real examples, by all metrics that are switched on."""

import json
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from gbench.core.files import DataError, read_json
from gbench.core.plugin import load
from gbench.core.record import head
from gbench.protocol.breakdown import by_class
from gbench.protocol.evidence import (
    Evidence,
    Floats,
    Ints,
    Metric,
    Samples,
    Skip,
    no_classes,
    require_finite,
)
from gbench.protocol.neighbours import nearest
from gbench.protocol.record import Protocol, RunScores, Score, Scores

SHOWN = 10  # samples whose nearest training examples the report shows


@dataclass(frozen=True)
class Court:
    """A data set as its judge sees it, and the judge.

    Reads the files itself instead of through `Dataset` and `Judge`, so that points, which need no
    network, are scored without PyTorch.

    Attributes:
        data: its name.
        shape: of one example: (C, H, W) or (D,).
        classes: how many classes or modes; 0 if unknown.
        levels: pixels are whole numbers of 1 / levels; 0 for points.
        train, validation, test: the splits.
        centres, sigma: of a known mixture.
        card: the judge's card.
        folder: the judge's.
    """

    data: str
    shape: tuple[int, ...]
    classes: int
    levels: int
    train: Samples
    validation: Samples
    test: Samples
    centres: Floats | None
    sigma: float
    card: dict[str, Any]
    folder: Path

    @classmethod
    def load(cls, dataset: Path, judge: Path) -> "Court":
        """
        Raises:
            DataError: a file is missing or damaged, or the judge is not of this data set.
        """
        tensors, text = _tensors(Path(dataset) / "data.safetensors", "prepare")
        card = json.loads(text["card"])
        judge_card = read_json(Path(judge) / "card.json")
        coordinates = judge_card["kind"] == "coordinates"
        seen = {} if coordinates else _tensors(Path(judge) / "features.safetensors", "judge")[0]
        centres = tensors.get("centres")
        splits = {}
        for split in ("train", "validation", "test"):
            raw = tensors[f"{split}.x"]
            x = raw.reshape(len(raw), -1).astype(np.float32) / (card["levels"] or 1)
            if coordinates:
                splits[split] = Samples(x, x, _modes(x, centres))
            elif len(seen.get(split, ())) == len(x):
                splits[split] = Samples(x, seen[split], seen[f"{split}.labels"])
            else:
                raise DataError(f"{judge} is not the judge of {dataset}; run `dvc repro judge`")
        return cls(
            card["name"],
            tuple(tensors["train.x"].shape[1:]),
            len(centres) if centres is not None else card["classes"],
            card["levels"],
            **splits,
            centres=centres,
            sigma=card.get("sigma", 0.0),
            card=judge_card,
            folder=Path(judge),
        )

    @property
    def kind(self) -> str:
        """Either "images" or "points"."""
        return "images" if len(self.shape) == 3 else "points"

    def see(self, x: np.ndarray) -> Samples:
        """The judge's view of x [N, *shape].

        Images are treated as if they had been saved like the data: cut to [0, 1] and rounded to
        the data's grey levels.

        Raises:
            Skip: x is not finite.
        """
        x = x.reshape(len(x), -1).astype(np.float32)
        require_finite(x)
        if self.kind == "points":
            return Samples(x, x, _modes(x, self.centres))
        x = np.rint(x.clip(0, 1) * self.levels) / np.float32(self.levels)
        import torch

        from gbench.core.device import pick
        from gbench.protocol.judge import Judge, labels

        judge = Judge.load(self.folder, pick())
        features, logits = judge.features(torch.from_numpy(x).reshape(-1, *self.shape))
        return Samples(x, features, labels(features, logits))

    def classify(self, features: Floats) -> Floats:
        """The judge's logits [N, K] for features [N, F].

        Raises:
            Skip: it knows no classes.
        """
        from gbench.core.device import pick
        from gbench.protocol.judge import Judge

        logits = Judge.load(self.folder, pick()).classify(features)
        return no_classes(features) if logits is None else logits

    def evidence(self, generated: Samples, reference: Samples) -> Evidence:
        return Evidence(
            generated,
            reference,
            self.train,
            self.shape,
            self.classes,
            centres=self.centres,
            sigma=self.sigma,
            classify=self.classify,
        )

    def protocol(self, n: int) -> Protocol:
        """The conditions of every value; n samples on each side."""
        return {
            "n_generated": n,
            "n_reference": n,
            "n_train": len(self.train),
            "reference": "test",
            "d": self.card["features"],
            "extractor": self.card["name"],
            "extractor_hash": self.card["hash"],
        }

    def metrics(self, wanted: dict[str, Any]) -> dict[str, tuple[Metric, dict[str, Any]]]:
        """The metrics that suit this kind of data, with their keyword arguments.

        Raises:
            UserError: one has no file.
        """
        loaded = {
            name: (load("protocol/metrics", name).METRIC, wanted[name] or {}) for name in wanted
        }
        return {name: pair for name, pair in loaded.items() if self.kind in pair[0].kinds}

    def scores(self, generated: Samples, reference: Samples, wanted: dict[str, Any]) -> Scores:
        """The value of every metric, or the reason why there is none.

        Args:
            wanted: keyword arguments, or None, by metric.
        """
        return self.measured(self.evidence(generated, reference), wanted)

    def measured(self, evidence: Evidence, wanted: dict[str, Any]) -> Scores:
        """As `scores`, of evidence that others look at too."""
        scores: Scores = {}
        for name, (metric, arguments) in self.metrics(wanted).items():
            try:
                value, note = float(metric.measure(evidence, **arguments)), ""
            except Skip as skip:
                value, note = None, str(skip)
            if value is not None and not np.isfinite(value):
                value, note = None, "not finite"
            scores[name] = {"value": value, "note": note}
        return scores


def _modes(x: Floats, centres: Floats | None) -> Ints:
    if centres is None:
        return np.full(len(x), -1)
    return nearest(x, centres).which


def _tensors(path: Path, stage: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """All tensors of a file, and its metadata.

    Raises:
        DataError: it is missing or damaged.
    """
    try:
        with safe_open(path, "numpy") as file:
            names = list(file.keys())
            return {name: file.get_tensor(name) for name in names}, file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise DataError(f"{path} cannot be read ({error}); `dvc repro {stage}` rebuilds it")


def evaluate(
    run: Path,
    dataset: Path,
    judge: Path,
    metrics: dict[str, Any],
    n: int,
    along: Collection[str] = (),
    batches: int = 1,
    repeated: Collection[str] = (),
) -> RunScores:
    """The record of a run's scores: the first n of its samples against n test examples.

    Args:
        run, dataset, judge: folders.
        metrics: keyword arguments, or None, by metric.
        n: samples on each side; fewer where the test split is smaller.
        along: the metrics that are also computed of the samples that training left on its way.
        batches: of n samples each that the run drew, the first included.
        repeated: the metrics that are also computed of the further batches.

    Raises:
        DataError: a file is missing or damaged, or there are too few samples.
    """
    start = time.perf_counter()
    card = read_json(Path(run) / "run.json")
    court = Court.load(dataset, judge)
    n = min(n, len(court.test))
    scores: Scores = {}
    classes: list[dict[str, Any]] = []
    neighbours: dict[str, list[Any]] = {"train_index": [], "distance": []}
    if card["status"] == "ok":
        x = _tensors(Path(run) / "samples.safetensors", "train")[0]["x"]
        if len(x) < n or x.shape[1:] != court.shape:
            raise DataError(
                f"{run}/samples.safetensors has samples of shape {list(x.shape)}; "
                f"the evaluation needs at least {[n, *court.shape]}"
            )
        try:
            generated = court.see(x[:n])
        except Skip as skip:
            reason: Score = {"value": None, "note": str(skip)}
            scores = {name: reason.copy() for name in court.metrics(metrics)}
        else:
            evidence = court.evidence(generated, court.test[:n])
            scores = court.measured(evidence, metrics)
            classes = by_class(evidence, court.kind)
            near = nearest(generated.x[:SHOWN], court.train.x)
            neighbours = {
                "train_index": near.which.tolist(),
                "distance": near.distance.round(6).tolist(),
            }
    return {
        **head(card),
        "protocol": court.protocol(n),
        "scores": scores,
        "by_class": classes,
        "neighbours": neighbours,
        "along": on_the_way(court, run, {name: metrics[name] for name in along}),
        "batches": repeats(
            court, run, scores, {name: metrics[name] for name in repeated}, n, batches
        ),
        "seconds": round(time.perf_counter() - start, 2),
    }


def on_the_way(court: Court, run: Path, metrics: dict[str, Any]) -> dict[str, list[Any]]:
    """Scores of the samples that a training left on its way, against as many test examples.

    Returns:
        "round", "n", and a value for each metric, None where there is none; all empty for models
        that are not trained.
    """
    path = Path(run) / "along.safetensors"
    if not path.exists():
        return {}
    kept = _tensors(path, "train")[0]
    points, n = kept["x"].shape[:2]
    if not court.metrics(metrics):  # none is for this kind of data: the judge need not look
        return {"round": kept["round"].tolist(), "n": [n] * points}
    x = kept["x"].reshape(points * n, *court.shape).astype(np.float32) / (court.levels or 1)
    seen = court.see(x)
    found: dict[str, list[Any]] = {"round": kept["round"].tolist(), "n": [n] * points}
    for point in range(points):
        scores = court.scores(seen[point * n : (point + 1) * n], court.test[:n], metrics)
        for name, score in scores.items():
            found.setdefault(name, []).append(score["value"])
    return found


def repeats(
    court: Court, run: Path, scores: Scores, metrics: dict[str, Any], n: int, batches: int
) -> dict[str, list[float | None]]:
    """Scores of disjoint batches of one run's samples, against the same n test examples.

    They differ by nothing but the model's noise: their spread is the sampling error of a value.

    Args:
        scores: of the first batch; empty if the run did not finish.
        batches: how many, the first included.

    Returns:
        by metric, a value per batch, None where there is none; empty where nothing is repeated.

    Raises:
        DataError: the file is missing or damaged, or there are too few batches or samples.
    """
    found = {name: [scores[name]["value"]] for name in court.metrics(metrics) if name in scores}
    if batches < 2 or not found:
        return {}
    path = Path(run) / "batches.safetensors"
    x = _tensors(path, "train")[0]["x"]
    if x.ndim < 2 or len(x) < batches - 1 or x.shape[1] < n or x.shape[2:] != court.shape:
        raise DataError(
            f"{path} has batches of shape {list(x.shape)}; "
            f"the evaluation needs at least {[batches - 1, n, *court.shape]}"
        )
    for batch in x[: batches - 1, :n]:
        seen = court.see(batch.astype(np.float32) / (court.levels or 1))
        for name, score in court.scores(seen, court.test[:n], metrics).items():
            found[name].append(score["value"])
    return found
