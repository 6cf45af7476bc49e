"""The kernel distance between generated and real features of the judge.

Binkowski, Sutherland, Arbel and Gretton, "Demystifying MMD GANs", 2018, arXiv:1801.01401,
section 4.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Metric, Skip


def measure(evidence: Evidence, *, subsets: int = 100, subset_size: int = 1000) -> float:
    """torch-fidelity's estimate, in double precision.

    Features are first centred on the training split's mean and divided by its root mean square
    deviation over all features: at another offset or scale the cubic kernel can drown in
    rounding.  One divisor for all keeps features that hardly vary from dominating by rare outliers.

    Args:
        subsets: how many random subsets are averaged; one if a subset is everything there is.
        subset_size: at most this many samples of each side a subset.

    Raises:
        Skip: the unbiased estimate needs two samples, and features that vary.
    """
    import torch
    from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric

    size = min(subset_size, len(evidence.generated), len(evidence.reference))
    if size < 2:
        raise Skip("needs at least 2 samples on each side")
    everything = size == len(evidence.generated) == len(evidence.reference)
    train = evidence.train.features.astype(np.float64)
    mean, scale = train.mean(axis=0), np.sqrt(train.var(axis=0).mean())
    if scale == 0:
        raise Skip("the training features do not vary")
    generated, reference = (
        torch.from_numpy((x.features - mean) / scale)
        for x in (evidence.generated, evidence.reference)
    )
    return kid_features_to_metric(
        generated,
        reference,
        kid_subsets=1 if everything else subsets,
        kid_subset_size=size,
        rng_seed=evidence.seed,
        verbose=False,
    )[KEY_METRIC_KID_MEAN]


METRIC = Metric(
    title="KID (judge)",
    axis="fidelity",
    better="lower",
    measure=measure,
    kinds=("images",),
    asks="Do generated and real features differ in mean, spread or skewness?",
    formula=(
        "unbiased squared maximum mean discrepancy with kernel (x·y / F + 1)³ over features "
        "of the judge, centred and scaled; about 0, of either sign, for a perfect model"
    ),
    blind="Copies of the training data score like a perfect model.",
    source=(
        "Binkowski et al., Demystifying MMD GANs, 2018, arXiv:1801.01401; torch-fidelity, with "
        "the judge in place of Inception"
    ),
    limits={"subsets": (1, 10**6), "subset_size": (2, 10**6)},
)
