"""Are samples closer to a training example than its own neighbour in the training data is?

Alaa, van Breugel, Saveliev and van der Schaar, "How Faithful is your Synthetic Data? Sample-level
Metrics for Evaluating and Auditing Generative Models", 2022, arXiv:2102.08921, section 3.3.
Deviation: the share of held-out real examples is taken off, since a perfect model has no fixed
share of authentic samples: 1/3 in one dimension, about 0.85 for 64 normal features.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Floats, Metric, Skip
from gbench.protocol.neighbours import Nearest, nearest, to_train


def authentic(near: Nearest, train: Floats) -> float:
    """The share of queries that are further from their nearest of train [M, D] than the nearest
    other of train is."""
    chosen, where = np.unique(near.which, return_inverse=True)
    own = nearest(train[chosen], train, itself=chosen).distance[where]
    return float((near.distance > own).mean())


def measure(evidence: Evidence) -> float:
    """
    Raises:
        Skip: there are not two training examples.
    """
    train = evidence.train.features
    if len(train) < 2:
        raise Skip("needs two training examples")
    near = evidence.once(to_train, space="features")
    return authentic(near.generated, train) - authentic(near.reference, train)


METRIC = Metric(
    title="authenticity gap",
    axis="overfitting",
    better="target",
    target=0.0,
    measure=measure,
    kinds=("images", "points"),
    asks="Are samples as often further from the training data than these are from each other, as "
    "new real examples are?",
    formula=(
        "AuthPct / 100 of the samples less that of held-out examples: the share whose nearest "
        "training feature has a nearer neighbour in the training split itself. Far below 0 means "
        "copying, above 0 poor fit"
    ),
    blind=(
        "How close a copy is: only nearer than a neighbour counts, so that the share of copies "
        "and not their likeness is measured; poor fit elsewhere, which can cancel it out; what "
        "the judge's features ignore."
    ),
    source="Alaa et al., 2022, arXiv:2102.08921 (authenticity)",
    primary=False,
)
