"""Where training circles instead of settling: a toy game solved exactly, and real trainings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any, Literal

import numpy as np
from markupsafe import Markup

from gbench.core.files import read_json
from gbench.report import svg
from gbench.report.figures.figure import Figure
from gbench.report.figures.labels import Numbers
from gbench.report.numbers import fixed, short, some
from gbench.report.records import Data, Model, Records
from gbench.stats import Estimate, estimate
from gbench.tracks.collapse.measure import bilinear

STEP, ROUNDS, DECAY = 0.1, 150, 0.99  # of the toy game
LONG, EVERY = 1000, 4  # rounds over which distances are shown, and how many lie between two points
START = np.array([1.0, 0.0])
MARGIN = 0.05  # of the covered modes exchanged from point to point, under which a training settles

Verdict = Literal["circles", "settles", "not told"]
Value = str | int | float | None


@dataclass(frozen=True)
class Trace:
    """One line of the toy game's figures.

    Attributes:
        points: [T + 1, 2] after 0, 1, ... rounds.
    """

    title: str
    points: bilinear.Floats
    index: int


@dataclass(frozen=True)
class Circling:
    """The trainings of one model on one known mixture.

    Attributes:
        index: of the model's colour and mark.
        runs: the records of results/turnover, by seed.
    """

    model: Model
    index: int
    runs: Mapping[int, Mapping[str, Any]]

    def over_seeds(self, measure: str) -> Estimate | None:
        """turnover, expected or excess."""
        return estimate([run[measure] for run in self.runs.values() if run[measure] is not None])

    @property
    def verdict(self) -> Verdict:
        """By the whole interval of the excess, on one side of MARGIN."""
        value = self.over_seeds("excess")
        if value is None or value.half is None or value.low <= MARGIN <= value.high:
            return "not told"
        return "circles" if value.low > MARGIN else "settles"


@dataclass(frozen=True)
class Row:
    """A row of the table as text."""

    circling: Circling
    turnover: str
    expected: str
    excess: str
    verdict: str
    gap: str


@dataclass(frozen=True)
class Watched:
    """One data set.

    Attributes:
        shown: figures of the chosen models, and those of all others.
    """

    data: Data
    verdict: str
    rows: Sequence[Row]
    shown: Sequence[Figure]
    others: Sequence[Figure]


def read(data: Data, root: Path) -> list[Circling]:
    """The models of a data set whose trainings have records, in the page's order."""
    found = []
    for index, model in enumerate(data.models):
        paths = {
            run.seed: root / "results" / "turnover" / data.name / model.name / f"{run.seed}.json"
            for run in model.runs
        }
        if runs := {seed: read_json(path) for seed, path in paths.items() if path.exists()}:
            found.append(Circling(model, index, runs))
    return found


def section(records: Records, root: Path, shown: Sequence[str]) -> dict[str, Any]:
    """All that the macro `oscillation` shows.

    Args:
        shown: the models whose curves stand open, in this order; the others' are folded away.
    """
    return {
        "toy": toy(),
        "step": STEP,
        "decay": DECAY,
        "radius": short(bilinear.shrinkage("alternating", STEP, DECAY)),
        "growth": short(bilinear.spin("simultaneous", STEP)[0] ** ROUNDS),
        "rounds": ROUNDS,
        "margin": MARGIN,
        "watched": [one for data in records.data if (one := watched(data, root, shown))],
    }


def watched(data: Data, root: Path, shown: Sequence[str]) -> Watched | None:
    """None where no training of a known mixture was measured."""
    found = read(data, root)
    if data.centres is None or not found:
        return None
    by_name = {one.model.name: one for one in found}
    first = [by_name[name] for name in shown if name in by_name]
    rest = [one for one in found if one.model.name not in shown]
    modes = len(data.centres)
    return Watched(
        data,
        told(found),
        [row(one) for one in found],
        [figure for one in first if (figure := course(one, modes))],
        [figure for one in rest if (figure := course(one, modes))],
    )


def told(found: Sequence[Circling]) -> str:
    """Which trainings circle and which settle, in a sentence."""
    names = {
        verdict: [one.model.title for one in found if one.verdict == verdict]
        for verdict in ("circles", "settles", "not told")
    }
    clauses = [
        f"{len(who)} {verb}" + (f": {some(who, 8)}" if who else "")
        for verb, who in (("circle", names["circles"]), ("settle", names["settles"]))
    ]
    return (
        f"Of {len(found)} models {clauses[0]}; {clauses[1]}; of {len(names['not told'])} the "
        "interval does not tell."
    )


def row(one: Circling) -> Row:
    notes = {run["note"] for run in one.runs.values() if run["excess"] is None}
    return Row(
        one,
        _share(one.over_seeds("turnover")),
        _share(one.over_seeds("expected")),
        _share(one.over_seeds("excess")),
        one.verdict,
        "; ".join(sorted(notes - {""})),
    )


def _share(value: Estimate | None) -> str:
    """ "12.5 [8.1, 16.9] %"; the interval is that of the mean and may leave [0, 100]."""
    if value is None:
        return "\N{EN DASH}"
    mean, low, high = (fixed(100 * x, 1) for x in (value.mean, value.low, value.high))
    return f"{mean} (one seed) %" if value.half is None else f"{mean} [{low}, {high}] %"


def covered(run: Mapping[str, Any]) -> list[tuple[int, int]]:
    """(round, modes covered) at each point."""
    pairs = zip(run["round"], run["by_mode"], strict=True)
    return [(round_, sum(hits > 0 for hits in by_mode)) for round_, by_mode in pairs]


def course(one: Circling, modes: int) -> Figure | None:
    """How many modes over rounds, a thin line a seed, and below which modes, of the first seed."""
    curves = {seed: curve for seed, run in one.runs.items() if (curve := covered(run))}
    if not curves:
        return None
    last = max(curve[-1][0] for curve in curves.values())
    seen = {"circles": "circles", "settles": "settles", "not told": "circles or settles: not told"}
    title = f"{one.model.title}: {seen[one.verdict]}"
    describe = f"{title}. Modes covered over {last} rounds, {len(curves)} seeds"
    y = Numbers(0, 1.08 * modes, "modes covered ↑", given=(0, modes // 2, modes))
    panel = svg.Panel(svg.Scale(0, last, "round"), y, describe, width=300, height=170)
    panel.rule(y=modes, label=f"all {modes}")
    for number, curve in enumerate(curves.values()):
        dash = svg.DASHES[number % len(svg.DASHES)]
        panel.line(curve, svg.colour(one.index), width=1.2, dash=dash, opacity=0.75)
    first = min(curves)
    excess = one.over_seeds("excess")
    note = f"Below: which modes seed {first} covers. "
    note += f"Excess turnover {_share(excess)}." if excess else ""
    which = visits(one, first, modes, last)
    return Figure(title, panel.render() + which, note)


def visits(one: Circling, seed: int, modes: int, last: int) -> Markup:
    """Which modes one seed covers over rounds: a bar for as long as a mode is covered."""
    run = one.runs[seed]
    describe = f"{one.model.title}, seed {seed}: which of the {modes} modes are covered"
    y = Numbers(0.4, modes + 0.6, "mode", given=(1, modes // 2, modes))
    panel = svg.Panel(svg.Scale(0, last, "round"), y, describe, width=300, height=170)
    begins = [0, *run["round"][:-1]]
    for mode in range(modes):
        line: list[tuple[float, float]] = []
        for begin, end, hits in zip(begins, run["round"], run["by_mode"], strict=True):
            height = mode + 1.0 if hits[mode] else nan
            line += [(begin, height), (end, height)]
        panel.line(line, svg.colour(one.index), width=0.6 * 120 / modes)
    return panel.render()


def traces(rounds: int) -> list[Trace]:
    """The four paths of the toy game."""
    orders: tuple[bilinear.Order, ...] = ("simultaneous", "alternating")
    found: list[Trace] = []
    for order in orders:
        there = bilinear.iterates(order, STEP, START, rounds)
        mean = bilinear.uniform_average(order, STEP, START, rounds)
        found += [Trace(order, there, len(found)), Trace(f"{order}, mean", mean, len(found) + 1)]
    return found


def toy() -> list[Figure]:
    """The game's plane, and the distance from its equilibrium over rounds."""
    return [plane(), distances()]


def plane() -> Figure:
    """Both players' moves in the plane, with equal axes."""
    found = traces(ROUNDS)
    reach = 1.06 * max(float(np.abs(trace.points).max()) for trace in found)
    right = 16 + svg.FONT * max(len(trace.title) for trace in found)
    side = 262.0
    describe = (
        "The game min over x, max over y of x y: simultaneous steps spiral outwards, alternating "
        "steps keep to an ellipse, the mean of the alternating steps spirals into the equilibrium"
    )
    panel = svg.Panel(
        svg.Scale(-reach, reach, "x, which descends x y"),
        svg.Scale(-reach, reach, "y, which ascends it"),
        describe,
        right=right,
        width=48 + side + right,
        height=10 + side + 40,
    )
    for trace in found:
        _draw(panel, [(float(a), float(b)) for a, b in trace.points], trace)
    panel.ends([_end(trace, *map(float, trace.points[-1])) for trace in found])
    marks = [(1.0, 0.0, "start"), (0.0, 0.0, "equilibrium")]
    panel.rings([(x, y) for x, y, _ in marks], 4)
    panel.name(marks)
    return Figure("Taking turns keeps the orbit; averaging it finds the middle", panel.render())


def distances() -> Figure:
    """How far from the equilibrium, over rounds."""
    found = traces(LONG)
    slow = bilinear.exponential_average("alternating", STEP, START, LONG, DECAY)
    found.append(Trace(f"alternating, decay {DECAY:g}", slow, len(found)))
    far = [np.linalg.norm(trace.points[::EVERY], axis=1) for trace in found]
    right = 16 + svg.FONT * max(len(trace.title) for trace in found)
    describe = "Distance from the equilibrium over rounds, logarithmic, of the same four and of "
    panel = svg.Panel(
        svg.Scale(0, LONG, "round"),
        svg.fit([float(d) for one in far for d in one], "distance from the equilibrium", log=True),
        describe + "the exponential average of alternating steps",
        right=right,
        width=48 + 262 + right,
        height=312,
    )
    for trace, one in zip(found, far, strict=True):
        _draw(panel, [(float(EVERY * t), float(d)) for t, d in enumerate(one)], trace)
    panel.ends([_end(t, LONG, float(d[-1])) for t, d in zip(found, far, strict=True)])
    return Figure("Only the mean of alternating steps comes closer for ever", panel.render())


def _end(trace: Trace, x: float, y: float) -> tuple[float, float, str, str, str]:
    return x, y, trace.title, svg.colour(trace.index), ""


def _draw(panel: svg.Panel, points: Sequence[tuple[float, float]], trace: Trace) -> None:
    panel.line(points, svg.colour(trace.index), width=1.4, dash=svg.DASHES[trace.index])


HEAD = "data model family seed round measure value"


def rows(records: Records, root: Path) -> Iterable[tuple[Value, ...]]:
    """The tidy data: modes covered at each round, and what the second half of a training came to;
    the toy game as the data set "bilinear" with the players' values."""
    for trace in traces(ROUNDS):
        for round_, (x, y) in enumerate(trace.points):
            for player, value in (("x", x), ("y", y)):
                yield "bilinear", trace.title, "toy", None, round_, player, float(value)
    for data in records.data:
        for one in read(data, root):
            for seed, run in one.runs.items():
                start = (data.name, one.model.name, one.model.family, seed)
                for round_, modes in covered(run):
                    yield *start, round_, "modes", modes
                for measure in ("turnover", "expected", "excess"):
                    yield *start, None, measure, run[measure]
