"""A list of names with a mark and an interval each, and bars that join some of them."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from gbench.report.svg.marks import colour, marker, number
from gbench.report.svg.scale import Scale, tick_text

LEFT, MIDDLE, STEP, TOP, LANE = 168.0, 300.0, 16.0, 34.0, 11.0


class Rung(NamedTuple):
    """
    Attributes:
        series: of the colour and mark.
        low, middle, high: on the common scale.
        model: lights up with all else of that model.
    """

    name: str
    series: int
    low: float
    middle: float
    high: float
    model: str = ""


def lanes(groups: Sequence[Sequence[int]]) -> list[int]:
    """A lane for each group, so that no two in one lane overlap or touch; as few as first fit has.

    Args:
        groups: places of the members in ascending order, none empty.
    """
    free: list[int] = []  # by lane, the first place that is free
    found = []
    for group in groups:
        fitting = (lane for lane, place in enumerate(free) if place <= group[0])
        lane = next(fitting, len(free))
        free[lane : lane + 1] = [group[-1] + 1]
        found.append(lane)
    return found


def ladder(
    rungs: Sequence[Rung],
    groups: Sequence[Sequence[int]],
    scale: Scale,
    describe: str,
    rules: Sequence[tuple[float, str]] = (),
) -> Markup:
    """
    Args:
        groups: places of the rungs that a bar joins, ascending; in the order of their first.
        describe: what is to be seen.
        rules: values that are drawn across, with their names.
    """
    placed = lanes(groups)
    height = TOP + STEP * len(rungs) + 4
    width = LEFT + MIDDLE + 22 + LANE * (max(placed, default=0) + 1)
    parts = [_axis(scale, height), *(_rule(value, name, scale, height) for value, name in rules)]
    for place, rung in enumerate(rungs):
        parts.append(_rung(rung, TOP + STEP * (place + 0.5), scale))
    for group, lane in zip(groups, placed, strict=True):
        x = LEFT + MIDDLE + 18 + LANE * lane
        names = ", ".join(rungs[place].name for place in group)
        ends = [TOP + STEP * (place + 0.5) for place in (group[0], group[-1])]
        dots = "".join(f"M{number(x)} {number(TOP + STEP * (place + 0.5))}h0" for place in group)
        parts.append(
            f'<g class="tie"><title>{escape(f"Cannot be distinguished: {names}")}</title>'
            f'<path class="bar" d="M{number(x)} {number(ends[0])}V{number(ends[1])}"/>'
            f'<path class="members" d="{dots}"/></g>'
        )
    return Markup(
        f'<svg class="ladder" viewBox="0 0 {number(width)} {number(height)}" role="img"'
        f' style="max-width:{number(width)}px" aria-label="{escape(describe)}">'
        f"{''.join(parts)}</svg>"
    )


def _rule(value: float, name: str, scale: Scale, height: float) -> str:
    x = LEFT + MIDDLE * scale(value)
    return (
        f'<path class="rule" d="M{number(x)} {number(TOP)}V{number(height)}"/><text class="note"'
        f' x="{number(x + 3)}" y="{number(height - 2)}">{escape(name)}</text>'
    )


def _axis(scale: Scale, height: float) -> str:
    parts = [
        f'<text class="label" x="{number(LEFT + MIDDLE / 2)}" y="11" text-anchor="middle">'
        f"{escape(scale.label)}</text>"
    ]
    for value in scale.ticks(6):
        x = number(LEFT + MIDDLE * scale(value))
        parts.append(
            f'<path class="grid" d="M{x} {number(TOP)}V{number(height)}"/><text class="tick"'
            f' x="{x}" y="{number(TOP - 6)}" text-anchor="middle">{tick_text(value)}</text>'
        )
    return "".join(parts)


def _rung(rung: Rung, y: float, scale: Scale) -> str:
    low, middle, high = (
        LEFT + MIDDLE * scale(value) for value in (rung.low, rung.middle, rung.high)
    )
    paint = colour(rung.series)
    own = f' data-model="{escape(rung.model)}"' if rung.model else ""
    tip = f"{rung.name}: {rung.middle:.3g}"
    if rung.high > rung.low:
        tip += f" [{rung.low:.3g}, {rung.high:.3g}]"
    return (
        f'<g class="clear"{own} data-tip="{escape(tip)}"><title>{escape(tip)}</title>'
        f'<text class="series" x="{number(LEFT - 8)}" y="{number(y + 3.8)}" text-anchor="end">'
        f"{escape(rung.name)}</text>"
        f'<path class="arm" style="stroke:{paint}" d="M{number(low)} {number(y)}H{number(high)}"/>'
        f'<path class="mark" style="fill:{paint}" d="{marker(rung.series, middle, y, 4.0)}"/></g>'
    )
