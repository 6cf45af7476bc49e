"""Drawings without axes: the ruler in a table's cell, and stacked bars."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from gbench.report.svg.marks import marker, number
from gbench.report.svg.scale import Scale, tick_text


def ruler(
    scale: Scale,
    low: float,
    middle: float,
    high: float,
    floor_: float | None,
    paint: str,
    index: int,
) -> Markup:
    """A table cell's little ruler: the interval as a bar, the mean as a mark, real data as a tick.

    What lies beyond the column's scale is an arrow at the edge.
    """
    width, middle_line = 76.0, 7.0

    def at(value: float) -> float:
        return 5 + (width - 10) * scale(value)

    parts = [f'<path class="track" d="M2 {middle_line:g}H{width - 2:g}"/>']
    if floor_ is not None:
        parts.append(f'<path class="floor" d="M{number(at(floor_))} 1V13"/>')
    if middle > scale.high:
        parts.append(
            f'<path class="beyond" d="M{width - 8:g} 3L{width - 2:g} 7L{width - 8:g} 11"/>'
        )
    elif middle < scale.low:
        parts.append('<path class="beyond" d="M8 3L2 7L8 11"/>')
    else:
        if high > low:
            parts.append(
                f'<path class="span" style="stroke:{paint}" d="M{number(at(low))} 7'
                f'H{number(at(high))}"/>'
            )
        parts.append(
            f'<path class="mark" style="fill:{paint}" d="{marker(index, at(middle), 7, 3.4)}"/>'
        )
    return Markup(
        f'<svg class="ruler" viewBox="0 0 {width:g} 14" width="{width:g}" height="14"'
        f' aria-hidden="true">{"".join(parts)}</svg>'
    )


def bars(
    rows: Sequence[tuple[str, Sequence[float], str]], parts: Sequence[str], unit: str, describe: str
) -> Markup:
    """Horizontal stacked bars.

    Args:
        rows: (name, a value for each part, text at the end).
        parts: names of the parts, for the tips; drawn in ever fainter shades.
        unit: of the values, for the tips.
        describe: what is to be seen.
    """
    width, left, right, step = 640.0, 150.0, 90.0, 24.0
    longest = max((sum(values) for _, values, _ in rows), default=0) or 1.0
    drawn = []
    for row, (name, values, text) in enumerate(rows):
        y, x = 4 + row * step, left
        drawn.append(
            f'<text class="series" x="{left - 8:g}" y="{number(y + 13)}" text-anchor="end">'
            f"{escape(name)}</text>"
        )
        for index, (part, value) in enumerate(zip(parts, values, strict=True)):
            wide = (width - left - right) * value / longest
            tip = f"{name}, {part}: {tick_text(round(value, 2))} {unit}"
            drawn.append(
                f'<rect class="part part-{index}" x="{number(x)}" y="{number(y)}"'
                f' width="{number(max(wide, 0))}" height="17"><title>{escape(tip)}</title></rect>'
            )
            x += wide
        drawn.append(
            f'<text class="tick" x="{number(x + 6)}" y="{number(y + 13)}">{escape(text)}</text>'
        )
    return Markup(
        f'<svg class="bars" viewBox="0 0 {width:g} {len(rows) * step + 6:g}" role="img"'
        f' aria-label="{escape(describe)}">{"".join(drawn)}</svg>'
    )
