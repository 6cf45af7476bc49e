"""FID against the data that a model was trained on, where the usual one is against new data.

Heusel, Ramsauer, Unterthiner, Nessler and Hochreiter, "GANs Trained by a Two Time-Scale Update
Rule Converge to a Local Nash Equilibrium", 2017, arXiv:1706.08500, equation 6.  Of the training
split as many examples are drawn as there are samples, since FID falls with the number.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Metric, Skip
from gbench.protocol.metrics.fid import frechet


def measure(evidence: Evidence) -> float:
    """
    Raises:
        Skip: there are fewer training examples than samples.
    """
    n, available = len(evidence.generated), len(evidence.train)
    if available < n:
        raise Skip(f"{n} samples need as many training examples, there are {available}")
    rows = np.random.default_rng(evidence.seed).choice(available, n, replace=False)
    return frechet(evidence.generated.features, evidence.train.features[rows])


METRIC = Metric(
    title="FID to train (judge)",
    axis="fidelity",
    better="lower",
    measure=measure,
    kinds=("images",),
    asks="How far are the generated features from those of the images trained on?",
    formula=(
        "FID (judge) against as many random training images; clearly below FID against new "
        "images, in more than the real row, where a model is nearer to what it was taught"
    ),
    blind=(
        "It rewards copying and says nothing alone: read its gap to FID (judge), and that gap in "
        "the real row, since the judge was trained on the same images."
    ),
    source="Heusel et al., 2017, arXiv:1706.08500; torch-fidelity",
    primary=False,
)
