"""KL(r || g): the cost of the data's law r under the model's law g, both smoothed.

Absent modes make it large, samples between the modes hardly: the direction of maximum likelihood.
The two directions and what they punish: Goodfellow, "NIPS 2016 Tutorial: Generative Adversarial
Networks", 2016, arXiv:1701.00160.
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
    return divergence(data, model, len(evidence.generated), evidence.seed)


METRIC = Metric(
    title="KL(r, g) (nats)",
    axis="modes",
    better="lower",
    measure=measure,
    kinds=("points",),
    asks="Does the model reach all that the data have?",
    formula=(
        "KL(r || g) between the mixture r convolved with a Gaussian kernel, whose standard "
        "deviation is that of a mode, and the kernel density g of the samples; as many draws of r "
        "as samples. A perfect sampler of K modes in the plane has about (4K - 1) / (2n)"
    ),
    blind=(
        "Samples away from the data cost little: log 2 if they are half of all. How much an absent "
        "mode costs is set by the kernel and the distance to the nearest sample. It falls with n, "
        "so compare only at the same n."
    ),
    source="Goodfellow, NIPS 2016 Tutorial, 2016, arXiv:1701.00160; a kernel density estimate",
)
