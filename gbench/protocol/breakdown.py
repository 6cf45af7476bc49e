"""The scores of each class by itself: which classes a model misses, repeats or copies."""

from dataclasses import replace
from typing import Any

import numpy as np

from gbench.protocol.evidence import Evidence, Skip
from gbench.protocol.metrics import coverage
from gbench.protocol.metrics.vendi_ratio import vendi
from gbench.protocol.neighbours import to_train

MOST = 50  # classes; thousands would fill the records, and no reader looks at them


def by_class(evidence: Evidence, kind: str) -> list[dict[str, Any]]:
    """A record a class that the judge sees in the reference; nothing for more than MOST classes.

    Args:
        kind: "images", or "points", whose classes are the nearest modes.

    Returns:
        "class"; "share" of the samples and "real_share" of the reference; and None where there are
        too few samples: "coverage" and "vendi_ratio" within the class (of images), "nn_ratio" with
        the nearest of the whole training split.
    """
    if not 2 <= evidence.classes <= MOST:
        return []
    return [
        _one(evidence, kind, int(label))
        for label in np.unique(evidence.reference.labels[evidence.reference.labels >= 0])
    ]


def _one(evidence: Evidence, kind: str, label: int) -> dict[str, Any]:
    mine, real = evidence.generated.labels == label, evidence.reference.labels == label
    found: dict[str, Any] = {
        "class": label,
        "share": round(float(mine.mean()), 6),
        "real_share": round(float(real.mean()), 6),
        "coverage": None,
        "vendi_ratio": None,
        "nn_ratio": None,
    }
    if kind == "images":
        generated = evidence.generated[np.flatnonzero(mine)]
        reference = evidence.reference[np.flatnonzero(real)]
        of_class = replace(evidence, generated=generated, reference=reference, _known={})
        found["coverage"] = _coverage(of_class)
        distinct = vendi(generated.x) if mine.any() else 0.0
        found["vendi_ratio"] = round(distinct / vendi(reference.x), 6)
    near = evidence.once(to_train)
    usual = np.median(near.reference.distance[real])
    if mine.any() and usual:
        found["nn_ratio"] = round(float(np.median(near.generated.distance[mine]) / usual), 6)
    return found


def _coverage(evidence: Evidence) -> float | None:
    if not len(evidence.generated):
        return 0.0
    try:
        return round(coverage.measure(evidence), 6)
    except Skip:
        return None
