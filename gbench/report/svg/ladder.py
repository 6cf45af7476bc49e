"""A list of names with a mark and an interval each, and a bar that joins some of them."""

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


def ladder(
    rungs: Sequence[Rung],
    group: Sequence[int],
    scale: Scale,
    describe: str,
    rules: Sequence[tuple[float, str]] = (),
) -> Markup:
    """
    Args:
        group: places of the rungs that a bar joins, ascending; no bar for fewer than two.
        describe: what is to be seen.
        rules: values that are drawn across, with their names.
    """
    height, width = TOP + STEP * len(rungs) + 4, LEFT + MIDDLE + 22 + LANE
    parts = [_axis(scale, height), *(_rule(value, name, scale, height) for value, name in rules)]
    for place, rung in enumerate(rungs):
        parts.append(_rung(rung, TOP + STEP * (place + 0.5), scale))
    if len(group) > 1:
        parts.append(_bar(rungs, group))
    return Markup(
        f'<svg class="ladder" viewBox="0 0 {number(width)} {number(height)}" role="img"'
        f' style="max-width:{number(width)}px" aria-label="{escape(describe)}">'
        f"{''.join(parts)}</svg>"
    )


def _bar(rungs: Sequence[Rung], group: Sequence[int]) -> str:
    x, ys = number(LEFT + MIDDLE + 18), [number(TOP + STEP * (place + 0.5)) for place in group]
    names = ", ".join(rungs[place].name for place in group)
    dots = "".join(f"M{x} {y}h0" for y in ys)
    return (
        f'<g class="tie"><title>{escape(f"Cannot be distinguished: {names}")}</title>'
        f'<path class="bar" d="M{x} {ys[0]}V{ys[-1]}"/><path class="members" d="{dots}"/></g>'
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
