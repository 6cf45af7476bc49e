"""A sign that an evaluation of robustness is not to be trusted."""

from typing import Literal, NamedTuple

from gbench.tracks.attacks.measure.norms import Norm


class Caution(NamedTuple):
    """
    Attributes:
        text: the observation.
        norm: in which it counts; empty if in all.
    """

    text: str
    norm: Norm | Literal[""] = ""
