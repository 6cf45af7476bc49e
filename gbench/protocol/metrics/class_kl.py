"""How far the frequencies of the generated classes are from the real ones.

A divergence between label histograms, as in Srivastava, Valkov, Russell, Gutmann and Sutton,
"VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning", 2017,
arXiv:1705.07761, section 5, with the judge as the labeller of both sides.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Metric, Skip


def measure(evidence: Evidence) -> float:
    """
    Raises:
        Skip: the data have no classes.
    """
    if evidence.classes < 2:
        raise Skip("the data set has no labels")
    generated, reference = (
        np.bincount(x.labels, minlength=evidence.classes) + 0.5
        for x in (evidence.generated, evidence.reference)
    )
    p, q = generated / generated.sum(), reference / reference.sum()
    return float((p * np.log(p / q)).sum())


METRIC = Metric(
    title="class KL (nats)",
    axis="diversity",
    better="lower",
    measure=measure,
    kinds=("images",),
    asks="Does the model make each class as often as it occurs?",
    formula=(
        "KL(p || q) between the histograms p of generated and q of real images over the classes "
        "that the judge sees, each count raised by ½"
    ),
    blind=(
        "Everything within a class, quality included: every image is given some class. About "
        "(K - 1) / n is expected of a perfect model."
    ),
    source="after Srivastava et al., VEEGAN, 2017, arXiv:1705.07761",
)
