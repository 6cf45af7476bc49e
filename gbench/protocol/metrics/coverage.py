"""Coverage: the share of real images with a generated one in their neighbourhood.

Naeem, Oh, Uh, Choi and Yoo, "Reliable Fidelity and Diversity Metrics for Generative Models",
2020, arXiv:2002.09797, equation 5.
"""

from gbench.protocol.evidence import Evidence, Metric
from gbench.protocol.metrics._manifolds import density_coverage


def measure(evidence: Evidence, *, k: int = 5) -> float:
    """
    Args:
        k: a ball reaches to its centre's k-th neighbour.
    """
    return evidence.once(density_coverage, k=k).coverage


METRIC = Metric(
    title="coverage",
    axis="diversity",
    better="higher",
    measure=measure,
    kinds=("images",),
    asks="Which share of the real images has a generated one close by?",
    formula=(
        "share of real balls, each reaching to its centre's k-th real neighbour, that hold a "
        "generated feature (k = 5 by default); about 1 - 2^-k is expected of a perfect model"
    ),
    blind="Copying; how often each real image is met.",
    source="Naeem et al., 2020, arXiv:2002.09797; the authors' prdc",
    limits={"k": (1, 1000)},
)
