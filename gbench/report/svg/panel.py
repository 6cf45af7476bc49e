"""One chart with two axes: lines, bands, rules, crosses, dots and their names."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite

from markupsafe import Markup, escape

from gbench.report.svg.marks import colour, marker, number
from gbench.report.svg.scale import Scale, tick_text

WIDTH, HEIGHT = 380.0, 268.0
FONT = 5.9  # average width of a character of a label, in user units


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

    @contextmanager
    def of(self, model: str) -> Iterator[None]:
        """What is drawn meanwhile belongs to the model of that name, and lights up with it."""
        start = len(self.parts)
        yield
        if model:
            drawn = "".join(self.parts[start:])
            self.parts[start:] = [f'<g data-model="{escape(model)}">{drawn}</g>']

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
        *,
        faint: bool = False,
    ) -> None:
        """A mark at (low, middle, high) of x and y, with arms over the intervals."""
        a, b = self.at(x[1], y[1])
        left, right = self.at(x[0], y[1])[0], self.at(x[2], y[1])[0]
        low, high = self.at(x[1], y[0])[1], self.at(x[1], y[2])[1]
        if not faint:
            self.arms += [(left, b - 2, right, b + 2), (a - 2, high, a + 2, low)]
        paint, kind = colour(index), "faint" if faint else "clear"
        self.parts.append(
            f'<g class="{kind}" data-tip="{escape(tip)}"><title>{escape(tip)}</title>'
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
