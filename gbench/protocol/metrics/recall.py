"""Improved recall: the share of real images within the generated ones' neighbourhoods.

Kynkaanniemi, Karras, Laine, Lehtinen and Aila, "Improved Precision and Recall Metric for
Assessing Generative Models", 2019, arXiv:1904.06991, equation 3.
"""

from gbench.protocol.evidence import Evidence, Metric
from gbench.protocol.metrics._manifolds import precision_recall


def measure(evidence: Evidence, *, k: int = 3) -> float:
    """
    Args:
        k: a ball reaches to its centre's k-th neighbour.
    """
    return evidence.once(precision_recall, k=k).recall


METRIC = Metric(
    title="recall",
    axis="diversity",
    better="higher",
    measure=measure,
    kinds=("images",),
    asks="Which share of the real images could the model have made?",
    formula=(
        "share of real features inside at least one ball around a generated feature that reaches "
        "to its k-th generated neighbour (k = 3 by default)"
    ),
    blind=(
        "Scattered, poor samples have large balls and can raise it; copying. Below 1 even for "
        "real images: read it against the real row."
    ),
    source="Kynkäänniemi et al., 2019, arXiv:1904.06991; torch-fidelity",
    limits={"k": (1, 1000)},
)
