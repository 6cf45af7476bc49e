"""What the section `evaluation` of params.yaml says."""

from collections.abc import Sequence
from typing import NamedTuple


class Evaluation(NamedTuple):
    """How every model is scored.

    Attributes:
        n: samples of each run, against as many real examples; no more than the test split has.
        batches: how often n samples are drawn of each run; the first batch gives its scores.
        repeated: the metrics that are computed of every batch, against the same real examples.
    """

    n: int
    batches: int = 1
    repeated: Sequence[str] = ()
