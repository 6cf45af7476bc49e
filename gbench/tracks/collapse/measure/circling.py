"""Does a model circle or settle?  By the excess turnover of its trainings."""

from collections.abc import Iterable
from typing import Literal

from gbench.stats import estimate

MARGIN = 0.05  # of the covered modes exchanged from point to point, under which a training settles

Verdict = Literal["circles", "settles", "undecided"]


def verdict(excess: Iterable[float]) -> Verdict:
    """By the whole interval over seeds, on one side of MARGIN."""
    value = estimate([*excess])
    if value is None or value.half is None or value.low <= MARGIN <= value.high:
        return "undecided"
    return "circles" if value.low > MARGIN else "settles"
