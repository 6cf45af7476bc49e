"""Does a training circle among the modes of a mixture, or does it settle?

Metz, Poole, Pfau and Sohl-Dickstein, "Unrolled Generative Adversarial Networks", 2017,
arXiv:1611.02163, show a GAN that hops from mode to mode of a ring; here is a number for it.

Samples are kept at a few points of a training.  A mode is covered at a point if a sample lies
within 3 sigma of it (PacGAN's definition, as in `metrics/_modes.py`).  Over the second half
of the training let `lost` be how often a mode is covered at one point and not at the next, `gained`
the reverse, and `covered` the modes covered at the former point of each pair, summed.  Then

    turnover = min(lost, gained) / covered

is the share of the covered modes that is exchanged for others from one point to the next.  1: one
set of modes after another; 0: a cover that stays, only grows, or only shrinks, since modes that are
lost and never made up for are a collapse and no circling.

A mode with a tiny share is hit at one point and missed at another by luck.  So the turnover is set
against the one expected if all samples were dealt to the points at random, as they would be if the
model had not changed: `excess` is what is left.  A model that visits the modes in turn covers all
of them when dealt, so its whole turnover is excess.  The excess errs on the side of no circling:
the samples at all points come from the same noise, so a model that stands still has no luck at all,
and one that still gains modes, with few samples in them, seems to owe them to luck.  Both get an
excess under 0.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file
from scipy.special import gammaln

from gbench.core.files import read_json
from gbench.protocol.evidence import Evidence, Floats, Ints, Samples
from gbench.protocol.metrics._modes import high_quality
from gbench.tracks.collapse.measure.record import TurnoverRecord

LEAST = 4  # points in the second half


class Turnover(NamedTuple):
    """
    Attributes:
        points: in the second half of the training.
        turnover: share of the covered modes exchanged from one point to the next, in [0, 1].
        expected: the same if the samples were dealt to the points at random.
    """

    points: int
    turnover: float
    expected: float

    @property
    def excess(self) -> float:
        return self.turnover - self.expected


def counts(x: Floats, centres: Floats, sigma: float) -> Ints:
    """[P, K] how many of the samples x [P, n, D] of each point are of high quality, by mode."""
    found = []
    for one in x.astype(np.float64):
        nearest = np.linalg.norm(one[:, None] - centres, axis=2).argmin(axis=1)
        samples = Samples(one, one, nearest)
        evidence = Evidence(
            samples, samples, samples, one.shape[1:], len(centres), centres=centres, sigma=sigma
        )
        found.append(high_quality(evidence))
    return np.stack(found)


def turnover(by_mode: Ints, n: int) -> Turnover | None:
    """
    Args:
        by_mode: [W, K] high-quality samples by mode at each point of the second half.
        n: samples drawn at each point.

    Returns:
        None with fewer than LEAST points, or if no mode was ever covered before the last one.
    """
    covered = by_mode > 0
    before, after = covered[:-1], covered[1:]
    if len(covered) < LEAST or not before.any():
        return None
    exchanged = min((before & ~after).sum(), (after & ~before).sum())
    return Turnover(len(covered), float(exchanged / before.sum()), expected(by_mode, n))


def expected(by_mode: Ints, n: int) -> float:
    """The turnover expected if the W n samples were dealt to the W points at random.

    A point misses a mode that N of the samples hit with probability C(Wn - n, N) / C(Wn, N), and
    two points both miss it with C(Wn - 2n, N) / C(Wn, N).  lost - gained is the change of the cover
    from the first point to the last, so that min(lost, gained) = lost - max(0, that change); modes
    are taken to change independently.
    """
    points, total = len(by_mode), by_mode.sum(axis=0)
    one, two = (_missed(total, points * n, part * n) for part in (1, 2))
    lost = one - two  # of a pair of points: covered at the one and missed at the other
    change = np.ones(1)
    for p in lost:
        change = np.convolve(change, [p, 1 - 2 * p, p])
    net = float(np.maximum(np.arange(len(change)) - len(lost), 0) @ change)
    return float(((points - 1) * lost.sum() - net) / ((points - 1) * (1 - one).sum()))


def _missed(hits: Ints, dealt: int, hand: int) -> NDArray[np.float64]:
    """The probability that none of the hits are among `hand` of the `dealt` samples."""
    rest = dealt - hand
    possible = hits <= rest
    hits = np.where(possible, hits, 0)
    logs = gammaln(rest + 1) - gammaln(rest - hits + 1) - gammaln(dealt + 1)
    return np.where(possible, np.exp(logs + gammaln(dealt - hits + 1)), 0.0)


def record(run: Path, dataset: Path) -> TurnoverRecord:
    """The result of one training on a known mixture.

    Args:
        run: its folder; `along.safetensors` holds "round" [P] and "x" [P, n, D].
        dataset: the folder of its data.

    Returns:
        "round" [P], "n", "by_mode" [P, K] samples of high quality, and "points", "turnover",
        "expected" and "excess" of the second half, None where there are none; "note" says why.
    """
    card = read_json(run / "run.json")
    found: TurnoverRecord = {
        "data": card["data"],
        "variant": card["variant"],
        "seed": card["seed"],
        "status": card["status"],
        "round": [],
        "n": 0,
        "by_mode": [],
        "note": card["note"],
        "points": None,
        "turnover": None,
        "expected": None,
        "excess": None,
    }
    path = run / "along.safetensors"
    if not path.exists():
        return {**found, "note": card["note"] or "no samples were kept along the training"}
    with safe_open(dataset / "data.safetensors", "numpy") as file:
        if "centres" not in file.keys():  # noqa: SIM118
            return {**found, "note": "the data set has no known modes"}
        centres, sigma = file.get_tensor("centres"), json.loads(file.metadata()["card"])["sigma"]
    kept = load_file(path)
    rounds, x = kept["round"], kept["x"]
    by_mode = counts(x, centres, sigma)
    found["round"], found["n"], found["by_mode"] = rounds.tolist(), x.shape[1], by_mode.tolist()
    measured = turnover(by_mode[rounds > rounds[-1] / 2], x.shape[1])
    if measured is None:
        return {**found, "note": "too few points, or no mode covered, in the second half"}
    return {
        **found,
        "points": measured.points,
        "turnover": measured.turnover,
        "expected": measured.expected,
        "excess": measured.excess,
    }
