"""Two evaluated sets of samples, metric by metric: values, difference, and a test's verdict.

Where both are trainings with the same seeds, Student's paired t-test; else Welch's, "The
Generalization of 'Student's' Problem when Several Different Population Variances are Involved",
1947, Biometrika 34.  P-values are Holm-corrected over the metrics, and the tests are of how far a
value is from the best one, as in the report.
"""

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.stats import ttest_ind

from gbench.core.files import DataError, UserError, read_json
from gbench.protocol.evidence import Metric
from gbench.stats import ALPHA, Estimate, estimate, holm, paired_p

Unit = Literal["training seeds", "batches of samples"]
SAME = {  # of the protocol, what must be the same on both sides
    "extractor_hash": "judge",
    "n_generated": "samples",
    "n_reference": "reference examples",
    "reference": "reference",
    "n_train": "training examples",
}


class Scored(NamedTuple):
    """
    Attributes:
        name: as it was requested.
        data: the data set.
        unit: the unit of the several values.
        protocol: under which they came about.
        values: by metric, and by seed or batch.
        diverged: which seeds did; empty if none.
    """

    name: str
    data: str
    unit: Unit
    protocol: Mapping[str, Any]
    values: Mapping[str, Mapping[int, float]]
    diverged: str = ""


class Line(NamedTuple):
    """One metric.

    Attributes:
        metric: its name.
        first, second: the means with their intervals; None without values.
        difference: first less second, with its interval where there is one.
        p: Holm-corrected; None where nothing could be tested.
        verdict: in words.
    """

    metric: str
    first: Estimate | None
    second: Estimate | None
    difference: Estimate | None
    p: float | None
    verdict: str


def read(what: str, seeds: list[int], root: Path = Path()) -> Scored:
    """
    Args:
        what: the path of a JSON file that `gbench evaluate` or the pipeline's evaluation wrote, or
            the name of a model on a data set, digits/gan; it is sought among the pipeline's runs,
            then among samples from outside.
        seeds: of the runs.
        root: where results/ lies.

    Raises:
        UserError: nothing of that name was evaluated.
        DataError: a file is not the requested one.
    """
    if what.endswith(".json"):
        return _scored(what, [read_json(Path(what))])
    data, _, name = what.partition("/")
    runs = [root / "results/scores" / data / name / f"{seed}.json" for seed in seeds]
    outside = root / "results/outside" / data / f"{name}.json"
    there = [path for path in runs if name and path.exists()] or [outside]
    if not there[0].exists():
        raise UserError(
            f"{what} was not evaluated: there is neither {runs[0].parent} nor {outside}; "
            "give a data set and a model such as digits/gan, or the path of a .json file"
        )
    return _scored(what, [read_json(path) for path in there])


def _scored(name: str, records: list[dict[str, Any]]) -> Scored:
    """One set from a file from outside, or from the files of a model's runs."""
    unit: Unit = "training seeds"
    if records[0].get("family") == "outside" and "records" in records[0]:
        unit, records = "batches of samples", records[0]["records"]
    if not all({"data", "seed", "protocol", "scores"} <= record.keys() for record in records):
        raise DataError(f"{name} is no evaluation: wanted is what `gbench evaluate` writes")
    records = [record for record in records if record["status"] != "skipped"]
    if not records:
        raise UserError(f"{name} was not trained: all of its runs were skipped")
    if any(record["protocol"] != records[0]["protocol"] for record in records):
        raise UserError(f"{name}: its runs were not evaluated alike; `gbench run evaluate`")
    values: dict[str, dict[int, float]] = {}
    for record in records:
        for metric, score in record["scores"].items():
            if score["value"] is not None:
                values.setdefault(metric, {})[record["seed"]] = score["value"]
    lost = [str(record["seed"]) for record in records if record["status"] != "ok"]
    protocol = records[0]["protocol"]
    return Scored(name, records[0]["data"], unit, protocol, values, ", ".join(lost))


def require_alike(first: Scored, second: Scored) -> None:
    """
    Raises:
        UserError: they are of different data, judges or numbers of samples; says all differences.
    """
    differences = []
    if first.data != second.data:
        differences.append(f"data {first.data} and {second.data}")
    for key, what in SAME.items():
        a, b = first.protocol.get(key), second.protocol.get(key)
        if a != b:
            differences.append(f"{what} {a} and {b}")
    if differences:
        raise UserError(
            f"{first.name} and {second.name} cannot be compared, for these differ: "
            f"{'; '.join(differences)}"
        )


def paired(first: Scored, second: Scored) -> bool:
    """Whether both are trainings with the same seeds."""
    seeds = [{*chain.from_iterable(one.values.values())} for one in (first, second)]
    return {first.unit, second.unit} == {"training seeds"} and seeds[0] == seeds[1]


def compare(first: Scored, second: Scored, metrics: Mapping[str, Metric]) -> list[Line]:
    """A line for each metric that one of the two has a value of.

    Raises:
        UserError: as `require_alike`.
    """
    require_alike(first, second)
    in_pairs = paired(first, second)
    found = {
        name: _tested(metric, first, second, in_pairs, name)
        for name, metric in metrics.items()
        if name in first.values or name in second.values
    }
    tested = {name: p for name, (_, p) in found.items() if p is not None}
    adjusted = dict(zip(tested, holm([*tested.values()]), strict=True))
    lines = []
    for name, (difference, _) in found.items():
        a, b = (dict(one.values.get(name, {})) for one in (first, second))
        p = adjusted.get(name)
        verdict = _verdict(metrics[name], first, second, name, p)
        means = (estimate([*a.values()]), estimate([*b.values()]))
        lines.append(Line(name, *means, difference, p, verdict))
    return lines


def _tested(
    metric: Metric, first: Scored, second: Scored, in_pairs: bool, name: str
) -> tuple[Estimate | None, float | None]:
    """The difference of one metric with its interval, and the test's p-value, uncorrected."""
    a, b = first.values.get(name, {}), second.values.get(name, {})
    if not a or not b:
        return None, None
    x, y = np.array([*a.values()]), np.array([*b.values()])
    plain = Estimate(float(x.mean() - y.mean()), None, min(len(x), len(y)))
    if first.diverged or second.diverged or min(len(x), len(y)) < 2:
        return plain, None
    if in_pairs and a.keys() == b.keys():
        both = [(a[seed], b[seed]) for seed in a]
        losses = [[metric.loss(value) for value in side] for side in zip(*both, strict=True)]
        return estimate([u - v for u, v in both]), paired_p(*losses)
    losses = [[metric.loss(float(value)) for value in side] for side in (x, y)]
    if x.std() == 0 and y.std() == 0:  # Welch's t is 0/0, or infinite
        return plain, welch_p(*losses)
    interval = ttest_ind(x, y, equal_var=False).confidence_interval(1 - ALPHA)
    half = float(interval.high - interval.low) / 2
    return plain._replace(half=half), welch_p(*losses)


def welch_p(first: list[float], second: list[float]) -> float:
    """The two-sided p-value of Welch's t-test; at least two values on each side.

    Where neither side varies, it is 0, or 1 if they are equal.
    """
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        return float(first[0] == second[0])
    return float(ttest_ind(first, second, equal_var=False).pvalue)


def _verdict(metric: Metric, first: Scored, second: Scored, name: str, p: float | None) -> str:
    a, b = (dict(one.values.get(name, {})) for one in (first, second))
    if not a or not b:
        return f"not tested: {(second if a else first).name} has no value"
    if a == b:
        return "no difference: the same values"
    for one in (first, second):
        if one.diverged:
            return f"not tested: seed {one.diverged} of {one.name} diverged"
    if p is None:
        return "not tested: needs two values on each side"
    if p >= ALPHA:
        return "not told apart"
    losses = [float(np.mean([metric.loss(v) for v in side.values()])) for side in (a, b)]
    return f"{(first if losses[0] < losses[1] else second).name} is better"
