"""Classes reached.

Metz, Poole, Pfau and Sohl-Dickstein, "Unrolled Generative Adversarial Networks", 2017,
arXiv:1611.02163; Lin, Khetan, Fanti and Oh, "PacGAN: The Power of Two Samples in Generative
Adversarial Networks", 2018, arXiv:1712.04086: the modes of stacked digits.
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
    return float(len(np.unique(evidence.generated.labels)))


METRIC = Metric(
    title="class modes",
    axis="modes",
    better="higher",
    measure=measure,
    kinds=("images",),
    asks="How many of the classes does the model reach?",
    formula=(
        "number of classes that the judge sees at least once; a perfect sampler of K equally "
        "likely ones has about K (1 - exp(-n / K))"
    ),
    blind=(
        "Quality: each image is given some class, and the judge's mistakes fill absent ones. "
        "Balance: one image is enough. It grows with n, so compare only at the same n."
    ),
    source=(
        "Metz et al., Unrolled GAN, 2017, arXiv:1611.02163; Srivastava et al., VEEGAN, 2017, "
        "arXiv:1705.07761; Lin et al., PacGAN, 2018, arXiv:1712.04086"
    ),
)
