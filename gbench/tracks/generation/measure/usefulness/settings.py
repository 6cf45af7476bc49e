"""The section `usefulness` of params.yaml."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

LEAST = {"examples": 2, "width": 1, "steps": 1, "batch": 1, "draws": 1}
MOST = 1000  # draws; a training seed's are numbered from so many times the seed


class Settings(NamedTuple):
    """How samples and features are put to use.

    Attributes:
        examples: training examples used, and as many samples; no more than the split has.
        width: of the classifier's convolutions at the finest scale.
        steps, batch, lr: of its training by Adam, the step size falling to 0 along a straight line.
        labels: how many training examples the linear probe is told, or "all" of those used.
        draws: of these labels, at each training seed; no more than MOST.
        inverse_l2: C of the probe; see `usefulness.probe.accuracy`.
    """

    examples: int
    width: int
    steps: int
    batch: int
    lr: float
    labels: list[int | Literal["all"]]
    draws: int
    inverse_l2: float


def mistakes(section: Mapping[str, Any]) -> Iterator[str]:
    """Yields each value with which nothing could be measured; types are checked elsewhere."""
    for key, least in LEAST.items():
        if isinstance(section[key], int) and section[key] < least:
            yield f"usefulness.{key}: {section[key]} is under {least}"
    if isinstance(section["draws"], int) and section["draws"] > MOST:
        yield f"usefulness.draws: {section['draws']} is over {MOST}"
    for key in ("lr", "inverse_l2"):
        if isinstance(section[key], int | float) and section[key] <= 0:
            yield f"usefulness.{key}: {section[key]} is not above 0"
    labels = section["labels"]
    if not isinstance(labels, list):
        return
    if not labels:
        yield "usefulness.labels: must be a list such as [20, 100, all], not []"
    for n in {str(n): n for n in labels}.values():
        if isinstance(n, int) and n < 2:
            yield f"usefulness.labels: {n} is under 2, one a class at least"
        if labels.count(n) > 1:
            yield f"usefulness.labels: {n!r} stands there {labels.count(n)} times"
