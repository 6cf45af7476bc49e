"""Improved precision: the share of generated images within the real ones' neighbourhoods.

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
    return evidence.once(precision_recall, k=k).precision


METRIC = Metric(
    title="precision",
    axis="fidelity",
    better="higher",
    measure=measure,
    kinds=("images",),
    asks="Which share of the generated images could pass for real?",
    formula=(
        "share of generated features inside at least one ball around a real feature that reaches "
        "to its k-th real neighbour (k = 3 by default)"
    ),
    blind=(
        "Collapse and copying: one good image repeated scores 1. Below 1 even for real images: "
        "read it against the real row."
    ),
    source="Kynkäänniemi et al., 2019, arXiv:1904.06991; torch-fidelity",
    limits={"k": (1, 1000)},
)
