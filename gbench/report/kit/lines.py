"""Charts of lines: what is drawn (`Series`, `chart`), and charts read off a frame (`views`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from gbench.report import svg
from gbench.report.kit.section import Lines, Part, Subject
from gbench.report.kit.tested import middle
from gbench.report.kit.tidy import Frame
from gbench.report.kit.view import Figure, Figures
from gbench.report.numbers import listed

Point = tuple[float, float]
Span = tuple[float, float, float]


@dataclass(frozen=True)
class Ticks(svg.Scale):
    """A scale with ticks at given values alone."""

    given: tuple[float, ...] = ()

    def ticks(self, wanted: int = 5) -> list[float]:
        return [*self.given]


@dataclass(frozen=True)
class Series:
    """One line of a chart.

    Attributes:
        name: at its end; "" for none.
        points: (x, y); broken where y is not finite.
        paint: of the line: `svg.colour(index)`, "var(--ink)", "var(--soft)".
        thin: lines of the same colour behind it, a unit each.
        band: (x, low, high): an area behind it.
        bars: (x, low, high): intervals at single x.
        index: of the marks at the points, where there are `bars`; None for rings.
        model: whose line it is.
    """

    name: str
    points: Sequence[Point]
    paint: str
    thin: Sequence[Sequence[Point]] = ()
    band: Sequence[Span] = ()
    bars: Sequence[Span] = ()
    index: int | None = None
    dash: str = ""
    width: float = 2.0
    strong: bool = False
    model: str = ""

    def moved(self, factor: float) -> "Series":
        """With every x times the factor, so that intervals at one x stand side by side."""
        points = [(x * factor, y) for x, y in self.points]
        return replace(self, points=points, bars=[(x * factor, a, b) for x, a, b in self.bars])


def chart(
    series: Sequence[Series],
    x: svg.Scale,
    y: svg.Scale,
    describe: str,
    *,
    rules: Sequence[tuple[float | None, float | None, str]] = (),
    width: float = svg.WIDTH,
    height: float = svg.HEIGHT,
    names: float = 150.0,
) -> Markup:
    """The drawing.

    Args:
        describe: what is to be seen.
        rules: (x or None, y or None, name): dashed lines across.
        names: the most room for names at the right edge.
    """
    longest = max((len(one.name) for one in series), default=0)
    right = min(names, 18 + svg.FONT * longest) if longest else 12.0
    panel = svg.Panel(x, y, describe, right=right, width=width, height=height)
    for one in series:
        with panel.of(one.model):
            _draw(panel, one)
    for at_x, at_y, label in rules:
        panel.rule(x=at_x, y=at_y, label=label)
    named = [one for one in series if one.name and one.points]
    panel.ends([(*_end(one), one.name, one.paint, "strong" if one.strong else "") for one in named])
    return panel.render()


def _end(one: Series) -> Point:
    finite = [point for point in one.points if np.isfinite(point[1])]
    return (finite or one.points)[-1]


def _draw(panel: svg.Panel, one: Series) -> None:
    if one.band:
        panel.band(one.band, one.paint)
    for line in one.thin:
        panel.line(line, one.paint, width=0.8, opacity=0.35)
    panel.line(one.points, one.paint, width=one.width, dash=one.dash)
    for x, low, high in one.bars:
        panel.line([(x, low), (x, high)], one.paint, width=1.4)
    if one.bars and one.index is None:
        panel.rings(one.points, 4.0)
    elif one.bars:
        for x, y in one.points:
            panel.cross((x, x, x), (y, y, y), one.index or 0, f"{one.name or one.model}: {y:.3g}")


def views(part: Part, spec: Lines) -> Iterator[Figures]:
    """A chart for each value of the spec's `each`, in the order of the subjects."""
    frame = spec.tidy(part.frame)
    frame = frame[frame[spec.y].notna()]
    if not spec.each:
        figures = [_figure(part, spec, frame, None)]
    else:
        there = dict.fromkeys(frame[spec.each])
        chosen = [subject for subject in part.subjects if subject.name in there]
        figures = [_figure(part, spec, frame[frame[spec.each] == s.name], s) for s in chosen]
    if drawn := [figure for figure in figures if figure]:
        yield Figures(drawn, spec.kind)


def _figure(part: Part, spec: Lines, frame: Frame, subject: Subject | None) -> Figure | None:
    rules = spec.rules(part, subject) if spec.rules else ()
    named = dict.fromkeys(frame[spec.line]) if spec.line else [""]
    lines = {str(n): frame[frame[spec.line] == n] if spec.line else frame for n in named}
    series = [_series(spec, part, subject, k, *item) for k, item in enumerate(lines.items())]
    y_values = frame[spec.y].to_numpy(float)
    y_values = y_values[np.isfinite(y_values)]
    if not len(y_values):
        return None
    title = (
        spec.title(part, subject) if spec.title else (subject.title if subject else spec.y_title)
    )
    ends = [value for one in series for _, low, high in one.band for value in (low, high)]
    y = _y_scale(spec, y_values, [*ends, *(value for value, _ in rules)])
    last = float(frame[spec.x].max())
    describe = f"{title}: {spec.y_title} over {spec.x_title}, to {last:g}"
    if len(lines) > 1:
        describe += f": {listed([*lines])}"
    drawing = chart(
        series,
        svg.fit([*frame[spec.x]], spec.x_title, log=True)
        if "x" in spec.log
        else svg.Scale(0, last or 1.0, spec.x_title),
        y,
        describe,
        rules=[(None, value, name) for value, name in rules],
        width=spec.width,
        height=spec.height,
    )
    note = spec.note(part, subject) if spec.note else ""
    return Figure(title, drawing, note, subject.name if subject else "")


def _y_scale(spec: Lines, values: NDArray[np.float64], also: Sequence[float]) -> svg.Scale:
    ends = np.percentile(values, [100 * spec.trim, 100 * (1 - spec.trim)])
    known = [float(end) for end in ends] + [float(value) for value in also]
    wide = min(known) > 0 and max(known) > 8 * min(known)
    return svg.fit(known, spec.y_title, log=wide if spec.log == "auto" else "y" in spec.log)


def _series(
    spec: Lines, part: Part, subject: Subject | None, number: int, name: str, frame: Frame
) -> Series:
    """The line of one value of `spec.line`: a subject's own, or the chart's subject's."""
    owner = subject or part.by_name.get(name)
    first = number == 0 or subject is None
    index = owner.index if owner and owner.index is not None else number
    by_unit = {unit: _points(spec, of) for unit, of in frame.groupby(spec.unit, sort=False)}
    points, band = (_mean if spec.band else _median)(by_unit, spec)
    return Series(
        name=owner.title if owner and not subject else name,
        points=points,
        paint=svg.colour(index) if first else "var(--ink)",
        thin=[] if spec.band else [*by_unit.values()],
        band=band,
        dash=svg.DASHES[number % len(svg.DASHES)] if subject else "",
        model=owner.name if owner else "",
    )


def _points(spec: Lines, frame: Frame) -> list[Point]:
    return [(float(a), float(b)) for a, b in zip(frame[spec.x], frame[spec.y], strict=True)]


def _mean(by_unit: Mapping[Any, list[Point]], spec: Lines) -> tuple[list[Point], list[Span]]:
    """The mean over units at each x, and its 95 % t-interval."""
    at: dict[float, dict[Any, float]] = {}
    for unit, points in by_unit.items():
        for x, y in points:
            at.setdefault(x, {})[unit] = y
    found = [(x, value) for x in sorted(at) if (value := middle(at[x]))]
    return [(x, v.mean) for x, v in found], [(x, v.low, v.high) for x, v in found]


def _median(by_unit: Mapping[Any, list[Point]], spec: Lines) -> tuple[list[Point], list[Span]]:
    """The median over units at the x values of the longest, smoothed if asked."""
    longest = np.array([x for x, _ in max(by_unit.values(), key=lambda points: points[-1][0])])
    rows = [
        np.interp(longest, [x for x, _ in line], [y for _, y in line], np.nan, np.nan)
        for line in by_unit.values()
    ]
    stacked = np.array(rows)
    there = ~np.isnan(stacked).all(axis=0)
    centre = np.nanmedian(stacked[:, there], axis=0)
    half = int(len(centre) * spec.smooth / 2)
    smooth = [np.mean(centre[max(0, k - half) : k + half + 1]) for k in range(len(centre))]
    return [(float(x), float(y)) for x, y in zip(longest[there], smooth, strict=True)], []
