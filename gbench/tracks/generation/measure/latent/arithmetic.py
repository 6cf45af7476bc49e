"""Arithmetic with codes: does the mean code of a class, or of a stroke, carry it elsewhere?

Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative
Adversarial Networks", 2016, arXiv:1511.06434, section 6.3.2, averaged the codes of a few chosen
samples and showed pictures.  Here nothing is chosen and success is counted: the oracle labels many
samples, half of them give the mean codes, and codes of the other half are moved by

    z + mean code of class b - mean code of class a,

to every class b from every class a; the move succeeds if the oracle sees b.  A class that is never
seen among the samples counts as failed.  A stroke's direction leads from the mean code of the
quarter of the samples that has least of it to that of the quarter that has most, and is taken in
both senses.  It succeeds if the stroke changes more in the asked sense than by a random direction
of the same length; ties count one half.

Chance is measured by the same moves in two other directions of the same length each: a random one,
and that which results when labels (or strokes) are shuffled among the codes.

Models that also encode are asked the same once more with codes of images: means over the training
split, moved codes of the test split.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gbench.core.game import Game
from gbench.protocol.evidence import Floats, Ints
from gbench.tracks.generation.measure.latent.prior import Codes, draw, require_decoder
from gbench.tracks.generation.measure.latent.probe import Case, Images, Probed, Row, through

CHANCES = ("random direction", "shuffled labels")
SHUFFLES = 20  # of the labels, lest chance hang on one direction
REACH = np.linspace(-2, 2, 7)  # at which multiples of a stroke's direction pictures are shown
Decode = Callable[[Codes], Images]
Classify = Callable[[Images], Ints]
Measure = Callable[[Images], Floats]


class Coded(NamedTuple):
    """Images with their codes [N, F] and the classes [N] that the oracle sees."""

    codes: Codes
    labels: Ints
    images: Images

    def part(self, rows: slice) -> "Coded":
        return Coded(self.codes[rows], self.labels[rows], self.images[rows])


def probe(game: Game, case: Case) -> Probed:
    """
    Raises:
        Skip: the game cannot decode.
    """
    require_decoder(game)

    def decode(codes: Codes) -> Images:
        return through(game, "decode", codes).clip(0, 1)

    def classify(images: Images) -> Ints:
        return case.court.see(images).labels

    prior = draw(game, case.settings.samples, case.seed)
    made = decode(prior.codes)
    seen = Coded(prior.codes, classify(made), made)
    half = len(made) // 2
    fitted, held = seen.part(slice(half)), seen.part(slice(half, None))
    rows, pictures = _asked(case, "", fitted, held, decode, classify)
    if hasattr(game, "encode"):
        fitted, held = (
            Coded(through(game, "encode", images), split.labels, images)
            for split in (case.court.train[: len(made)], case.court.test[: len(made)])
            for images in [case.images(split)]
        )
        more, pictures = _asked(case, "image_", fitted, held, decode, classify)
        rows += more
    return Probed(rows, pictures)


def _asked(
    case: Case, prefix: str, fitted: Coded, held: Coded, decode: Decode, classify: Classify
) -> tuple[list[Row], dict[str, Images]]:
    """All moves of one kind of codes, and pictures of some."""
    rows, pictures = [], {}
    classes, moves = case.court.classes, case.settings.moves
    name = f"{prefix}class"
    if classes > 1:
        rates = classes_moved(fitted, held, classes, moves, decode, classify, case.random())
        rows += [Row(name, rates[0], *chance) for chance in zip(CHANCES, rates[1:], strict=True)]
        pictures["classes"] = _grid(fitted, held, classes, decode)
    else:
        rows += [Row(name, None, CHANCES[0], None, "the data have no classes")]
    grey = case.court.shape[0] == 1
    for stroke, measure in STROKES.items():
        name = f"{prefix}{stroke}"
        if not grey:
            rows.append(Row(name, None, CHANCES[0], None, "colour images are not of strokes"))
            continue
        rates = stroke_moved(fitted, held, measure, moves, decode, case.random())
        rows += [Row(name, rates[0], *chance) for chance in zip(CHANCES, rates[1:], strict=True)]
        step = stroke_direction(fitted.codes, measure(fitted.images))
        along = [decode(held.codes[:2] + np.float32(reach) * step) for reach in REACH]
        pictures[stroke] = np.stack(along, axis=1)
    return rows, pictures


def means(codes: Codes, labels: Ints, classes: int) -> Floats:
    """The mean code of each class, [classes, F]; NaN for a class without codes."""
    counts = np.bincount(labels, minlength=classes)[:, None]
    sums = np.stack([codes[labels == k].sum(0, dtype=np.float64) for k in range(classes)])
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def classes_moved(
    fitted: Coded,
    held: Coded,
    classes: int,
    moves: int,
    decode: Decode,
    classify: Classify,
    draw: np.random.Generator,
) -> tuple[float, float, float]:
    """Success rates of the moves between classes: by mean codes, at random, with shuffled labels.

    Every ordered pair of classes is asked equally often, but for the remainder of
    moves / (classes (classes - 1)); its codes are the first of the held-out ones.
    """
    there = np.unique(held.labels)
    ordered = np.array([(a, b) for a in there for b in range(classes) if a != b])
    asked = ordered[np.resize(draw.permutation(len(ordered)), moves)]
    start = np.empty(moves, dtype=np.int64)
    for a in there:
        asks = asked[:, 0] == a
        start[asks] = np.resize(np.flatnonzero(held.labels == a), asks.sum())
    of_class = means(fitted.codes, fitted.labels, classes)
    step = of_class[asked[:, 1]] - of_class[asked[:, 0]]
    possible = np.isfinite(step).all(axis=1)
    step = np.where(possible[:, None], step, 0)
    length = np.linalg.norm(step, axis=1, keepdims=True)
    which = np.arange(moves) % SHUFFLES
    shuffled = np.stack(
        [means(fitted.codes, draw.permutation(fitted.labels), classes) for _ in range(SHUFFLES)]
    )
    aside = np.nan_to_num(shuffled[which, asked[:, 1]] - shuffled[which, asked[:, 0]])
    found = []
    for direction in (step, draw.normal(size=step.shape), aside):
        codes = held.codes[start] + resized(direction, length)
        seen = classify(decode(codes.astype(np.float32)))
        found.append(float(((seen == asked[:, 1]) & possible).mean()))
    return found[0], found[1], found[2]


def resized(direction: Floats, length: Floats) -> Floats:
    """Vectors [N, F] of the given lengths [N, 1]; zero stays zero."""
    own = np.linalg.norm(direction, axis=1, keepdims=True)
    return direction * np.divide(length, own, out=np.zeros_like(own), where=own > 0)


def stroke_direction(codes: Codes, amount: Floats) -> NDArray[np.float32]:
    """From the mean code of the quarter with least to that of the quarter with most, [F]."""
    order, quarter = np.argsort(amount, kind="stable"), max(1, len(amount) // 4)
    step = codes[order[-quarter:]].mean(0) - codes[order[:quarter]].mean(0)
    return step.astype(np.float32)


def stroke_moved(
    fitted: Coded,
    held: Coded,
    measure: Measure,
    moves: int,
    decode: Decode,
    draw: np.random.Generator,
) -> tuple[float, float, float]:
    """Rates at which a move changes the stroke more than a random one: along the mean codes, along
    another random direction, along those of shuffled strokes."""
    start = held.codes[:moves]
    amount = measure(fitted.images)
    sense = np.where(np.arange(len(start)) % 2, -1.0, 1.0)
    step = stroke_direction(fitted.codes, amount)
    length = np.full((len(start), 1), np.linalg.norm(step))
    shuffled = np.stack(
        [stroke_direction(fitted.codes, draw.permutation(amount)) for _ in range(SHUFFLES)]
    )
    aside = shuffled[np.arange(len(start)) // 2 % SHUFFLES]  # each in both senses

    def moved(direction: Floats) -> Floats:
        codes = start + sense[:, None] * resized(direction, length)
        return sense * measure(decode(codes.astype(np.float32)))

    rival = moved(draw.normal(size=start.shape))
    ways = (step, draw.normal(size=start.shape), aside)
    own = [moved(np.broadcast_to(way, start.shape)) for way in ways]
    first, second, third = (float(((a > rival) + 0.5 * (a == rival)).mean()) for a in own)
    return first, second, third


def ink(images: Images) -> Floats:
    """The mean of the pixels, [N]."""
    return images.mean(axis=(1, 2, 3), dtype=np.float64)


def slant(images: Images) -> Floats:
    """By how many columns the strokes lean to the right, a row upwards, [N]: minus the covariance
    of the inked pixels' columns and rows over the variance of their rows; 0 without ink."""
    weight = images.mean(axis=1, dtype=np.float64).clip(0)
    total = np.maximum(weight.sum(axis=(1, 2), keepdims=True), 1e-12)
    row, column = (axis.astype(np.float64) for axis in np.indices(weight.shape[1:]))
    row = row - (weight * row).sum((1, 2), keepdims=True) / total
    column = column - (weight * column).sum((1, 2), keepdims=True) / total
    variance = (weight * row * row).sum((1, 2))
    covariance = (weight * row * column).sum((1, 2))
    return -covariance / np.where(variance > 1e-9, variance, np.inf)


STROKES: dict[str, Measure] = {"ink": ink, "slant": slant}


def _grid(fitted: Coded, held: Coded, classes: int, decode: Decode) -> Images:
    """A row per class: its first held-out code, moved to every class; [classes, classes, C, H, W].

    The code itself stands on the diagonal.  What is not seen is left empty.
    """
    of_class = means(fitted.codes, fitted.labels, classes)
    grid = np.zeros((classes, classes, *held.images.shape[1:]), dtype=np.float32)
    for a in range(classes):
        own = np.flatnonzero(held.labels == a)[:1]
        steps = of_class - of_class[a]
        there = np.isfinite(steps).all(axis=1)
        if len(own) and there.any():
            codes = held.codes[own] + steps[there]
            grid[a, there] = decode(codes.astype(np.float32))
    return grid
