"""Nearest neighbours: a tree for points, blocks of matrix products for images."""

from typing import Literal, NamedTuple

import numpy as np

from gbench.protocol.evidence import Evidence, Floats, Ints


class Nearest(NamedTuple):
    """
    Attributes:
        distance: [N] Euclidean, to the nearest.
        which: [N] the index of that one.
    """

    distance: Floats
    which: Ints


class ToTrain(NamedTuple):
    """The nearest examples of the training split."""

    generated: Nearest
    reference: Nearest


def nearest(
    queries: Floats, points: Floats, *, itself: Ints | None = None, block: int = 2048
) -> Nearest:
    """The nearest of points [M, D] to each of queries [N, D].

    In many dimensions the choice is made from single-precision products, so that of points whose
    distances differ by less than about 1e-3 of their size either may be chosen; the distance
    returned is that to the chosen one, in double precision: a copy is at distance 0.

    Args:
        itself: [N] where each query stands among the points, if it is one of them: it is not its
            own neighbour.  There must be two points then.
        block: points, and then queries, at a time; bounds the memory.
    """
    if queries.shape[1] <= 8:
        return _by_tree(queries, points, itself)
    centre = points.mean(axis=0, dtype=np.float64).astype(np.float32)
    q = queries.astype(np.float32) - centre
    rows = np.arange(len(q))
    least, which = np.full(len(q), np.inf, dtype=np.float32), np.zeros(len(q), dtype=np.int64)
    for start in range(0, len(points), block):
        p = points[start : start + block].astype(np.float32) - centre
        square = q @ (-2 * p.T)
        square += (p * p).sum(axis=1)  # |p - q|^2 - |q|^2
        if itself is not None:
            own = (itself >= start) & (itself < start + len(p))
            square[own, itself[own] - start] = np.inf
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


def _by_tree(queries: Floats, points: Floats, itself: Ints | None) -> Nearest:
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    if itself is None:
        return Nearest(*map(np.asarray, tree.query(queries)))
    distance, which = tree.query(queries, k=2)
    second = (which[:, 0] == itself).astype(np.int64)  # of three equal points neither may be it
    rows = np.arange(len(queries))
    return Nearest(distance[rows, second], which[rows, second])


def to_train(evidence: Evidence, space: Literal["x", "features"] = "x") -> ToTrain:
    """The training examples nearest to the generated and to the reference ones.

    Args:
        space: "x" for pixels or coordinates, "features" for the judge's.
    """
    generated, reference, train = (
        getattr(side, space) for side in (evidence.generated, evidence.reference, evidence.train)
    )
    return ToTrain(nearest(generated, train), nearest(reference, train))


def within(x: Floats) -> Nearest:
    """Of each of x [N, D], N at least 2, the nearest other one."""
    return nearest(x, x, itself=np.arange(len(x)))
