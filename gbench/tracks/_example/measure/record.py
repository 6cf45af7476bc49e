"""What the stage writes and the page reads."""

from typing import TypedDict


class Record(TypedDict):
    """Of one run: differences of mean pixels, in [-1, 1]."""

    model: str
    seed: int
    samples: float
    control: float
