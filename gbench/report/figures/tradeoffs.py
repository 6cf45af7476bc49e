"""Fidelity against diversity, seconds, images seen and overfitting, with the front of the means."""

from collections.abc import Callable, Mapping

from gbench.report import svg
from gbench.report.figures.figure import Figure
from gbench.report.numbers import sentence, short, some
from gbench.report.records import Model
from gbench.report.tables import Column, Row, Table, train_seconds
from gbench.stats import Estimate, estimate, pareto

NAMED = 12  # of more models only those on the front have their names in the figure


def _better(column: Column) -> str:
    arrow = column.arrow
    return f"{column.metric.title} ({column.direction} {arrow[0]})"


def trade_offs(table: Table) -> list[Figure]:
    """Fidelity against diversity; quality against seconds, images seen, and overfitting."""
    quality = table.first("fidelity", "modes")
    if quality is None:
        return []
    second = table.first("diversity")
    if second is None:  # points: the next metric of the modes
        second = next((c for c in table.columns if c.metric.axis == "modes" and c != quality), None)
    figures = []
    if second is not None:
        figures.append(
            _against(table, quality, second, f"{_short(quality)} against {_short(second)}")
        )
    seconds = "training time in seconds (lower is better ↓)"
    figures.append(_spent(table, quality, train_seconds, seconds, "training time"))
    images = "training examples seen (lower is better ↓)"
    figures.append(_spent(table, quality, images_seen, images, "training examples seen"))
    overfitting = table.first("overfitting")
    if overfitting is not None:
        title = f"{_short(quality)} against {_short(overfitting)}"
        figures.append(_against(table, quality, overfitting, title))
    return [figure for figure in figures if figure is not None]


def _short(column: Column) -> str:
    return column.metric.title.split(" (")[0]


Points = dict[str, tuple[Row, Estimate, Estimate]]


def _against(table: Table, x: Column, y: Column, title: str) -> Figure | None:
    points: Points = {}
    for row in table.models:
        a, b = table.cell(row, x).value, table.cell(row, y).value
        if a and b:
            points[row.name] = (row, a, b)
    floor = (x.floor, y.floor) if x.floor is not None and y.floor is not None else None
    losses = {
        name: (x.metric.loss(a.mean), y.metric.loss(b.mean)) for name, (_, a, b) in points.items()
    }
    return _crosses(points, losses, _better(x), _better(y), title, floor)


def images_seen(model: Model) -> Mapping[int, float]:
    """By seed, of the runs that finished; counted again each time that one is seen."""
    return {
        run.seed: float(run.card["images_seen"])
        for run in model.runs
        if run.card.get("status") == "ok" and run.card.get("images_seen")
    }


def _spent(
    table: Table, y: Column, spent: Callable[[Model], Mapping[int, float]], label: str, what: str
) -> Figure | None:
    """Quality against what a training took, `spent` by seed."""
    points: Points = {}
    for row in table.models:
        model = next(model for model in table.data.models if model.name == row.name)
        a, b = estimate([*spent(model).values()]), table.cell(row, y).value
        if a and b:
            points[row.name] = (row, a, b)
    losses = {name: (a.mean, y.metric.loss(b.mean)) for name, (_, a, b) in points.items()}
    floor = (None, y.floor) if y.floor is not None else None
    return _crosses(points, losses, label, _better(y), f"{_short(y)} against {what}", floor)


def _ends(value: Estimate) -> tuple[float, float, float]:
    return value.low, value.mean, value.high


def _axis(values: list[Estimate], label: str, also: float | None) -> svg.Scale:
    """Covers the means and, as far as one wide interval does not crush the rest, the intervals.

    Logarithmic where the means span a factor of 25, all above 0.
    """
    means = [v.mean for v in values] + ([also] if also is not None else [])
    low, high = min(means), max(means)
    log = low > 0 and high > 25 * low
    least, most = (low / 3, high * 3) if log else (low - (high - low), high + (high - low))
    ends = [min(max(end, least), most) for v in values for end in (v.low, v.high)]
    return svg.fit([*ends, *means], label, log=log)


def _crosses(
    points: Points,
    losses: Mapping[str, tuple[float, float]],
    x_label: str,
    y_label: str,
    title: str,
    floor: tuple[float | None, float | None] | None,
) -> Figure | None:
    if not points:
        return None
    x = _axis([a for _, a, _ in points.values()], x_label, floor[0] if floor else None)
    y = _axis([b for _, _, b in points.values()], y_label, floor[1] if floor else None)
    front = pareto(losses)
    names = [points[name][0].title for name in front]
    seen = f"{some(names, 5)} {'is' if len(names) == 1 else 'are'} on the front of the means"
    panel = svg.Panel(x, y, f"{title}: {seen}")
    if floor and floor[0] is not None and floor[1] is not None:
        panel.rule(x=floor[0], label="real data")
        panel.rule(y=floor[1], label="")
    elif floor and floor[1] is not None:
        panel.rule(y=floor[1], label="real data")
    panel.line(
        [(points[name][1].mean, points[name][2].mean) for name in front],
        "var(--soft)", width=1.2, dash="3 3",
    )  # fmt: skip
    named = points if len(points) <= NAMED else {name: points[name] for name in front}
    for name, (row, a, b) in points.items():
        across, up = (label.split(" (")[0] for label in (x_label, y_label))
        tip = f"{row.title}: {across} {_plain(a)}, {up} {_plain(b)}"
        panel.cross(_ends(a), _ends(b), row.index or 0, tip, faint=name not in named)
    panel.name([(a.mean, b.mean, row.title) for row, a, b in named.values()])
    return Figure(sentence(f"{title}: {seen}"), panel.render())


def _plain(value: Estimate) -> str:
    if value.half is None:
        return short(value.mean)
    return f"{short(value.mean)} [{short(value.low)}, {short(value.high)}]"
