"""How unevenly the samples are spread over the classes.

Lin, Khetan, Fanti and Oh, "PacGAN: The Power of Two Samples in Generative Adversarial Networks",
2018, arXiv:1712.04086, and the authors' program for stacked MNIST: against the uniform law, with
the plain shares.  (`class_kl` is against the real images, each count raised by a half: at a
thousand classes and as many images, a third of all that it counts is the raise.)
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Metric, Skip


def measure(evidence: Evidence) -> float:
    """
    Raises:
        Skip: the data have no classes.
    """
    if evidence.classes < 2:
        raise Skip("the data set has no labels")
    counts = np.unique(evidence.generated.labels, return_counts=True)[1]
    p = counts / counts.sum()
    return float((p * np.log(p * evidence.classes)).sum())


METRIC = Metric(
    title="class mode KL (nats)",
    axis="modes",
    better="lower",
    measure=measure,
    kinds=("images",),
    asks="Are all classes made equally often?",
    formula=(
        "KL(p || uniform) of the shares p of the K classes that the judge sees; log K if all "
        "images are of one class, about (K - 1) / (2n) for a perfect sampler of equal classes"
    ),
    blind=(
        "Everything within a class, quality included: each image is given some class. Classes "
        "that are not equally frequent in the data, and the judge's mistakes, raise it for a "
        "perfect model too: read it against the real row."
    ),
    source="Lin et al., PacGAN, 2018, arXiv:1712.04086; Srivastava et al., VEEGAN, 2017",
)
