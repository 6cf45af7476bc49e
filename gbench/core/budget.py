"""How long a game is played, and when it is looked at on the way."""

from typing import Literal, NamedTuple

Precision = Literal["float32", "bfloat16"]


class Budget(NamedTuple):
    """How long a model is trained; 0 rounds for models that are fitted.

    Attributes:
        rounds: in each, every player takes its steps.
        batch: examples a step.
        precision: of the networks' products while they are trained; weights, Adam and samples are
            float32 always.  See `gbench.core.train.train`.
    """

    rounds: int = 5000
    batch: int = 64
    precision: Precision = "float32"


def evenly(points: int, rounds: int) -> set[int]:
    """So many of the rounds 1 to `rounds`, evenly spaced, the last among them; none for 0."""
    return {-(-point * rounds // points) for point in range(1, points + 1)}
