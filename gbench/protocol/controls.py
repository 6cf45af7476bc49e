"""Four generators whose scores are known in advance: the ruler for all others.

Each is scored like a model, with the same n.  If one does not come out as it must, the metric or
the judge is not to be trusted on these data.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np

from gbench.core.files import UserError
from gbench.protocol.breakdown import by_class
from gbench.protocol.evaluation import Court
from gbench.protocol.record import Check, Controls, Scores


def real(court: Court, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two disjoint sets of n indices into validation and test together: the floor.

    Both splits are pooled, so that another seed gives another draw and the floor has an interval.
    Fewer where the pool has less than 2n.
    """
    pool = rng.permutation(len(court.validation) + len(court.test))
    n = min(n, len(pool) // 2)
    return pool[:n], pool[n : 2 * n]


def memoriser(court: Court, n: int, rng: np.random.Generator) -> np.ndarray:
    """n training examples, none twice if there are enough: perfect but for the copying."""
    return court.train.x[rng.choice(len(court.train), n, replace=n > len(court.train))]


def collapsed(court: Court, n: int, rng: np.random.Generator) -> np.ndarray:
    """The mean training example, n times: one answer to every noise.

    The mean and not some real example, whose precision would be 1: it is what squared error leads
    to, and to the judge of labelled images poor in fidelity and diversity at once.  Principal
    components put it into the middle of the data instead: there precision and density praise it.
    """
    return np.repeat(court.train.x.mean(axis=0, keepdims=True, dtype=np.float64), n, axis=0)


def noise(court: Court, n: int, rng: np.random.Generator) -> np.ndarray:
    """Uniform in each pixel, or in the box around the training points."""
    x = court.train.x
    low, high = (0.0, 1.0) if court.kind == "images" else (x.min(axis=0), x.max(axis=0))
    return rng.uniform(low, high, size=(n, x.shape[1]))


def controls(dataset: Path, judge: Path, metrics: dict[str, Any], n: int, seed: int) -> Controls:
    """The record of the four controls.

    Args:
        dataset, judge: folders.
        metrics: keyword arguments, or None, by metric.
        n: samples on each side, as for the models.
        seed: of what is drawn.

    Raises:
        DataError: a file is missing or damaged.
        UserError: some control does not come out as it must; says which, with the numbers.
    """
    start = time.perf_counter()
    court = Court.load(dataset, judge)
    n = min(n, len(court.test))
    rng = np.random.default_rng(seed)
    first, second = real(court, n, rng)
    pool = court.validation + court.test
    seen = {"real": court.evidence(pool[first], pool[second])}
    for name, generator in {"memoriser": memoriser, "collapsed": collapsed, "noise": noise}.items():
        x = generator(court, n, rng).reshape(n, *court.shape)
        seen[name] = court.evidence(court.see(x), court.test[:n])
    found = {name: court.measured(evidence, metrics) for name, evidence in seen.items()}
    if len(first) < n:
        for score in found["real"].values():
            score["note"] = score["note"] or f"{len(first)} instead of {n} on each side"
    checked = checks(found, court.classes)
    failed = [f"{check['check']}: {check['detail']}" for check in checked if not check["passed"]]
    if failed:
        raise UserError(
            f"the metrics cannot be trusted on {court.data} with seed {seed}, because these "
            "controls did not come out as they must:\n  " + "\n  ".join(failed)
        )
    return {
        "data": court.data,
        "seed": seed,
        "status": "ok",
        "protocol": court.protocol(n),
        "controls": found,
        "by_class": {name: by_class(evidence, court.kind) for name, evidence in seen.items()},
        "checks": checked,
        "seconds": round(time.perf_counter() - start, 2),
    }


def checks(found: dict[str, Scores], modes: int) -> list[Check]:
    """Conditions between the controls; only of metrics that have a value.

    Args:
        found: scores by control.
        modes: of the mixture, for points; classes, for images.
    """
    results: list[Check] = []

    def value_of(control: str, metric: str) -> float | None:
        scores = found[control]
        return scores[metric]["value"] if metric in scores else None

    def check(
        what: str,
        control: str,
        metric: str,
        *,
        above: float | None = None,
        below: float | None = None,
    ) -> None:
        value = value_of(control, metric)
        if value is not None:
            passed = (above is None or value > above) and (below is None or value < below)
            lower = "" if above is None else f"{above:.3g} < "
            upper = "" if below is None else f" < {below:.3g}"
            detail = f"{lower}{value:.3g}{upper}"
            results.append({"check": what, "passed": passed, "detail": detail})

    def floor(metric: str) -> float:
        return value_of("real", metric) or 0.0

    check("authenticity gap catches the memoriser", "memoriser", "auth_gap", below=-0.25)
    check("authenticity gap clears real examples", "real", "auth_gap", above=-0.25, below=0.25)
    check("global copying z catches the memoriser", "memoriser", "copying_z_global", below=-5)
    check("global copying z clears real examples", "real", "copying_z_global", above=-5, below=5)
    check("1-NN cannot tell real examples apart", "real", "two_sample_nn", above=0.35, below=0.65)
    check("real examples seldom repeat", "real", "birthday", below=0.5)
    check("repeats sees the collapse", "collapsed", "birthday", above=0.9)
    check("SSIM diversity of real images is even", "real", "ssim_diversity", above=0.5, below=2)
    check("SSIM diversity sees the collapse", "collapsed", "ssim_diversity", below=0.5)
    limit = 1 + (floor("inception_score") - 1) / 3
    check("IS sees the collapse", "collapsed", "inception_score", below=limit)
    check("NN ratio catches the memoriser", "memoriser", "nn_ratio", below=0.5)
    check("NN ratio clears real examples", "real", "nn_ratio", above=0.7, below=1.4)
    check("copying z catches the memoriser", "memoriser", "copying_z", below=-3)
    check("copying z clears real examples", "real", "copying_z", above=-3, below=3)
    for metric in ("recall", "coverage"):
        limit = min(0.1, floor(metric) / 3)
        check(f"{metric} sees the collapse", "collapsed", metric, below=limit)
    for metric in ("fid", "kid", "inception_fid", "fid_train", "fid_infinity"):
        limit = 3 * max(floor(metric), 0.0)
        check(f"{metric} sees the collapse", "collapsed", metric, above=limit)
        check(f"{metric} sees the noise", "noise", metric, above=limit)
    for control in ("collapsed", "noise"):
        check(f"1-NN tells the {control} apart", control, "two_sample_nn", above=0.75)
    check("all modes are found in real points", "real", "modes", above=modes - 1)
    check("modes sees the collapse", "collapsed", "modes", below=modes)
    check("real points are of high quality", "real", "high_quality", above=0.95)
    check("noise is not of high quality", "noise", "high_quality", below=0.5)
    check("mode KL of real points is small", "real", "mode_kl", below=0.1)
    for metric in ("kl_model_data", "kl_data_model"):
        limit = 3 * max(floor(metric), 0.0)
        check(f"{metric} of real points is small", "real", metric, below=0.5)
        check(f"{metric} sees the collapse", "collapsed", metric, above=limit)
        check(f"{metric} sees the noise", "noise", metric, above=limit)
    limit = 0.75 * floor("class_modes")
    check("class modes sees the collapse", "collapsed", "class_modes", below=limit)
    limit = 1.5 * floor("class_mode_kl")
    check("class mode KL sees the collapse", "collapsed", "class_mode_kl", above=limit)
    return results
