"""The form of a metric, and the evidence that every metric judges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]


class Skip(Exception):
    """Raised by a metric that cannot be had here; its text is the reason shown in the table."""


def require_finite(x: Floats) -> None:
    """
    Raises:
        Skip: some rows of x [N, D] are not finite; says how many.
    """
    broken = np.count_nonzero(~np.isfinite(x).all(axis=1))
    if broken:
        raise Skip(f"{broken} of {len(x)} samples hold NaN or infinity")


@dataclass(frozen=True)
class Samples:
    """
    Attributes:
        x: [N, D] pixels in [0, 1] or coordinates, flattened.
        features: [N, F] the judge's features; the coordinates themselves for points.
        labels: [N] the class that the judge sees, or the nearest mode of a known mixture;
            all -1 where there are neither.

    Raises:
        Skip: some x or features are not finite.  Some libraries count such samples silently.
    """

    x: Floats
    features: Floats
    labels: Ints

    def __post_init__(self) -> None:
        require_finite(self.x)
        require_finite(self.features)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, rows: slice | Ints) -> "Samples":
        return Samples(self.x[rows], self.features[rows], self.labels[rows])

    def __add__(self, other: "Samples") -> "Samples":
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Samples(*(np.concatenate(pair) for pair in pairs))


def no_classes(features: Floats) -> Floats:
    """
    Raises:
        Skip: always: what a judge without classes answers.
    """
    raise Skip("the data set has no labels")


@dataclass(frozen=True)
class Evidence:
    """
    Attributes:
        generated: what is judged, N samples.
        reference: N real examples that nothing was trained on.
        train: the training split.
        shape: of one example: (C, H, W) or (D,).
        classes: how many classes or modes there are; 0 if unknown.
        centres: [K, D] the modes of a known mixture, else None.
        sigma: the standard deviation of each of those modes.
        seed: for metrics that draw random subsets.
        classify: the judge's last layer, features [N, F] -> logits [N, K]; raises Skip where the
            judge knows no classes.
    """

    generated: Samples
    reference: Samples
    train: Samples
    shape: tuple[int, ...]
    classes: int
    centres: Floats | None = None
    sigma: float = 0.0
    seed: int = 0
    classify: Callable[[Floats], Floats] = no_classes
    _known: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, compute: Callable[..., T], **arguments: Any) -> T:
        """`compute(self, **arguments)`, remembered: metrics share costly steps."""
        key = (compute, *sorted(arguments.items()))
        if key not in self._known:
            self._known[key] = compute(self, **arguments)
        return self._known[key]


@dataclass(frozen=True)
class Metric:
    """One column of the table; each file of gbench/protocol/metrics/ holds one as `METRIC`.

    Attributes:
        title: the column's head, with the unit if there is one.
        axis: the quality that it measures.
        better: the better direction; "target" where neither more nor less is better.
        measure: maps Evidence and the keyword arguments given in params.yaml to the value.
        kinds: the kinds of data that it is for.
        asks: the question that it answers, in a sentence.
        formula: in words or plain mathematics.
        blind: what it cannot see.
        source: authors, title, year, arXiv id.
        target: the best value, where `better` is "target".
        primary: whether it stands in the main table and counts in the mean rank; the others have a
            table of their own below it.
        targets: the generators of the sensitivity stage that it must tell from real data; empty:
            all that plainly have the fault of its axis.
        limits: the least and the greatest value that a keyword of `measure` may have, by name.
    """

    title: str
    axis: str
    better: Literal["lower", "higher", "target"]
    measure: Callable[..., float]
    kinds: tuple[str, ...]
    asks: str
    formula: str
    blind: str
    source: str
    target: float = 0.0
    primary: bool = True
    targets: tuple[str, ...] = ()
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def direction(self) -> str:
        """ "lower is better", "best at 1"."""
        aim = f"best at {self.target:g}"
        return aim if self.better == "target" else f"{self.better} is better"

    def loss(self, value: float) -> float:
        """The value turned so that lower is better, for ranking."""
        if self.better == "target":
            return abs(value - self.target)
        return value if self.better == "lower" else -value
