"""What every figure is."""

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Figure:
    """
    Attributes:
        title: says what is seen.
        note: what else must be known to read it.
    """

    title: str
    drawing: Markup
    note: str = ""
