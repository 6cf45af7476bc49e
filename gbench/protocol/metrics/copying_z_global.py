"""The data-copying test over the whole space at once.

Meehan, Chaudhuri and Dasgupta, "A Non-Parametric Test to Detect Data-Copying in Generative
Models", 2020, arXiv:2004.05675, section 3: the statistic of `copying_z` with a single cell.
"""

from gbench.protocol.evidence import Evidence, Metric
from gbench.protocol.metrics.copying_z import mann_whitney_z
from gbench.protocol.neighbours import to_train


def measure(evidence: Evidence) -> float:
    near = evidence.once(to_train, space="features")
    return mann_whitney_z(near.generated.distance, near.reference.distance)


METRIC = Metric(
    title="copying z, global",
    axis="overfitting",
    better="target",
    target=0.0,
    measure=measure,
    kinds=("images", "points"),
    asks="All in all, are samples nearer to the training data than new real examples are?",
    formula=(
        "Mann-Whitney z of the distances to the nearest training feature, generated against "
        "held-out, in one cell; standard normal for a perfect model, about twice the mean over "
        "5 cells where there is an effect. It grows with the root of n"
    ),
    blind=(
        "Copying in one region that poor fit in another outweighs, which copying z sees; copies "
        "with noise added; what the judge's features ignore."
    ),
    source="Meehan, Chaudhuri and Dasgupta, 2020, arXiv:2004.05675",
    primary=False,
)
