"""What a metric is, and the evidence that every metric judges."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Skip(Exception):
    """Raised by a metric that cannot be had here; its text is the reason shown in the table."""


@dataclass(frozen=True)
class Samples:
    """
    Attributes:
        x: [N, D] pixels in [0, 1] or coordinates, flattened.
        features: [N, F] the judge's features; the coordinates themselves for points.
        labels: [N] the class that the judge sees, or the nearest mode of a known mixture;
            all -1 where there are neither.
    """

    x: Floats
    features: Floats
    labels: Ints


@dataclass(frozen=True)
class Evidence:
    """
    Attributes:
        generated: what is judged, N samples.
        reference: N real examples of the test split.
        train: the training split, or a fixed random part of it where it is very large.
        classes: how many classes or modes there are; 0 if unknown.
        centres: [K, D] the modes of a known mixture, else None.
        sigma: the standard deviation of each of those modes.
        seed: for metrics that draw random subsets.
    """

    generated: Samples
    reference: Samples
    train: Samples
    classes: int
    centres: Floats | None = None
    sigma: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Metric:
    """One column of the table; each file of gbench/metrics/ holds one as `METRIC`.

    Attributes:
        title: the column's head, with the unit if there is one.
        axis: what it speaks about.
        better: the better direction; "target" where neither more nor less is better.
        measure: maps Evidence and the keyword arguments given in params.yaml to the value.
        kinds: the kinds of data that it is for.
        asks: the question that it answers, in a sentence.
        formula: in words or plain mathematics.
        blind: what it cannot see.
        source: authors, title, year, arXiv id.
        target: the best value, where `better` is "target".
    """

    title: str
    axis: Literal["fidelity", "diversity", "overfitting", "modes"]
    better: Literal["lower", "higher", "target"]
    measure: Callable[..., float]
    kinds: tuple[str, ...]
    asks: str
    formula: str
    blind: str
    source: str
    target: float = 0.0

    def loss(self, value: float) -> float:
        """The value turned so that lower is better, for ranking."""
        if self.better == "target":
            return abs(value - self.target)
        return value if self.better == "lower" else -value
