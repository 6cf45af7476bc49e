"""Interpolation: do the pictures on the way between two codes still look like data?

Two judgements, each compared with the same paths blended in pixels: how real the middles are
against the ends (FID and precision in the judge's features), and on which share of the paths
between two classes the oracle sees no third class.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from gbench.core.game import Game
from gbench.protocol.evidence import Samples
from gbench.tracks.generation.measure.latent.prior import Codes, between, draw, require_decoder
from gbench.tracks.generation.measure.latent.probe import Case, Images, Probed, Row, through

SCORES: dict[str, dict[str, Any]] = {"fid": {}, "precision": {"k": 3}}
Path = Callable[[float], Images]  # from the share of the way to images [N, C, H, W]


def probe(game: Game, case: Case) -> Probed:
    """Paths between draws of the prior, and between the codes of two test images of two classes.

    The reference is the test split, for paths between test images the validation split, lest an
    end be its own reference.

    Raises:
        Skip: the game cannot decode.
    """
    require_decoder(game)
    n, settings, court = case.n, case.settings, case.court
    prior = draw(game, 2 * n, case.seed)
    a, b = prior.codes[:n], prior.codes[n:]
    straight = {"straight line": decoded(game, a, b, normal=False)} if prior.normal else {}
    rows = _middles(case, "", decoded(game, a, b, normal=prior.normal), straight, court.test)
    few = decoded(game, a[: settings.pairs], b[: settings.pairs], normal=prior.normal)
    rows += _classes(case, "", few)
    pictures = {"prior": _strip(few, settings.steps, settings.shown)}
    if hasattr(game, "encode"):
        first, second = pairs(court.test, n, case.random())
        images = case.images(court.test)
        codes = through(game, "encode", images)
        path = decoded(game, codes[first], codes[second], normal=prior.normal)
        rows += _middles(case, "image_", path, {}, court.validation)
        first, second = first[: settings.pairs], second[: settings.pairs]
        few = decoded(game, codes[first], codes[second], normal=prior.normal)
        rows += _classes(case, "image_", few, images[first], images[second])
        strip = _strip(few, settings.steps, settings.shown)
        left, right = (images[side[: settings.shown]][:, None] for side in (first, second))
        pictures["images"] = np.concatenate([left, strip, right], axis=1)
    return Probed(rows, pictures, f"path: {prior.path}")


def decoded(game: Game, a: Codes, b: Codes, *, normal: bool) -> Path:
    """The pictures on the way from codes a [N, F] to b."""
    return lambda t: through(game, "decode", between(a, b, t, normal=normal))


def pairs(samples: Samples, n: int, draw: np.random.Generator) -> tuple[Any, Any]:
    """Indices of n pairs of samples, of two classes each where there are two."""
    first = draw.permutation(len(samples))[:n]
    second = draw.permutation(len(samples))[:n]
    if len(np.unique(samples.labels)) > 1:
        while (same := samples.labels[first] == samples.labels[second]).any():
            second[same] = draw.integers(len(samples), size=same.sum())
    return first, second


def _middles(
    case: Case, prefix: str, path: Path, others: dict[str, Path], reference: Samples
) -> list[Row]:
    """FID and precision of the middles, against those of the ends and of other middles."""
    court, n = case.court, case.n
    start, end = path(0.0), path(1.0)
    shown = {"": path(0.5), "ends": start, "pixels blended": blend(start, end, 0.5)}
    shown |= {name: other(0.5) for name, other in others.items()}
    scores = {name: court.scores(court.see(x), reference[:n], SCORES) for name, x in shown.items()}
    own = scores.pop("")
    return [
        Row(f"{prefix}{metric}", own[metric]["value"], name, score[metric]["value"],
            own[metric]["note"])
        for metric in SCORES
        for name, score in scores.items()
    ]  # fmt: skip


def _classes(
    case: Case, prefix: str, path: Path, start: Images | None = None, end: Images | None = None
) -> list[Row]:
    """The share of paths between two classes on which the oracle sees only these two.

    Args:
        start, end: the images between which pixels are blended; the path's own ends if None.
    """
    name = f"{prefix}two_classes"
    if not case.court.classes:
        return [Row(name, None, "pixels blended", None, "the data have no classes")]
    steps = np.linspace(0, 1, case.settings.steps)
    decoded = [path(float(t)) for t in steps]
    start = decoded[0] if start is None else start
    end = decoded[-1] if end is None else end
    blended = [blend(start, end, float(t)) for t in steps]
    seen = [case.court.see(x).labels for x in (start, end)]
    rates = []
    for frames in (decoded, blended):
        labels = np.stack([case.court.see(x).labels for x in frames])
        rates.append(only(labels, seen[0], seen[1]))
    if rates[0] is None:
        return [Row(name, None, "pixels blended", None, "all its samples are of one class")]
    return [Row(name, rates[0], "pixels blended", rates[1])]


def only(labels: np.ndarray, a: np.ndarray, b: np.ndarray) -> float | None:
    """The share of paths with a != b all of whose labels [steps, N] are a or b [N]; None if no
    path has two classes."""
    apart = a != b
    if not apart.any():
        return None
    return float(((labels == a) | (labels == b)).all(axis=0)[apart].mean())


def blend(start: Images, end: Images, t: float) -> Images:
    """The pixels of both, mixed."""
    return start.clip(0, 1) + np.float32(t) * (end.clip(0, 1) - start.clip(0, 1))


def _strip(path: Path, steps: int, shown: int) -> Images:
    """The first paths, a row each: [shown, steps, C, H, W]."""
    return np.stack([path(float(t))[:shown] for t in np.linspace(0, 1, steps)], axis=1)
