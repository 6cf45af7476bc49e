"""Which modes of a known mixture the samples reach.

Lin, Khetan, Fanti and Oh, "PacGAN: The Power of Two Samples in Generative Adversarial Networks",
2018, arXiv:1712.04086, section 4.1; definitions of Srivastava et al., VEEGAN, arXiv:1705.07761.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Ints, Skip


def high_quality(evidence: Evidence) -> Ints:
    """[K] how many samples lie within 3 sigma of each mode, if that is their nearest.

    Raises:
        Skip: the data are not a known mixture.
    """
    if evidence.centres is None:
        raise Skip("the data set has no known modes")
    own = evidence.centres[evidence.generated.labels]
    distance = np.linalg.norm(evidence.generated.x.astype(np.float64) - own, axis=1)
    near = evidence.generated.labels[distance < 3 * evidence.sigma]
    return np.bincount(near, minlength=len(evidence.centres))
