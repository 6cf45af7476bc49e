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
        block: points, and then queries, at a time; bounds the memory.
    """
    if queries.shape[1] <= 8:
        from scipy.spatial import cKDTree

        return Nearest(*map(np.asarray, cKDTree(points).query(queries)))
    centre = points.mean(axis=0, dtype=np.float64).astype(np.float32)
    q = queries.astype(np.float32) - centre
    rows = np.arange(len(q))
    least, which = np.full(len(q), np.inf, dtype=np.float32), np.zeros(len(q), dtype=np.int64)
    for start in range(0, len(points), block):
        p = points[start : start + block].astype(np.float32) - centre
        square = q @ (-2 * p.T)
        square += (p * p).sum(axis=1)  # |p - q|^2 - |q|^2
        here = square.argmin(axis=1)
        value = square[rows, here]
        better = value < least
        least[better], which[better] = value[better], start + here[better]
    distance = np.empty(len(q))
    for start in range(0, len(q), block):
        part = slice(start, start + block)
        distance[part] = np.linalg.norm(
            queries[part].astype(np.float64) - points[which[part]], axis=1
        )
    return Nearest(distance, which)


def to_train(evidence: Evidence) -> ToTrain:
    """The training examples nearest to the generated and to the reference ones."""
    train = evidence.train.x
    return ToTrain(nearest(evidence.generated.x, train), nearest(evidence.reference.x, train))
