"""What the report shows: data sets, models, their runs, controls, and what was attacked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gbench.core.files import read_json
from gbench.protocol.evidence import Metric

Arrays = dict[str, NDArray[Any]]
SHOWN = 1000  # no page shows more samples of a run than these first ones


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
        along: what was measured while it learnt: "round", "n", and metrics, a value a point.
        latent: the record of its probes; empty if missing.
        likelihood: the record of its likelihoods; empty if missing.
    """

    seed: int
    status: str
    note: str
    card: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)
    evaluation: Mapping[str, Any] = field(default_factory=dict)
    losses: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    along: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    latent: Mapping[str, Any] = field(default_factory=dict)
    likelihood: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why the status is not "ok"; the note says what the status says, or it is put before."""
        told = self.note.startswith((self.status, "not "))
        return self.note if told or self.status == "missing" else f"{self.status}: {self.note}"


@dataclass(frozen=True)
class Model:
    """One model on one data set, with a run a seed.

    Attributes:
        caveat: what to expect of its samples, and why; empty for most.
        samples: [n, *shape] of the first seed that finished, no more than SHOWN.
        samples_seed: that seed.
        pictures: [rows, columns, C, H, W] of the same seed's probes, by probe and name.
    """

    name: str
    title: str
    family: str
    source: str
    caveat: str
    runs: list[Run]
    samples: NDArray[np.float32] | None
    samples_seed: int | None
    pictures: Arrays = field(default_factory=dict)

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


@dataclass(frozen=True)
class Outside(Model):
    """Samples of another program: not trained here, a "run" a batch of them.

    Attributes:
        missing: why there are none that could stand in the table; empty if there are.
        in_test: how many of them equal a test example.
    """

    missing: str = ""
    in_test: int = 0

    def gap(self, metric: str) -> str:
        found = [run.scores[metric] for run in self.runs if metric in run.scores]
        notes = dict.fromkeys(score.note for score in found if score.value is None)
        return self.missing or "; ".join(notes)

    @property
    def absence(self) -> str:
        return self.missing


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
    by_class: Mapping[int, Sequence[Mapping[str, Any]]] = field(default_factory=dict)  # by seed

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
        test: [n, *shape] as stored; None if missing.
        centres: [K, D] of a known mixture, or None; sigma is its standard deviation.
        metrics: those that are for this kind of data, in the order of params.yaml.
        sensitivity: the record of generators of known faults; empty if missing.
        outside: sets of samples that other programs made.
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
    test: NDArray[Any] | None = None
    sensitivity: Mapping[str, Any] = field(default_factory=dict)
    outside: Sequence[Outside] = ()

    def trained_on(self, indices: list[int]) -> NDArray[np.float32] | None:
        """Training examples as models see them; None if there are none."""
        return None if self.train is None else seen(self.train[indices], self.levels)

    @property
    def modes(self) -> int:
        """Components of a known mixture, or classes; 0 if there are neither."""
        if self.centres is not None:
            return len(self.centres)
        return int(self.judge.get("build", {}).get("classes", 0))

    @property
    def real_control(self) -> Control | None:
        return next((control for control in self.controls if control.name == "real"), None)


def seen(x: NDArray[Any], levels: int) -> NDArray[np.float32]:
    """Stored examples as models see them: pixels in [0, 1]."""
    return x.astype(np.float32) / np.float32(levels or 1)


@dataclass(frozen=True)
class Records:
    """All that the report shows.

    Attributes:
        variants: the models that were to be trained.
        left_out: how many more are switched on, but not trained in quick mode.
        params: all of params.yaml.
        root: where data/, runs/ and results/ lie.
    """

    data: list[Data]
    metrics: Mapping[str, Metric]
    variants: list[str]
    left_out: int
    seeds: list[int]
    quick: bool
    classifiers: Mapping[str, Mapping[str, Mapping[str, Any]]]  # cards by data set and name
    params: Mapping[str, Any] = field(default_factory=dict)
    root: Path = Path()

    def record(self, kind: str, *names: object) -> Mapping[str, Any]:
        """What a stage of a room left in results/<kind>/<names...>.json; empty if it is not there.

        Raises:
            DataError: the file is there but cannot be read.
        """
        path = self.root.joinpath("results", kind, *map(str, names))
        path = path.with_name(f"{path.name}.json")  # a name may have a dot
        return read_json(path) if path.exists() else {}
