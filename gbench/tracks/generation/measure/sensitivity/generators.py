"""Generators of known faults, made from real examples that no model has seen.

Each is a pure function of a draw.  What it spoils are the held-out examples of that draw wherever
it can, so that its scores differ from theirs by the fault alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal, NamedTuple

import numpy as np

from gbench.protocol.controls import collapsed, memoriser, noise
from gbench.protocol.evaluation import Court
from gbench.protocol.evidence import Floats, Ints, Samples
from gbench.protocol.neighbours import nearest

Fault = Literal["overfitting", "diversity", "fidelity"]
FEW = 100  # examples that stand for all in `repeated`
PROBED = 200  # held-out examples whose distance to the training data sets the size of a noise


@dataclass(frozen=True)
class Draw:
    """Real examples for one round of generators.

    Attributes:
        court: the data set and its judge.
        real: n held-out examples.
        spare: held-out examples besides these and the reference; few or none where data are few.
        seed: of what is random in a generator; each of them starts from it anew.
    """

    court: Court
    real: Samples
    spare: Samples
    seed: int

    @property
    def n(self) -> int:
        return len(self.real)

    def rng(self) -> np.random.Generator:
        return np.random.default_rng([self.seed, 1])

    @cached_property
    def apart(self) -> float:
        """The median distance of a held-out example to its nearest training example."""
        return float(np.median(nearest(self.real.x[:PROBED], self.court.train.x).distance))


class Generator(NamedTuple):
    """
    Attributes:
        title: in the table.
        what: it is, in a sentence.
        fault: the quality that it lacks.
        plain: whether the fault is so large that a metric for it must see it.
        make: maps a draw to x [n, D], pixels in [0, 1] or coordinates.
    """

    title: str
    what: str
    fault: Fault
    plain: bool
    make: Callable[[Draw], Floats]


def copies(draw: Draw) -> Floats:
    return memoriser(draw.court, draw.n, draw.rng())


def noisy_copies(draw: Draw, share: float) -> Floats:
    """Copies, each moved by about `share` of the distance that real examples keep from them."""
    x = copies(draw).astype(np.float64)
    spread = share * draw.apart / np.sqrt(x.shape[1])
    return x + spread * draw.rng().normal(size=x.shape)


def half(draw: Draw, other: Callable[[Draw], Floats]) -> Floats:
    """The first half of the held-out examples, and as much of the other as is missing."""
    kept = draw.n // 2
    return np.concatenate([draw.real.x[:kept], other(draw)[: draw.n - kept]])


def of_classes(draw: Draw, chosen: Ints) -> Floats:
    """n real examples of these classes: held-out ones, then spare ones, then the same again."""
    pool = draw.real + draw.spare
    return pool.x[np.resize(np.flatnonzero(np.isin(pool.labels, chosen)), draw.n)]


def without(draw: Draw, missing: Callable[[int], int]) -> Floats:
    """Real examples but for some classes, chosen at random.

    Args:
        missing: of K classes that occur, how many are missing.
    """
    classes = draw.rng().permutation(np.unique(draw.real.labels))
    return of_classes(draw, classes[missing(len(classes)) :])


def imbalanced(draw: Draw) -> Floats:
    """Classes with shares that fall along a line, the last with a tenth of the first."""
    classes = draw.rng().permutation(np.unique(draw.real.labels))
    shares = np.linspace(1, 0.1, len(classes))
    ends = np.rint(draw.n * shares.cumsum() / shares.sum()).astype(int)
    counts = np.diff(ends, prepend=0)
    return np.concatenate(
        [of_classes(draw, classes[k : k + 1])[:count] for k, count in enumerate(counts)]
    )


def repeated(draw: Draw, most: int) -> Floats:
    """The first held-out examples over and over: so many, or a quarter of n if that is fewer."""
    return np.resize(draw.real.x[: max(1, min(most, draw.n // 4))], draw.real.x.shape)


def pixels(draw: Draw, change: Callable[[Floats], Floats]) -> Floats:
    """The held-out images [n, C, H, W], changed."""
    return change(draw.real.x.reshape(-1, *draw.court.shape)).reshape(draw.real.x.shape)


def blurred(images: Floats) -> Floats:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(images, (0, 0, 0.7, 0.7), mode="nearest"))


def shifted(images: Floats) -> Floats:
    """One pixel to the right; what enters repeats the edge."""
    return np.concatenate([images[..., :1], images[..., :-1]], axis=-1)


def quantised(images: Floats, levels: int) -> Floats:
    return np.rint(images * (levels - 1)) / (levels - 1)


def faded(images: Floats) -> Floats:
    """Contrast lowered to 80 % about middle grey."""
    return 0.5 + 0.8 * (images - 0.5)


def jittered(draw: Draw, sigma: float) -> Floats:
    """Gaussian noise in every coordinate."""
    return draw.real.x + sigma * draw.rng().normal(size=draw.real.x.shape)


def _centres(draw: Draw) -> Floats:
    assert draw.court.centres is not None
    return draw.court.centres.astype(np.float64)


def widened(draw: Draw, factor: float) -> Floats:
    """Each point's distance to its mode, times a factor."""
    own = _centres(draw)[draw.real.labels]
    return own + factor * (draw.real.x - own)


def bridged(draw: Draw) -> Floats:
    """A tenth of the points anywhere on the way from their mode to the one nearest to that."""
    x, centres = draw.real.x.astype(np.float64), _centres(draw)
    gaps = np.linalg.norm(centres[:, None] - centres, axis=-1)
    np.fill_diagonal(gaps, np.inf)
    moved = draw.real.labels[: draw.n // 10]
    way = centres[gaps.argmin(1)][moved] - centres[moved]
    x[: len(moved)] += draw.rng().uniform(size=(len(moved), 1)) * way
    return x


def _overfitting(one: str) -> dict[str, Generator]:
    return {
        "copies": Generator(
            "Training copies", f"Training {one}s, none twice if there are enough.",
            "overfitting", True, copies),
        "near_copies": Generator(
            "Copies, little noise",
            "Training copies, each moved by a quarter of the distance that real data keep.",
            "overfitting", False, partial(noisy_copies, share=0.25)),
        "far_copies": Generator(
            "Copies, more noise",
            "Training copies, each moved by half of the distance that real data keep.",
            "overfitting", False, partial(noisy_copies, share=0.5)),
        "half_copies": Generator(
            "Half copies", "Half of it training copies, half held-out data.",
            "overfitting", False, partial(half, other=copies)),
    }  # fmt: skip


def _repeating(one: str) -> dict[str, Generator]:
    return {
        "one_repeated": Generator(
            f"One {one} repeated", f"One real {one}, n times.",
            "diversity", True, partial(repeated, most=1)),
        "hundred_repeated": Generator(
            f"100 {one}s repeated", f"100 real {one}s over and over; n / 4 if n is under 400.",
            "diversity", False, partial(repeated, most=FEW)),
    }  # fmt: skip


def _uneven(group: str) -> dict[str, Generator]:
    fill = "What is missing is filled up with other real data; where these end, they repeat."
    return {
        "one_missing": Generator(
            f"One {group} missing", f"Real data without one {group}. {fill}",
            "diversity", False, partial(without, missing=lambda k: 1)),
        "half_missing": Generator(
            f"Half of the {group}{'es' if group == 'class' else 's'} missing",
            f"Real data without every second {group}. {fill}",
            "diversity", True, partial(without, missing=lambda k: k // 2)),
        "one_only": Generator(
            f"One {group} only", f"Real data of one {group}. {fill}",
            "diversity", True, partial(without, missing=lambda k: k - 1)),
        "imbalanced": Generator(
            "Uneven shares", f"The last {group} has a tenth of the first's share. {fill}",
            "diversity", False, imbalanced),
    }  # fmt: skip


def _noisy() -> dict[str, Generator]:
    return {
        "noise": Generator(
            "Noise", "Uniform in the box of the data.",
            "fidelity", True, lambda draw: noise(draw.court, draw.n, draw.rng())),
        "half_noise": Generator(
            "Half noise", "Half of it uniform noise, half held-out data.",
            "fidelity", True,
            partial(half, other=lambda draw: noise(draw.court, draw.n, draw.rng()))),
        "mean": Generator(
            "The mean", "The mean training example, n times: poor in diversity as well.",
            "fidelity", False, lambda draw: collapsed(draw.court, draw.n, draw.rng())),
    }  # fmt: skip


IMAGES = _noisy() | {
    "blur": Generator(
        "Blur", "Held-out images under a Gaussian of 0.7 pixels.",
        "fidelity", True, partial(pixels, change=blurred)),
    "pixel_noise": Generator(
        "Pixel noise", "Gaussian noise of 0.1 in every pixel.",
        "fidelity", False, partial(jittered, sigma=0.1)),
    "binary": Generator(
        "Black and white", "Every pixel rounded to 0 or 1.",
        "fidelity", False, partial(pixels, change=partial(quantised, levels=2))),
    "four_levels": Generator(
        "Four grey levels", "Every pixel rounded to a multiple of a third.",
        "fidelity", False, partial(pixels, change=partial(quantised, levels=4))),
    "faded": Generator(
        "Faded", "Contrast lowered to 80 % about middle grey.",
        "fidelity", False, partial(pixels, change=faded)),
    "shifted": Generator(
        "Shifted", "Every image one pixel to the right.",
        "fidelity", False, partial(pixels, change=shifted)),
}  # fmt: skip

MIXTURES = _noisy() | {
    "bridges": Generator(
        "Bridges", "A tenth of the points somewhere on the way to the next mode.",
        "fidelity", True, bridged),
    "wider": Generator(
        "Wider modes", "Every point twice as far from its mode.",
        "fidelity", False, partial(widened, factor=2.0)),
    "narrower": Generator(
        "Narrower modes", "Every point half as far from its mode.",
        "diversity", False, partial(widened, factor=0.5)),
    "jitter": Generator(
        "Jitter", "Gaussian noise, as wide as a mode, on every point.",
        "fidelity", False, lambda draw: jittered(draw, draw.court.sigma)),
}  # fmt: skip


def suited(court: Court) -> dict[str, Generator]:
    """The generators that make sense of these data, grouped by fault."""
    images = court.kind == "images"
    one, group = ("image", "class") if images else ("point", "mode")
    found = _overfitting(one) | _repeating(one)
    if court.classes > 1:
        found |= _uneven(group)
    if images:
        found |= IMAGES
    else:
        found |= MIXTURES if court.centres is not None else _noisy()
    order = ("overfitting", "diversity", "fidelity")
    return dict(sorted(found.items(), key=lambda item: order.index(item[1].fault)))
