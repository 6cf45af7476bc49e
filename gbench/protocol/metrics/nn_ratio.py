"""Are generated samples nearer to the training data than real ones are?

The statistic of Meehan, Chaudhuri and Dasgupta, "A Non-Parametric Test to Detect Data-Copying in
Generative Models", 2020, arXiv:2004.05675, section 3 (distances to the nearest training example,
generated against held-out), as a plain ratio of medians.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Metric, Skip
from gbench.protocol.neighbours import to_train


def measure(evidence: Evidence) -> float:
    """
    Raises:
        Skip: most real held-out examples are themselves copies of training examples.
    """
    near = evidence.once(to_train)
    real = np.median(near.reference.distance)
    if real == 0:
        raise Skip("most held-out examples also stand in the training split")
    return float(np.median(near.generated.distance) / real)


METRIC = Metric(
    title="NN ratio",
    axis="overfitting",
    better="target",
    target=1.0,
    measure=measure,
    kinds=("images", "points"),
    asks="Are samples nearer to the training data than new real examples are?",
    formula=(
        "median distance from a generated sample to its nearest training example, divided by the "
        "same of held-out real examples; in pixels or coordinates"
    ),
    blind=(
        "Copying by less than half of the samples; copies that are shifted or recoloured. Above 1 "
        "means far from all real data (noise), below 1 also smooth or average images."
    ),
    source="after Meehan et al., 2020, arXiv:2004.05675; ratio of medians",
)
