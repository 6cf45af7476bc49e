"""Kernel density estimates of samples in the plane.

Parzen, "On Estimation of a Probability Density Function and Mode", 1962, Annals of Mathematical
Statistics 33(3), by scikit-learn.  In the plane a few thousand samples suffice; of images such
estimates are far off and rank models wrongly (Theis, van den Oord and Bethge, "A Note on the
Evaluation of Generative Models", 2016, arXiv:1511.01844, section 3.2; Wu et al. 2017,
arXiv:1611.04273, section 5), so there they are not made.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gbench.protocol.evidence import Floats

PLANE = 2  # dimensions


def fitted(
    samples: Floats, validation: Floats, bandwidths: Sequence[float]
) -> tuple[Callable[[Floats], NDArray[np.float64]], float]:
    """The log density of Gaussian kernels about samples [N, D], as a function from [M, D] to [M]
    nats, and the bandwidth of those given under which validation points [V, D] are most likely."""
    from sklearn.neighbors import KernelDensity

    made = {h: KernelDensity(bandwidth=h).fit(samples) for h in bandwidths}
    best = max(made, key=lambda h: float(made[h].score(validation)))
    return made[best].score_samples, best
