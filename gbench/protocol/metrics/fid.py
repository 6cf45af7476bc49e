"""The Frechet distance between Gaussians fitted to the judge's features.

Heusel, Ramsauer, Unterthiner, Nessler and Hochreiter, "GANs Trained by a Two Time-Scale Update
Rule Converge to a Local Nash Equilibrium", 2017, arXiv:1706.08500, equation 6.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Floats, Metric, Skip


def frechet(generated: Floats, reference: Floats) -> float:
    """torch-fidelity's distance between features [N, F] and [N, F], in double precision.

    Raises:
        Skip: a covariance needs two samples; or there are not as many on both sides, so that the
            bias, which falls with both counts, would be of neither.
    """
    import torch
    from torch_fidelity.metric_fid import (
        KEY_METRIC_FID,
        fid_features_to_statistics,
        fid_statistics_to_metric,
    )

    if min(len(generated), len(reference)) < 2:
        raise Skip("needs at least 2 samples on each side")
    if len(generated) != len(reference):
        raise Skip(
            f"{len(generated)} generated against {len(reference)} real examples: "
            "FID is compared at equal numbers only"
        )
    first, second = (
        fid_features_to_statistics(torch.from_numpy(np.asarray(x, dtype=np.float64)))
        for x in (generated, reference)
    )
    return fid_statistics_to_metric(first, second, False)[KEY_METRIC_FID]


def measure(evidence: Evidence) -> float:
    return frechet(evidence.generated.features, evidence.reference.features)


METRIC = Metric(
    title="FID (judge)",
    axis="fidelity",
    better="lower",
    measure=measure,
    kinds=("images",),
    asks="How far are mean and covariance of the generated features from those of real images?",
    formula="|m1 - m2|² + tr(S1 + S2 - 2 (S1 S2)^½) over the judge's features",
    blind=(
        "Copies of the training data score like a perfect model; only two moments count; biased "
        "upwards by about 1/n, so compare only at the same n and judge: read it against the real "
        "row."
    ),
    source=(
        "Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017, arXiv:1706.08500; "
        "torch-fidelity, with the judge in place of Inception"
    ),
)
