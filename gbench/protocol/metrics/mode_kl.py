"""How unevenly the samples are spread over the modes.

Lin, Khetan, Fanti and Oh, "PacGAN: The Power of Two Samples in Generative Adversarial Networks",
2018, arXiv:1712.04086, section 4.1.  As in their code, samples outside all modes do not count.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Metric, Skip
from gbench.protocol.metrics._modes import high_quality


def measure(evidence: Evidence) -> float:
    """
    Raises:
        Skip: no sample lies at a mode.
    """
    counts = evidence.once(high_quality)
    if not counts.any():
        raise Skip("no sample lies within 3 sigma of a mode")
    p = counts[counts > 0] / counts.sum()
    return float((p * np.log(p * len(counts))).sum())


METRIC = Metric(
    title="mode KL (nats)",
    axis="modes",
    better="lower",
    measure=measure,
    kinds=("points",),
    asks="Are all modes met equally often?",
    formula=(
        "KL(p || uniform) of the shares p of samples within 3 standard deviations of each of the "
        "K modes; log K if all is at one mode, about (K - 1) / (2n) for a perfect sampler"
    ),
    blind="Samples outside the modes; the shape within a mode.",
    source="Lin et al., PacGAN, 2018, arXiv:1712.04086 (reverse KL)",
)
