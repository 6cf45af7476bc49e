"""The data-copying test C_T.

Meehan, Chaudhuri and Dasgupta, "A Non-Parametric Test to Detect Data-Copying in Generative
Models", 2020, arXiv:2004.05675, section 4.  Written anew: the published code fails on current
numpy and shifts the mean of U by a continuity correction, which is left out here.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Floats, Metric, Skip
from gbench.protocol.neighbours import nearest


def mann_whitney_z(generated: Floats, held_out: Floats) -> float:
    """The z-score of U, the number of pairs in which the generated value [M] exceeds the held-out
    one [N]; ties count half.  Standard normal if both come from one continuous law."""
    m, n = len(generated), len(held_out)
    held_out = np.sort(held_out)
    below = np.searchsorted(held_out, generated, "left")
    below_or_equal = np.searchsorted(held_out, generated, "right")
    u = (below + below_or_equal).sum() / 2
    return float((u - m * n / 2) / np.sqrt(m * n * (m + n + 1) / 12))


def measure(evidence: Evidence, *, cells: int = 5, least: int = 20) -> float:
    """
    Args:
        cells: the training features are cut into so many by k-means.
        least: only cells with at least so many generated samples count.

    Raises:
        Skip: no cell counts.
    """
    from scipy.cluster.vq import kmeans2, vq

    train, held_out, generated = (
        x.features.astype(np.float64)
        for x in (evidence.train, evidence.reference, evidence.generated)
    )
    rng = np.random.default_rng(evidence.seed)
    if cells > 1:
        centroids, _ = kmeans2(train, cells, minit="++", rng=rng)
    else:
        centroids = train.mean(axis=0, keepdims=True)
    in_train, in_held_out, in_generated = (
        vq(x, centroids)[0] for x in (train, held_out, generated)
    )
    weights, scores = [], []
    for cell in range(cells):
        t, p, q = train[in_train == cell], held_out[in_held_out == cell], in_generated == cell
        if len(t) and len(p) and q.sum() >= least:
            near = nearest(generated[q], t).distance, nearest(p, t).distance
            weights.append(len(p))
            scores.append(mann_whitney_z(*near))
    if not weights:
        raise Skip(f"no cell holds {least} generated samples and a held-out example")
    return float(np.average(scores, weights=weights))


METRIC = Metric(
    title="copying z",
    axis="overfitting",
    better="target",
    target=0.0,
    measure=measure,
    kinds=("images", "points"),
    asks="Region by region, are samples nearer to the training data than new real examples are?",
    formula=(
        "in each of 5 k-means cells of the training features (the default): Mann-Whitney z of the "
        "distances to the nearest training feature, generated against held-out; mean over cells "
        "weighted by held-out examples. Far below 0 means copying, far above 0 poor fit"
    ),
    blind=(
        "Copies by a few per cent of the samples; copies with noise added, which cancel out; what "
        "the judge's features ignore; cells with too few samples."
    ),
    source="Meehan, Chaudhuri and Dasgupta, 2020, arXiv:2004.05675 (C_T)",
    limits={"cells": (1, 10**4), "least": (1, 10**6)},
)
