"""The record that the stage writes, and the page reads."""

from typing import TypedDict


class Record(TypedDict):
    """Differences of mean pixels, in [-1, 1]."""

    model: str
    seed: int
    samples: float
    control: float
