"""How often do samples repeat each other?

Arora and Zhang, "Do GANs actually learn the distribution? An empirical study", 2017,
arXiv:1706.08224: if a batch of s samples holds a duplicate half of the time, the support has a
size of about s^2.  Deviations: their eye, which decides what a duplicate is, is replaced by a
threshold that held-out examples set; and the share of samples with a duplicate is reported in
place of a size, which has no value where there is no duplicate.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Metric, Skip
from gbench.protocol.neighbours import within


def measure(evidence: Evidence, *, quantile: float = 0.05) -> float:
    """
    Args:
        quantile: of the distances of held-out examples to their nearest other one; what is as
            near is a duplicate.

    Raises:
        Skip: the sides differ in number, on which these distances depend, or have not two each.
    """
    n, real = len(evidence.generated), len(evidence.reference)
    if n != real or n < 2:
        raise Skip(f"{n} generated against {real} real examples: needs equal numbers from 2")
    threshold = np.quantile(within(evidence.reference.x).distance, quantile)
    return float((within(evidence.generated.x).distance <= threshold).mean())


METRIC = Metric(
    title="repeats",
    axis="diversity",
    better="lower",
    measure=measure,
    kinds=("images", "points"),
    asks="Which share of the samples all but repeats another sample?",
    formula=(
        "share of samples whose nearest other sample, in pixels or coordinates, is as near as "
        "the closest 5 % (the default) of held-out examples are to theirs; as many on both sides. "
        "0.05 is expected of a perfect model, 1 of one that has few answers. Above 0.05 it says "
        "that samples repeat more often than real data do; that few repeat says nothing of how "
        "large the support is"
    ),
    blind=(
        "Repeats with noise added, shifted or recoloured; scattered samples, which score 0, below "
        "real data; blur draws samples together and raises it; copies of the training data."
    ),
    source="after Arora and Zhang, 2017, arXiv:1706.08224 (birthday paradox)",
    primary=False,
    targets=("one_repeated", "hundred_repeated"),
    limits={"quantile": (0.001, 0.5)},
)
