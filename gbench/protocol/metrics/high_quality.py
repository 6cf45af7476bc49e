"""The share of samples that lie at a mode.

Lin, Khetan, Fanti and Oh, "PacGAN: The Power of Two Samples in Generative Adversarial Networks",
2018, arXiv:1712.04086, section 4.1.
"""

from gbench.protocol.evidence import Evidence, Metric
from gbench.protocol.metrics import _modes


def measure(evidence: Evidence) -> float:
    return float(evidence.once(_modes.high_quality).sum() / len(evidence.generated))


METRIC = Metric(
    title="high quality",
    axis="fidelity",
    better="higher",
    measure=measure,
    kinds=("points",),
    asks="Which share of the samples lies at a mode?",
    formula=(
        "share of samples within 3 standard deviations of their nearest mode; a perfect sampler "
        "has 1 - exp(-9/2) = 0.989 in the plane"
    ),
    blind="Collapse: one mode repeated scores 1, which is more than the data have.",
    source="Lin et al., PacGAN, 2018, arXiv:1712.04086; Srivastava et al., VEEGAN, 2017",
)
