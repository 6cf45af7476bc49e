"""The section `latent` of params.yaml."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

LEAST = {"n": 2, "pairs": 1, "steps": 2, "samples": 8, "moves": 2, "shown": 1}


class Settings(NamedTuple):
    """How latent spaces are probed.

    Attributes:
        n: images that a distance or a share is over; no more than the test split has.
        pairs: paths on which the oracle looks at every step.
        steps: of a path, its two ends among them.
        samples: generated for the mean codes of classes and strokes, half of them held out; and
            training images used for the same, at most.
        moves: codes that are moved from class to class, and along a stroke.
        truncations: bounds of the noise, in standard deviations; untruncated comes by itself.
        shown: rows of a sheet.
    """

    n: int
    pairs: int
    steps: int
    samples: int
    moves: int
    truncations: list[float]
    shown: int


def mistakes(section: Mapping[str, Any]) -> Iterator[str]:
    """Yields each value with which no probe could work; types are checked elsewhere."""
    for key, least in LEAST.items():
        if isinstance(section[key], int) and section[key] < least:
            yield f"latent.{key}: {section[key]} is under {least}"
    for bound in section["truncations"]:
        if isinstance(bound, int | float) and bound <= 0:
            yield f"latent.truncations: {bound} is not above 0"
