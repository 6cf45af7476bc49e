"""Modes reached.

Lin, Khetan, Fanti and Oh, "PacGAN: The Power of Two Samples in Generative Adversarial Networks",
2018, arXiv:1712.04086, section 4.1.
"""

from gbench.protocol.evidence import Evidence, Metric
from gbench.protocol.metrics._modes import high_quality


def measure(evidence: Evidence) -> float:
    return float((evidence.once(high_quality) > 0).sum())


METRIC = Metric(
    title="modes",
    axis="modes",
    better="higher",
    measure=measure,
    kinds=("points",),
    asks="How many of the mixture's modes does the model reach?",
    formula="number of modes with at least one sample within 3 standard deviations",
    blind="Balance: one sample is enough. It grows with n, so compare only at the same n.",
    source="Lin et al., PacGAN, 2018, arXiv:1712.04086; Srivastava et al., VEEGAN, 2017",
)
