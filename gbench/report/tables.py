"""The main table of a data set: every model and control by every metric, with verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gbench.protocol.evidence import Metric
from gbench.report import svg
from gbench.report.numbers import Digits, fixed, half_width, short
from gbench.report.outside import stamped as stamped_outside
from gbench.report.records import Control, Data, Model, Outside
from gbench.report.spread import sampling_sd
from gbench.report.stamps import stamps
from gbench.stats import Estimate, Verdict, compare, estimate, mean_ranks

AXES = ("fidelity", "diversity", "modes", "overfitting")
ARROWS = {"lower": "↓", "higher": "↑", "target": "→"}


@dataclass(frozen=True)
class Column:
    """
    Attributes:
        digits: how its numbers are written.
        scale: of the little rulers: covers the models and the real data, not the other controls.
        floor: the mean of the real data's value.
    """

    name: str
    metric: Metric
    digits: Digits
    scale: svg.Scale
    floor: float | None

    @property
    def arrow(self) -> str:
        """The better direction, with the target where there is one."""
        arrow = ARROWS[self.metric.better]
        return arrow + (f"\N{NARROW NO-BREAK SPACE}{self.metric.target:g}" if arrow == "→" else "")

    @property
    def direction(self) -> str:
        return direction(self.metric)


def direction(metric: Metric) -> str:
    """ "lower is better", "best at 1"."""
    return (
        f"best at {metric.target:g}" if metric.better == "target" else f"{metric.better} is better"
    )


@dataclass(frozen=True)
class Cell:
    """
    Attributes:
        value: over seeds; None with the reason in `gap`.
        verdict: against the best of the column; empty for controls and for the unranked.
        gap: why some or all seeds have no value; empty if all have.
        tip: the single seeds' values, and the gap.
        text, interval: the mean and the interval's half-width as text.
        padding: spaces after either that bring the decimals of a column under each other.
    """

    value: Estimate | None
    verdict: Verdict | None
    gap: str
    tip: str
    text: str
    interval: str
    padding: str
    ruler: str


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        index: of the model's colour and mark; None for controls.
        meaning: what stands behind the name: the source, or what the control is for.
        stamps: warnings, each with its explanation.
        cells: one a column.
        rank: the mean rank over the primary columns; None for controls and for the unranked.
    """

    name: str
    title: str
    family: str
    meaning: str
    index: int | None
    stamps: list[tuple[str, str]]
    cells: list[Cell]
    rank: Estimate | None

    @property
    def gap(self) -> str:
        """The one reason why the whole row is empty; empty if some cell has a value."""
        gaps = {cell.gap for cell in self.cells}
        empty = all(cell.value is None for cell in self.cells)
        return gaps.pop() if empty and len(gaps) == 1 else ""


@dataclass(frozen=True)
class Table:
    data: Data
    columns: list[Column]
    controls: list[Row]
    models: list[Row]  # by family, in the order of params.yaml
    unmeasured: list[tuple[str, str]]  # (title, reason) of metrics without any value
    ranked: bool  # whether there is a mean rank over the columns
    outside: list[Row]  # samples of other programs, neither ranked nor marked
    more: "Table | None" = None  # the same rows with the columns that are not primary

    @property
    def families(self) -> list[tuple[str, list[Row]]]:
        rows = [*self.models, *self.outside]
        names = list(dict.fromkeys(row.family for row in rows))
        return [(name, [row for row in rows if row.family == name]) for name in names]

    @property
    def axes(self) -> list[tuple[str, int]]:
        """The axes in the order of the columns, with the number of columns of each."""
        names = [column.metric.axis for column in self.columns]
        return [(axis, names.count(axis)) for axis in dict.fromkeys(names)]

    def first(self, *axes: str) -> Column | None:
        """The first primary column of the first of these axes that has one: it speaks for it."""
        primary = [column for column in self.columns if column.metric.primary]
        found = (c for axis in axes for c in primary if c.metric.axis == axis)
        return next(found, None)

    def cell(self, row: Row, column: Column) -> Cell:
        return row.cells[self.columns.index(column)]


def table(data: Data) -> Table:
    """Arranges one data set's scores.

    A model with a diverged seed is shown but neither ranked nor marked: its mean speaks only about
    the seeds that survived.
    """
    main, more = (_table(data, primary) for primary in (True, False))
    unmeasured = main.unmeasured + more.unmeasured
    return replace(main, more=more if more.columns else None, unmeasured=unmeasured)


def _table(data: Data, primary: bool) -> Table:
    """Of the metrics that are primary, or of the others, which count in no rank."""
    ordered = sorted(
        ((name, metric) for name, metric in data.metrics.items() if metric.primary is primary),
        key=lambda item: AXES.index(item[1].axis),
    )
    everything: list[Model | Control] = [*data.controls, *data.models, *data.outside]
    empty = [name for name, _ in ordered if not any(row.values(name) for row in everything)]
    measured = any(run.status == "ok" for model in data.models for run in model.runs)
    unmeasured = [(data.metrics[name].title, _reasons(data, name)) for name in empty]
    ordered = [item for item in ordered if item[0] not in empty]
    ranked = rankable(data)
    losses = {name: losses_of(ranked, name, metric) for name, metric in ordered}
    columns = [_column(data, name, metric) for name, metric in ordered]
    verdicts = {name: compare(values) for name, values in losses.items()}
    rank = mean_ranks([values for values in losses.values() if values and primary])
    rank = {name: value for name, value in rank.items() if value.half is not None}
    stamped = stamps(data)
    models = [
        Row(
            model.name,
            model.title,
            model.family,
            model.source,
            index,
            stamped[model.name],
            [
                _cell(model, column, verdicts[column.name].get(model.name), index)
                for column in columns
            ],
            rank.get(model.name),
        )
        for index, model in enumerate(data.models)
    ]
    families = list(dict.fromkeys(row.family for row in models))
    controls = [
        Row(
            control.name,
            control.title,
            "control",
            control.meaning,
            None,
            [],
            [_cell(control, column, None, 0) for column in columns],
            None,
        )
        for control in data.controls
    ]
    models.sort(key=lambda row: families.index(row.family))
    warned = stamped_outside(data)
    outside = [
        Row(
            one.name,
            one.title,
            one.family,
            one.source,
            index,
            warned[one.name],
            [_cell(one, column, None, index) for column in columns],
            None,
        )
        for index, one in enumerate(data.outside, len(data.models))
    ]
    return Table(data, columns, controls, models, unmeasured if measured else [], primary, outside)


def _reasons(data: Data, metric: str) -> str:
    """Why a metric has no value at all: the notes, each once."""
    notes = [
        run.scores[metric].note if metric in run.scores else "not measured"
        for model in data.models
        for run in model.runs
        if run.status == "ok"
    ]
    return "; ".join(dict.fromkeys(note for note in notes if note))


def rankable(data: Data) -> list[Model]:
    """The models without a diverged seed."""
    return [model for model in data.models if not model.with_status("diverged")]


def losses_of(models: Sequence[Model], name: str, metric: Metric) -> dict[str, dict[int, float]]:
    """By model and seed, lower is better; models without a value are left out."""
    found = {
        model.name: {seed: metric.loss(value) for seed, value in model.values(name).items()}
        for model in models
    }
    return {model: values for model, values in found.items() if values}


def _column(data: Data, name: str, metric: Metric) -> Column:
    everyone = [*data.models, *data.outside]
    models = [e for model in everyone if (e := estimate([*model.values(name).values()]))]
    control = data.real_control
    real = estimate([*control.values(name).values()]) if control else None
    shown = [end for e in models for end in (e.low, e.mean, e.high)]
    shown += [real.mean] if real else []
    shown += [metric.target] if metric.better == "target" and shown else []
    means = [e.mean for e in [*models, *([real] if real else [])]]
    if metric.better != "higher" and means and 0 < min(means) < max(means) / 25:
        scale = svg.fit([value for value in shown if value >= min(means) / 2], log=True)
    else:
        scale = svg.fit(shown, log=False)
    controls = [e.mean for c in data.controls if (e := estimate([*c.values(name).values()]))]
    digits = Digits([*(e.mean for e in models), *controls])
    return Column(name, metric, digits, scale, real.mean if real else None)


def _cell(row: Model | Control, column: Column, verdict: Verdict | None, index: int) -> Cell:
    values = row.values(column.name)
    value, gap = estimate([*values.values()]), row.gap(column.name)
    unit = "batch" if isinstance(row, Outside) else "seed"
    tip = "; ".join(f"{unit} {seed}: {short(v)}" for seed, v in values.items())
    if isinstance(row, Model) and (sampling := sampling_sd(row, column.name)) is not None:
        tip += f"; SD of sampling alone: {short(sampling)}"
    if gap:
        tip = f"{tip}; {gap}" if tip else gap
    if value is None:
        return Cell(None, None, gap or "not measured", tip, "", "", "", "")
    paint = svg.colour(index) if isinstance(row, Model) else "var(--soft)"
    ruler = svg.ruler(column.scale, value.low, value.mean, value.high, column.floor, paint, index)
    places, padding = column.digits.places(value.mean), column.digits.padding(value.mean)
    text, interval = fixed(value.mean, places), half_width(value, places)
    return Cell(value, verdict, gap, tip, text, interval, padding, ruler)


def train_seconds(model: Model) -> Mapping[int, float]:
    """By seed, of the runs that finished."""
    return {
        run.seed: float(run.card["seconds"]["train"])
        for run in model.runs
        if run.card.get("status") == "ok" and "train" in run.card.get("seconds", {})
    }
