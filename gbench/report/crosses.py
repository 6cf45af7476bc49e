"""Trade-offs: subjects by two measures, with intervals and the Pareto front of the means.

The axes cover the range where most subjects are: one that collapsed must not squeeze the others
into a corner.  What lies beyond is an arrow at the edge, whose tip says the values.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import escape

from gbench.report import svg
from gbench.report.numbers import sentence, short, some
from gbench.report.section import Column, Crosses, Part, Subject
from gbench.report.svg.marks import number
from gbench.report.table import head
from gbench.report.view import Figure, Figures
from gbench.stats import Estimate, pareto

NAMED = 12  # of more subjects only those on the front have their names in the figure
FENCE = 3.0  # interquartile ranges beyond the quartiles: what lies farther is cut off
FEW = 6  # of fewer subjects none is cut off


class Cross(NamedTuple):
    """A subject's place."""

    subject: Subject
    x: Estimate
    y: Estimate


def views(part: Part, spec: Crosses) -> Iterator[Figures]:
    """A figure for each pair of columns that some subject has both of."""
    pairs = spec.pairs(part)
    figures = [_figure(part, spec, *pair) for pair in pairs]
    if drawn := [figure for figure in figures if figure]:
        known = part.tested(spec.table).columns
        yield Figures(drawn, heads=[head(known[key]) for key in dict.fromkeys(sum(pairs, ()))])


def _figure(part: Part, spec: Crosses, first: str, second: str) -> Figure | None:
    tested = part.tested(spec.table)
    x, y = tested.columns[first], tested.columns[second]
    found = [
        Cross(subject, a, b)
        for subject in part.subjects
        if not subject.reference
        if (a := tested.estimate(subject.name, first))
        if (b := tested.estimate(subject.name, second))
    ]
    if not found:
        return None
    floors = [tested.estimate(spec.floor, key) if spec.floor else None for key in (first, second)]
    return crosses(found, x, y, [f.mean if f else None for f in floors], spec.floor_title)


def crosses(
    found: Sequence[Cross],
    x: Column,
    y: Column,
    floors: Sequence[float | None] = (None, None),
    floor_title: str = "",
) -> Figure:
    """The figure, of at least one subject.

    Args:
        floors: of x and y: dashed lines across.
    """
    losses = {c.subject.name: (x.loss(c.x.mean), y.loss(c.y.mean)) for c in found}
    order = pareto({c.subject.name: losses[c.subject.name] for c in found if c.subject.rival})
    by_name = {cross.subject.name: cross for cross in found}
    front = [by_name[name] for name in order]
    titles = [cross.subject.title for cross in front]
    seen = f"{some(titles, 5)} {'is' if len(titles) == 1 else 'are'} on the front of the means"
    title = sentence(f"{y.short} against {x.short}: {seen}")
    across = axis([c.x for c in found], [c.x for c in front], label(x), floors[0])
    up = axis([c.y for c in found], [c.y for c in front], label(y), floors[1])
    panel = svg.Panel(across, up, title)
    _rules(panel, floors, floor_title)
    panel.line([(c.x.mean, c.y.mean) for c in front], "var(--soft)", width=1.2, dash="3 3")
    named = found if len(found) <= NAMED else front
    for cross in found:
        with panel.of(cross.subject.name):
            _draw(panel, cross, tip(cross, x, y), faint=cross not in named)
    panel.name([(c.x.mean, c.y.mean, c.subject.title) for c in named])
    return Figure(title, panel.render())


def label(column: Column) -> str:
    """ "FID (judge) (lower is better ↓)"."""
    aim = f"best at {column.target:g} →"
    arrow = {"lower": "lower is better ↓", "higher": "higher is better ↑", "target": aim}
    return f"{column.title} ({arrow[column.better]})" if column.better else column.title


def tip(cross: Cross, x: Column, y: Column) -> str:
    """The subject's values in words."""
    return f"{cross.subject.title}: {x.short} {_plain(cross.x)}, {y.short} {_plain(cross.y)}"


def _plain(value: Estimate) -> str:
    if value.half is None:
        return short(value.mean)
    return f"{short(value.mean)} [{short(value.low)}, {short(value.high)}]"


def kept(means: Sequence[float], always: Sequence[float]) -> list[float]:
    """The means within the fences, and those that must be visible."""
    if len(means) < FEW:
        return [*means, *always]
    quarter, three = np.percentile(means, [25, 75])
    room = FENCE * (three - quarter)
    return [m for m in means if quarter - room <= m <= three + room or m in always] + [*always]


def axis(
    values: Sequence[Estimate], front: Sequence[Estimate], title: str, floor: float | None
) -> svg.Scale:
    """Covers the means where most are, the front and the floor; intervals as far as one wide one
    does not crush the rest.  Logarithmic where what is left spans a factor of 25, all above 0."""
    means = [value.mean for value in values]
    always = [value.mean for value in front] + ([floor] if floor is not None else [])
    shown = kept(means, always)
    if min([*means, *always]) > 0 and max(shown) > 25 * min(shown):
        shown = [float(10**m) for m in kept([*np.log10(means)], [*np.log10(always)])]
        least, most = min(shown) / 3, max(shown) * 3
        log = True
    else:
        room = max(shown) - min(shown)
        least, most, log = min(shown) - room, max(shown) + room, False
    inside = [v for v in values if min(shown) <= v.mean <= max(shown)]
    ends = [min(max(end, least), most) for v in inside for end in (v.low, v.high)]
    return svg.fit([*ends, *shown], title, log=log)


def _rules(panel: svg.Panel, floors: Sequence[float | None], title: str) -> None:
    for k, floor in enumerate(floors):
        if floor is not None:
            named = title if k == 0 or floors[0] is None else ""
            panel.rule(**{"xy"[k]: floor}, label=named)


def _draw(panel: svg.Panel, cross: Cross, told: str, *, faint: bool) -> None:
    x, y, index = cross.x, cross.y, cross.subject.index or 0
    sides = _beyond(panel.x, x.mean), _beyond(panel.y, y.mean)
    if sides == (0, 0):
        ends = [(value.low, value.mean, value.high) for value in (x, y)]
        panel.cross(ends[0], ends[1], index, told, faint=faint)
    else:
        panel.parts.append(_arrow(*panel.at(x.mean, y.mean), sides, index, told))


def _beyond(scale: svg.Scale, value: float) -> int:
    return (value > scale.high) - (value < scale.low)


def _arrow(a: float, b: float, sides: tuple[int, int], index: int, told: str) -> str:
    """A chevron at the edge that points outwards."""
    turn = np.degrees(np.arctan2(-sides[1], sides[0]))
    said = f"{told}; beyond the axes"
    return (
        f'<g class="clear" data-tip="{escape(said)}"><title>{escape(said)}</title>'
        f'<path class="edge" style="stroke:{svg.colour(index)}" d="M-7 -4.5L0 0L-7 4.5"'
        f' transform="translate({number(a)} {number(b)}) rotate({turn:g})"/></g>'
    )
