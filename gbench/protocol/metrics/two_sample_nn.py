"""Can the nearest neighbour tell generated from real examples?

Lopez-Paz and Oquab, "Revisiting Classifier Two-Sample Tests", 2017, arXiv:1610.06545, section 3;
Xu, Huang, Yuan, Guo, Sun, Wu and Weinberger, "An Empirical Study on Evaluation Metrics of
Generative Adversarial Networks", 2018, arXiv:1806.07755: the 1-nearest-neighbour classifier, each
example left out in turn.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Metric, Skip
from gbench.protocol.neighbours import within


def measure(evidence: Evidence) -> float:
    """
    Raises:
        Skip: the sides differ in number, so that guessing would not score a half.
    """
    n, real = len(evidence.generated), len(evidence.reference)
    if n != real:
        raise Skip(f"{n} generated against {real} real examples: needs equal numbers")
    both = np.concatenate([evidence.generated.features, evidence.reference.features])
    return float(((within(both).which < n) == (np.arange(2 * n) < n)).mean())


METRIC = Metric(
    title="two-sample 1-NN",
    axis="overfitting",
    better="target",
    target=0.5,
    measure=measure,
    kinds=("images", "points"),
    asks="How often is the nearest neighbour of an example from the same side, real or generated?",
    formula=(
        "leave-one-out accuracy of a 1-nearest-neighbour classifier between samples and held-out "
        "examples in the judge's features; 0.5 for a perfect model, 1 if the two lie apart, 0 if "
        "each sample copies a held-out example"
    ),
    blind=(
        "Copies of the training data score like a perfect model. Samples that are told apart and "
        "samples that lie closer to held-out examples than these to each other cancel out. Which "
        "fault it is: poor samples and collapse both raise it."
    ),
    source=(
        "Lopez-Paz and Oquab, 2017, arXiv:1610.06545; Xu et al., 2018, arXiv:1806.07755 (1-NN)"
    ),
    primary=False,
    targets=("noise", "half_noise", "one_only", "one_repeated"),
)
