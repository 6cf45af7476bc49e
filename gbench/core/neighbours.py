"""Nearest neighbours: a tree for points, blocks of matrix products for images."""

from typing import NamedTuple

import numpy as np

from gbench.core.metric import Evidence, Floats, Ints


class Nearest(NamedTuple):
    """
    Attributes:
        distance: [N] Euclidean, to the nearest.
        which: [N] the index of that one.
    """

    distance: Floats
    which: Ints


class ToTrain(NamedTuple):
    """What is nearest in the training split, in pixels or coordinates."""

    generated: Nearest
    reference: Nearest


def nearest(queries: Floats, points: Floats, *, block: int = 2048) -> Nearest:
    """The nearest of points [M, D] to each of queries [N, D].

    In many dimensions the choice is made from single-precision products, so that of points whose
    distances differ by less than about 1e-3 of their size either may be chosen; the distance
    returned is that to the chosen one, in double precision: a copy is at distance 0.

    Args:
        block: rows and columns of a product; bounds the memory.
    """
    if queries.shape[1] <= 8:
        from scipy.spatial import cKDTree

        return Nearest(*map(np.asarray, cKDTree(points).query(queries)))
    centre = points.mean(axis=0, dtype=np.float64)
    near = np.concatenate([_nearest_of(q, points, centre, block) for q in _blocks(queries, block)])
    squares = [
        ((q.astype(np.float64) - points[i]) ** 2).sum(axis=1)
        for q, i in zip(_blocks(queries, block), _blocks(near, block), strict=True)
    ]
    return Nearest(np.sqrt(np.concatenate(squares)), near)


def _blocks(x: np.ndarray, size: int) -> list[np.ndarray]:
    return [x[i : i + size] for i in range(0, len(x), size)]


def _nearest_of(queries: Floats, points: Floats, centre: Floats, block: int) -> Ints:
    """Minimises |p|^2 - 2 q.p, which differs from the squared distance by a constant."""
    q = (queries - centre).astype(np.float32)
    best = np.full(len(q), np.inf, dtype=np.float32)
    index = np.zeros(len(q), dtype=np.int64)
    for start in range(0, len(points), block):
        p = (points[start : start + block] - centre).astype(np.float32)
        square = (p * p).sum(axis=1) - 2 * (q @ p.T)
        here = square.argmin(axis=1)
        value = square[np.arange(len(q)), here]
        better = value < best
        best[better], index[better] = value[better], start + here[better]
    return index


def to_train(evidence: Evidence) -> ToTrain:
    """The training examples nearest to the generated and to the reference ones."""
    train = evidence.train.x
    return ToTrain(nearest(evidence.generated.x, train), nearest(evidence.reference.x, train))
