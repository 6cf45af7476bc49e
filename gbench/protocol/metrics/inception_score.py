"""The Inception Score in the judge's classes.

Salimans, Goodfellow, Zaremba, Cheung, Radford and Chen, "Improved Techniques for Training GANs",
2016, arXiv:1606.03498, section 4.  Deviations: the judge in place of Inception, and all samples at
once: in ten parts a perfect model of ten classes loses a few per cent.
"""

from gbench.protocol.evidence import Evidence, Metric


def measure(evidence: Evidence) -> float:
    """
    Raises:
        Skip: the judge knows no classes.
    """
    logits = evidence.classify(evidence.generated.features)
    import torch
    from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, isc_features_to_metric

    return isc_features_to_metric(torch.from_numpy(logits), splits=1)[KEY_METRIC_ISC_MEAN]


METRIC = Metric(
    title="IS (judge)",
    axis="fidelity",
    better="higher",
    measure=measure,
    kinds=("images",),
    asks="Is the judge sure of each image's class, and are all classes there?",
    formula=(
        "exp of the mean KL(p(y|x) || p(y)) over the judge's class probabilities; from 1 to K, "
        "reached when each image is surely of one of K equally frequent classes"
    ),
    blind=(
        "Real data: it has no reference, and can exceed what they get. One image a class, copied "
        "training data, and whatever the judge is surely wrong about score like a perfect model."
    ),
    source="Salimans et al., 2016, arXiv:1606.03498; torch-fidelity, one split, the judge",
    primary=False,
)
