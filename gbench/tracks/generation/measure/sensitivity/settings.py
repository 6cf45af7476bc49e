"""The section `sensitivity` of params.yaml."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

LEAST = {"draws": 2, "n": 20, "seed": 0}


class Settings(NamedTuple):
    """How the generators of known faults are drawn and scored.

    Attributes:
        draws: times that real data are split anew and every generator is drawn and scored.
        n: samples of each, against as many real examples; never more than `evaluation.n`, nor than
            half of validation and test together.
        seed: of the draws.
        without: metrics that are left out, because they cost too much.
    """

    draws: int
    n: int
    seed: int
    without: list[str]


def mistakes(section: Mapping[str, Any]) -> Iterator[str]:
    """Yields each number with which nothing could be tested; types and names are checked
    elsewhere."""
    for key, least in LEAST.items():
        value = section.get(key)
        if isinstance(value, int) and value < least:
            yield f"sensitivity.{key}: {value} is under {least}"
