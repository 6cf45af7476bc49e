"""Cells of numbers: estimates over units, decimal below decimal, each unit's value in the tip."""

from collections.abc import Mapping, Sequence
from typing import Any

from gbench.report.numbers import Digits, fixed, half_width, percent, short
from gbench.report.tested import Values, middle
from gbench.report.view import Cell
from gbench.stats import Estimate

DASH = "\N{EN DASH}"


def told(values: Values, unit: str = "seed") -> str:
    """ "seed 0: 1.2; seed 1: 1.3"."""
    return "; ".join(f"{unit} {one}: {short(value)}" for one, value in values.items())


def joined(*texts: str) -> str:
    """The texts that are not empty, parted by semicolons."""
    return "; ".join(filter(None, texts))


def number(
    values: Values,
    digits: Digits | int,
    *,
    unit: str = "seed",
    medians: bool = False,
    **more: Any,
) -> Cell:
    """A cell of the mean over units with its interval, or of the median with every unit.

    Args:
        digits: of the column, or how many decimals.
        more: further attributes of the cell.
    """
    value = middle(values, medians=medians)
    if value is None:
        return Cell(DASH, **more)
    places = digits if isinstance(digits, int) else digits.places(value.mean)
    padding = "" if isinstance(digits, int) else digits.padding(value.mean)
    below = half_width(value, places)
    if medians and len(values) > 1:
        below = ", ".join(fixed(one, places) for one in values.values())
    tip = joined(told(values, unit), more.pop("tip", ""))
    return Cell(
        fixed(value.mean, places), below, tip, n=value.n, sort=value.mean, padding=padding, **more
    )


def column(values: Sequence[Values], *, medians: bool = False) -> list[Cell]:
    """The cells of a whole column: three significant digits, decimal below decimal."""
    digits = Digits([value.mean for v in values if (value := middle(v, medians=medians))])
    return [number(v, digits, medians=medians) for v in values]


def plain(text: str, **more: Any) -> Cell:
    """A cell of words, to the left."""
    return Cell(text, kind="text", **more)


def share(value: float, wilson: Sequence[float], **more: Any) -> Cell:
    """A cell of a share of images with Wilson's interval: "41 %", "[32, 51]"."""
    low, high = (percent(end)[:-2] for end in wilson)
    return Cell(percent(value), f"[{low}, {high}]", sort=value, **more)


def interval(value: Estimate | None, places: int, **more: Any) -> Cell:
    """A cell of an estimate that was made elsewhere."""
    if value is None:
        return Cell(DASH, **more)
    return Cell(fixed(value.mean, places), half_width(value, places), sort=value.mean, **more)


def absences(reasons: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """(reason, titles) from the reason by title, for `Grid.absent`."""
    found: dict[str, list[str]] = {}
    for title, why in reasons.items():
        found.setdefault(why, []).append(title)
    return [*found.items()]
