"""Small charts as SVG text: panels with two axes, lines, crosses, dots and labels.

Colours are CSS variables of the page, so that a chart follows light and dark; text stays text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, cos, floor, isfinite, log10, pi, sin

from markupsafe import Markup, escape

WIDTH, HEIGHT = 380.0, 268.0
FONT = 5.9  # average width of a character of a label, in user units

DASHES = ("", "6 3", "2 2.5", "8 3 2 3", "4 2", "10 4", "1.5 4", "8 2 2 2 2 2")


def colour(index: int) -> str:
    """The page's colour of the index-th series; eight, then again from the first."""
    return f"var(--series-{index % 8})"


@dataclass(frozen=True)
class Scale:
    """Maps values to [0, 1].

    Attributes:
        low, high: the ends, low < high; above 0 if `log`.
        label: what is shown, with unit and the better direction.
        log: logarithmic.
    """

    low: float
    high: float
    label: str = ""
    log: bool = False

    def __call__(self, value: float) -> float:
        """Clipped to the ends."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return log10(value / self.low) / log10(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, wanted: int = 5) -> list[float]:
        """Round numbers within the ends, about as many as wanted."""
        if self.log:
            first, last = floor(log10(self.low)), ceil(log10(self.high))
            steps = (1,) if last - first > 4 else (1, 3) if last - first > 2 else (1, 2, 5)
            values = [m * 10.0**e for e in range(first, last + 1) for m in steps]
        else:
            raw = (self.high - self.low) / wanted
            power = 10.0 ** floor(log10(raw))
            step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
            count = floor(self.high / step + 1e-9) - ceil(self.low / step - 1e-9)
            first = ceil(self.low / step - 1e-9)
            values = [(first + k) * step for k in range(count + 1)]
        slack = 1e-9 * (self.high - self.low)
        return [v for v in values if self.low - slack <= v <= self.high + slack]


def fit(values: Sequence[float], label: str = "", *, log: bool | None = None) -> Scale:
    """A scale over the finite values with a little room.

    Args:
        values: what must be visible.
        label: of the axis.
        log: logarithmic or not; None decides for it when all values are positive and the largest
            is over 25 times the smallest.
    """
    found = [value for value in values if isfinite(value)] or [0.0, 1.0]
    low, high = min(found), max(found)
    if log is None:
        log = low > 0 and high > 25 * low
    if log:
        room = (high / low) ** 0.06 if high > low else 2.0
        return Scale(low / room, high * room, label, True)
    room = 0.06 * (high - low) or 0.5 * abs(high) or 0.5
    return Scale(low - room, high + room, label)


def number(value: float) -> str:
    """A coordinate, in tenths of a unit."""
    return f"{value:.1f}".removesuffix(".0")


def tick_text(value: float) -> str:
    if abs(value) >= 10000 or 0 < abs(value) < 0.001:
        mantissa, exponent = f"{value:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", "\N{MINUS SIGN}")
    return f"{value:.6g}".replace("-", "\N{MINUS SIGN}")


def marker(index: int, x: float, y: float, size: float = 4.5) -> str:
    """The outline of the index-th mark, so that series differ in more than colour."""
    kind = index % 8
    if kind == 0:
        s = number(size)
        return (
            f"M{number(x - size)} {number(y)}a{s} {s} 0 1 0 {number(2 * size)} 0"
            f"a{s} {s} 0 1 0 {number(-2 * size)} 0z"
        )
    if kind == 7:  # a plus
        thin = size / 2.6
        corners = [
            (thin, size), (thin, thin), (size, thin), (size, -thin), (thin, -thin), (thin, -size),
            (-thin, -size), (-thin, -thin), (-size, -thin), (-size, thin), (-thin, thin),
            (-thin, size),
        ]  # fmt: skip
        points = [(x + a, y + b) for a, b in corners]
    else:
        edges, turn, inner = {
            1: (4, pi / 4, 1.0),  # square
            2: (3, -pi / 2, 1.0),  # triangle
            3: (4, 0.0, 1.0),  # diamond
            4: (3, pi / 2, 1.0),  # triangle downwards
            5: (5, -pi / 2, 0.45),  # star
            6: (6, 0.0, 1.0),  # hexagon
        }[kind]
        size *= 1.2
        points = []
        for k in range(edges):
            a = turn + 2 * pi * k / edges
            points.append((x + size * cos(a), y + size * sin(a)))
            if inner < 1:
                b = a + pi / edges
                points.append((x + inner * size * cos(b), y + inner * size * sin(b)))
    return "M" + "L".join(f"{number(a)} {number(b)}" for a, b in points) + "z"


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near the wanted ones, in their order, at least `gap` apart, within the ends."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    placed = [0.0] * len(wanted)
    position = low - gap
    for index in order:
        position = max(position + gap, min(max(wanted[index], low), high))
        placed[index] = position
    position = high + gap
    for index in reversed(order):
        position = min(position - gap, placed[index])
        placed[index] = position
    return placed


class Panel:
    """One chart with an x and a y axis; y grows upwards.

    Args:
        x, y: the scales.
        describe: what is to be seen, for those who cannot see it.
        right: room at the right edge for the labels of lines.
        width, height: in user units, which are CSS pixels at full size.
        square: draws no axes, for maps of points.
    """

    def __init__(
        self,
        x: Scale,
        y: Scale,
        describe: str,
        *,
        right: float = 12.0,
        width: float = WIDTH,
        height: float = HEIGHT,
        square: bool = False,
    ):
        self.x, self.y, self.describe = x, y, describe
        self.width, self.height = width, height
        self.left, self.right = (4.0, 4.0) if square else (48.0, right)
        self.top, self.bottom = (4.0, 4.0) if square else (10.0, 40.0)
        self.parts: list[str] = []
        self.arms: list[tuple[float, float, float, float]] = []
        if not square:
            self._axes()

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The place of a value on the panel."""
        across = self.width - self.left - self.right
        up = self.height - self.top - self.bottom
        return self.left + across * self.x(x), self.top + up * (1 - self.y(y))

    def _axes(self) -> None:
        end, base = self.width - self.right, self.height - self.bottom
        for value in self.x.ticks(5):
            x, _ = self.at(value, self.y.low)
            self.parts.append(
                f'<path class="grid" d="M{number(x)} {number(self.top)}V{number(base)}"/>'
            )
            self._text(x, base + 14, tick_text(value), "tick", "middle")
        for value in self.y.ticks(4):
            _, y = self.at(self.x.low, value)
            self.parts.append(
                f'<path class="grid" d="M{number(self.left)} {number(y)}H{number(end)}"/>'
            )
            self._text(self.left - 6, y + 3.5, tick_text(value), "tick", "end")
        self.parts.append(
            f'<path class="axis" d="M{number(self.left)} {number(self.top)}V{number(base)}'
            f'H{number(end)}"/>'
        )
        self._text((self.left + end) / 2, self.height - 8, self.x.label, "label", "middle")
        middle = number((self.top + base) / 2)
        self.parts.append(
            f'<text class="label" text-anchor="middle" transform="translate(11 {middle})'
            f' rotate(-90)">{escape(self.y.label)}</text>'
        )

    def _text(self, x: float, y: float, text: str, kind: str, anchor: str = "start") -> None:
        self.parts.append(
            f'<text class="{kind}" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">'
            f"{escape(text)}</text>"
        )

    def line(
        self,
        points: Sequence[tuple[float, float]],
        paint: str,
        *,
        width: float = 1.5,
        dash: str = "",
        opacity: float = 1.0,
    ) -> None:
        """A line through the points whose y is finite; broken where it is not."""
        path, pen = [], "M"
        for x, y in points:
            if not isfinite(y):
                pen = "M"
                continue
            a, b = self.at(x, y)
            path.append(f"{pen}{number(a)} {number(b)}")
            pen = "L"
        if path:
            dashed = f' stroke-dasharray="{dash}"' if dash else ""
            faint = f' opacity="{opacity:g}"' if opacity < 1 else ""
            self.parts.append(
                f'<path class="line" style="stroke:{paint}" stroke-width="{width:g}"{dashed}{faint}'
                f' d="{"".join(path)}"/>'
            )

    def band(self, points: Sequence[tuple[float, float, float]], paint: str) -> None:
        """The area between the lower and upper y of (x, lower, upper)."""
        outline = [self.at(x, low) for x, low, _ in points]
        outline += [self.at(x, high) for x, _, high in reversed(points)]
        path = "M" + "L".join(f"{number(a)} {number(b)}" for a, b in outline) + "z"
        self.parts.append(f'<path class="band" style="fill:{paint}" d="{path}"/>')

    def rule(self, *, x: float | None = None, y: float | None = None, label: str) -> None:
        """A dashed line across the panel at one value, with its name."""
        if y is not None:
            _, b = self.at(self.x.low, y)
            path = f"M{number(self.left)} {number(b)}H{number(self.width - self.right)}"
            edge = self.width - self.right - 3
            self._text(edge, b - 4, label, "note", "end")
            if label:
                self.arms.append((edge - FONT * len(label), b - 13, edge, b - 2))
        else:
            a, _ = self.at(x if x is not None else self.x.low, self.y.low)
            path = f"M{number(a)} {number(self.top)}V{number(self.height - self.bottom)}"
            ends = a > (self.width - self.right + self.left) / 2
            self._text(
                a + (-4 if ends else 4), self.top + 9, label, "note", "end" if ends else "start"
            )
            wide = FONT * len(label) * (-1 if ends else 1)
            self.arms.append((min(a, a + wide), self.top, max(a, a + wide), self.top + 11))
        self.parts.append(f'<path class="rule" d="{path}"/>')

    def cross(
        self,
        x: tuple[float, float, float],
        y: tuple[float, float, float],
        index: int,
        tip: str,
    ) -> None:
        """A mark at (low, middle, high) of x and y, with arms over the intervals."""
        a, b = self.at(x[1], y[1])
        left, right = self.at(x[0], y[1])[0], self.at(x[2], y[1])[0]
        low, high = self.at(x[1], y[0])[1], self.at(x[1], y[2])[1]
        self.arms += [(left, b - 2, right, b + 2), (a - 2, high, a + 2, low)]
        paint = colour(index)
        self.parts.append(
            f'<g data-tip="{escape(tip)}"><title>{escape(tip)}</title>'
            f'<path class="arm" style="stroke:{paint}" d="M{number(left)} {number(b)}'
            f'H{number(right)}M{number(a)} {number(low)}V{number(high)}"/>'
            f'<path class="mark" style="fill:{paint}" d="{marker(index, a, b)}"/></g>'
        )

    def name(self, places: Sequence[tuple[float, float, str]]) -> None:
        """Names beside marks at (x, y), where they cover no other name, mark or arm if possible."""
        boxes = list(self.arms)
        marks = [self.at(x, y) for x, y, _ in places]
        boxes += [(a - 6, b - 6, a + 6, b + 6) for a, b in marks]
        for (a, b), (_, _, text) in sorted(zip(marks, places, strict=True), key=lambda p: p[0][1]):
            wide = FONT * len(text)
            options = [
                (side, shift)
                for shift in (4, -7, 15, -18, 26, -29, 37, -40)
                for side in ("start", "end")
            ]
            best, least = None, float("inf")
            for order, (side, shift) in enumerate(options):
                x0 = a + 8 if side == "start" else a - 8 - wide
                box = (x0, b + shift - 9, x0 + wide, b + shift + 2)
                outside = max(0.0, self.left - box[0]) + max(0.0, box[2] - self.width + 2)
                outside += max(0.0, 2 - box[1]) + max(0.0, box[3] - (self.height - self.bottom))
                cost = 40 * outside + order * 2 + sum(_overlap(box, other) for other in boxes)
                if cost < least:
                    best, least = (side, box), cost
            assert best is not None
            side, box = best
            boxes.append(box)
            self._text(
                box[0] if side == "start" else box[2], box[3] - 2, text, "series",
                "start" if side == "start" else "end",
            )  # fmt: skip

    def ends(self, names: Sequence[tuple[float, float, str, str, str]]) -> None:
        """Names at the right edge beside lines; rows (x and y of the end, name, paint, class)."""
        places = [self.at(x, y) for x, y, _, _, _ in names]
        bottom = self.height - self.bottom
        rows = spread([b for _, b in places], 12.5, self.top + 2, bottom)
        edge = self.width - self.right
        for (a, b), row, (_, _, text, paint, kind) in zip(places, rows, names, strict=True):
            self.parts.append(
                f'<path class="leader" style="stroke:{paint}" d="M{number(a)} {number(b)}'
                f'L{number(edge + 9)} {number(row)}"/>'
            )
            self._text(edge + 12, row + 3.8, text, f"series {kind}")

    def dots(self, points: Sequence[tuple[float, float]], paint: str, size: float) -> None:
        """Many small dots as one path of zero-length lines with round ends."""
        path = "".join(f"M{number(a)} {number(b)}h0" for a, b in (self.at(x, y) for x, y in points))
        self.parts.append(
            f'<path class="dots" style="stroke:{paint}" stroke-width="{size:g}" d="{path}"/>'
        )

    def rings(self, points: Sequence[tuple[float, float]], radius: float) -> None:
        """Open circles, radius in user units."""
        for x, y in points:
            a, b = self.at(x, y)
            self.parts.append(
                f'<circle class="ring" cx="{number(a)}" cy="{number(b)}" r="{number(radius)}"/>'
            )

    def render(self) -> Markup:
        return Markup(
            f'<svg class="panel" viewBox="0 0 {self.width:g} {self.height:g}" role="img"'
            f' aria-label="{escape(self.describe)}">{"".join(self.parts)}</svg>'
        )


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0.0


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
                f'<rect class="part part-{index % 5}" x="{number(x)}" y="{number(y)}"'
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
