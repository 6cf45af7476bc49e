"""Density: in how many real neighbourhoods a generated image lies.

Naeem, Oh, Uh, Choi and Yoo, "Reliable Fidelity and Diversity Metrics for Generative Models",
2020, arXiv:2002.09797, equation 4.
"""

from gbench.protocol.evidence import Evidence, Metric
from gbench.protocol.metrics._manifolds import density_coverage


def measure(evidence: Evidence, *, k: int = 5) -> float:
    """
    Args:
        k: a ball reaches to its centre's k-th neighbour.
    """
    return evidence.once(density_coverage, k=k).density


METRIC = Metric(
    title="density",
    axis="fidelity",
    better="higher",
    measure=measure,
    kinds=("images",),
    asks="How deep inside the crowd of real images do the generated ones lie?",
    formula=(
        "1/k of the mean number of real balls, each reaching to its centre's k-th real neighbour, "
        "that a generated feature lies in (k = 5 by default); 1 is expected of a perfect model, "
        "more is possible"
    ),
    blind="Collapse and copying: one typical image repeated can score above 1.",
    source="Naeem et al., 2020, arXiv:2002.09797; the authors' prdc",
    limits={"k": (1, 1000)},
)
