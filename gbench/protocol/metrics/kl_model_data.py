"""KL(g || r): the cost of the model's law g under the data's law r, both smoothed.

Samples far from the data make it large, absent modes hardly: the direction that a model may favour
that drops modes.  The two directions and what they punish: Goodfellow, "NIPS 2016 Tutorial:
Generative Adversarial Networks", 2016, arXiv:1701.00160.
"""

from gbench.protocol.evidence import Evidence, Metric
from gbench.protocol.metrics._laws import divergence, smoothed


def measure(evidence: Evidence, *, bandwidth: float = 1.0) -> float:
    """
    Args:
        bandwidth: the kernel's standard deviation, in those of the modes.

    Raises:
        Skip: the data are not a known mixture.
    """
    model, data = smoothed(evidence, bandwidth)
    return divergence(model, data, len(evidence.generated), evidence.seed)


METRIC = Metric(
    title="KL(g, r) (nats)",
    axis="modes",
    better="lower",
    measure=measure,
    kinds=("points",),
    asks="Does the model stay where the data are?",
    formula=(
        "KL(g || r) between the kernel density g of the samples and the mixture r convolved with "
        "the same Gaussian kernel, whose standard deviation is that of a mode; one draw a sample. "
        "A perfect sampler of K modes in the plane has about (4K - 1) / (2n)"
    ),
    blind=(
        "Absent modes cost little: log(K / k) if k of K are met evenly. How much a sample far from "
        "the data costs is set by the kernel. It falls with n, so compare only at the same n."
    ),
    source="Goodfellow, NIPS 2016 Tutorial, 2016, arXiv:1701.00160; a kernel density estimate",
)
