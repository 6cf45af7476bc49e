"""Does training circle or settle?  A toy game solved exactly, and real trainings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from markupsafe import Markup

from gbench.report import svg
from gbench.report.kit.cells import DASH, plain
from gbench.report.kit.lines import Series, Ticks, chart
from gbench.report.kit.section import Drawing, Finding, Folded, Part, Section, Subject
from gbench.report.kit.tidy import Frame, columns, frame
from gbench.report.kit.view import Cell, Figure, Figures, Grid, Group, Head, Prose, Row, View
from gbench.report.numbers import fixed, listed, some
from gbench.report.records import Data, Model
from gbench.report.sections.subjects import data_of, subjects
from gbench.stats import Estimate, estimate
from gbench.tracks.collapse.measure.circling import MARGIN, Verdict, verdict
from gbench.tracks.collapse.page import toy
from gbench.tracks.collapse.page.matrices import Matrices
from gbench.tracks.collapse.page.plain import PLAIN

TOY = "bilinear"
WATCHED = (  # the models whose curves stand open; the others' are folded away
    PLAIN,
    "wgan_gp",
    "gan_average",
    "gan_unrolled",
    "gan_packing2",
    "gan_historical",
    "gan_r1",
)
HEAD = "data model family seed round measure value"
HEADS = {
    "turnover": Head(
        "Turnover (%)",
        "Of the modes covered at one point of a training, the share that is lost by the next point "
        "and made up for by others. 100 %: one set of modes after another. 0: the cover stays, "
        "only grows, or only shrinks.",
    ),
    "expected": Head(
        "By luck (%)",
        "The same if the samples of all points were dealt to the points at random: the effect of "
        "luck on modes that are rarely hit.",
    ),
    "excess": Head("Excess (%)", "Turnover less luck."),
}
VERDICT = Head(
    "Verdict",
    f"Circles: the whole interval of the excess lies above {100 * MARGIN:g} %. Settles: all of it "
    "lies below.",
    kind="text",
)


@dataclass(frozen=True)
class Circling:
    """The trainings of one model on one data set: the records of results/turnover, by seed."""

    model: Model
    runs: Mapping[int, Mapping[str, Any]]

    def values(self, measure: str) -> list[float]:
        """turnover, expected or excess, of the seeds that have one."""
        return [run[measure] for run in self.runs.values() if run[measure] is not None]

    @property
    def verdict(self) -> Verdict:
        return verdict(self.values("excess"))

    @property
    def gap(self) -> str:
        """Why seeds have no value."""
        notes = {run["note"] for run in self.runs.values() if run["excess"] is None}
        return "; ".join(sorted(notes - {""}))


def read(results: Matrices, data: Data) -> list[Circling]:
    """The models whose trainings have records, in the page's order."""
    found = []
    for model in data.models:
        records = {
            run.seed: results.record("turnover", data.name, model.name, run.seed)
            for run in model.runs
        }
        if runs := {seed: record for seed, record in records.items() if record}:
            found.append(Circling(model, runs))
    return found


def turnovers(results: Matrices) -> Frame:
    """Modes covered at each round, and the second half of each training; the toy game as the data
    set "bilinear".  Records stand beside, and are not written."""
    rows = (row for data in results.data for one in read(results, data) for row in _rows(data, one))
    return frame(f"{HEAD} circling", (*((*row, None) for row in toy.rows()), *rows))


def _rows(data: Data, one: Circling) -> Iterator[Sequence[Any]]:
    for seed, run in one.runs.items():
        start = (data.name, one.model.name, one.model.family, seed)
        for round_, modes in covered(run):
            yield *start, round_, "modes", modes, one
        for measure in HEADS:
            yield *start, None, measure, run[measure], one


def covered(run: Mapping[str, Any]) -> list[tuple[int, int]]:
    """(round, modes covered) at each point."""
    pairs = zip(run["round"], run["by_mode"], strict=True)
    return [(round_, sum(hits > 0 for hits in by_mode)) for round_, by_mode in pairs]


def circlings(part: Part) -> list[Circling]:
    """Of the part's models; none for the toy game, and where no modes in the plane are known."""
    if part.key == TOY or data_of(part.results, part.key).centres is None:
        return []
    return list({one.model.name: one for one in part.frame.circling}.values())


def told(found: Sequence[Circling]) -> str:
    """Which trainings circle and which settle, in a sentence."""
    by = {
        word: [one.model.title for one in found if one.verdict == word]
        for word in ("circles", "settles", "undecided")
    }
    clauses = [
        f"{len(names)} {verb}" + (f": {some(names, 8)}" if names else "")
        for verb, names in (("circle", by["circles"]), ("settle", by["settles"]))
    ]
    return (
        f"Of {len(found)} models {clauses[0]}; {clauses[1]}; for {len(by['undecided'])} the "
        "interval does not decide."
    )


def _toy(part: Part) -> Iterator[View]:
    if part.key == TOY:
        yield Prose(toy.BEFORE)
        yield Figures([toy.plane(), toy.distances()], "pair")
        yield Prose(toy.AFTER, "small")


def _verdicts(part: Part) -> Iterator[View]:
    if found := circlings(part):
        yield Prose(told(found))


def courses(part: Part, *, watched: bool) -> Iterator[View]:
    found = {one.model.name: one for one in circlings(part)}
    names = [name for name in WATCHED if name in found]
    if not watched:
        names = [name for name in found if name not in WATCHED]
    modes = data_of(part.results, part.key).modes if found else 0
    drawn = [course(found[name], part.by_name[name], modes) for name in names]
    if figures := [figure for figure in drawn if figure]:
        yield Figures(figures, "four")


def course(one: Circling, subject: Subject, modes: int) -> Figure | None:
    """How many modes over rounds, a thin line a seed, and below which modes, of the first seed."""
    curves = {seed: curve for seed, run in one.runs.items() if (curve := covered(run))}
    if not curves:
        return None
    last, paint = max(curve[-1][0] for curve in curves.values()), svg.colour(subject.index or 0)
    title = f"{one.model.title}: {one.verdict}"
    drawing = chart(
        [
            Series("", curve, paint, dash=svg.DASHES[k % len(svg.DASHES)], width=1.2)
            for k, curve in enumerate(curves.values())
        ],
        svg.Scale(0, last, "round"),
        Ticks(0, 1.08 * modes, "modes covered ↑", given=(0, modes // 2, modes)),
        f"{title}. Modes covered over {last} rounds, {len(curves)} seeds",
        rules=[(None, modes, f"all {modes}")],
        width=300,
        height=170,
    )
    first = min(curves)
    excess = estimate(one.values("excess"))
    note = f"Below: which modes seed {first} covers."
    note += f" Excess turnover {_share(excess)} %." if excess else ""
    drawing += visits(one.runs[first], f"{one.model.title}, seed {first}", paint, modes, last)
    return Figure(title, drawing, note, subject.name)


def visits(run: Mapping[str, Any], whose: str, paint: str, modes: int, last: int) -> Markup:
    """Which modes a training covers over rounds: a bar for as long as a mode is covered."""
    begins = [0, *run["round"][:-1]]
    bars = []
    for mode in range(modes):
        line: list[tuple[float, float]] = []
        for begin, end, hits in zip(begins, run["round"], run["by_mode"], strict=True):
            height = mode + 1.0 if hits[mode] else nan
            line += [(begin, height), (end, height)]
        bars.append(Series("", line, paint, width=0.6 * 120 / modes))
    return chart(
        bars,
        svg.Scale(0, last, "round"),
        Ticks(0.4, modes + 0.6, "mode", given=(1, modes // 2, modes)),
        f"{whose}: which of the {modes} modes are covered",
        width=300,
        height=170,
    )


def _others(part: Part) -> str:
    some_open = any(one.model.name in WATCHED for one in circlings(part))
    return f"{'The other models' if some_open else 'Every model'}: modes over time"


def _table(part: Part) -> Iterator[View]:
    found = circlings(part)
    if found:
        rows = [_row(part.by_name[one.model.name], one) for one in found]
        heads = [*HEADS.values(), VERDICT]
        title = f"Turnover of modes on {part.key}"
        yield Grid(f"{part.anchor}-table", title, heads, [Group("", rows)])


def _row(subject: Subject, one: Circling) -> Row:
    cells = [Cell(_share(estimate(one.values(measure)))) for measure in HEADS]
    gap = plain(one.verdict, gap=one.gap, n=len(one.values("excess")) if one.gap else None)
    return Row(subject.title, [*cells, gap], subject.name, subject.index)


def _share(value: Estimate | None) -> str:
    """ "12.5 [8.1, 16.9]" in percent; the interval is that of the mean and may leave [0, 100]."""
    if value is None:
        return DASH
    mean, low, high = (fixed(100 * x, 1) for x in (value.mean, value.low, value.high))
    return f"{mean} (one seed)" if value.half is None else f"{mean} [{low}, {high}]"


def _found(parts: Sequence[Part]) -> Iterator[Finding]:
    clauses = []
    for part in parts:
        verdicts: list[str] = [one.verdict for one in circlings(part)]
        if verdicts:
            circle, settle, rest = map(verdicts.count, ("circles", "settles", "undecided"))
            counts = f"{circle} circle, {settle} settle, {rest} are undecided"
            clauses.append(f"of {len(verdicts)} games on {part.key} {counts}")
    if clauses:
        yield Finding("Circling:", f"{listed(clauses)}.", "oscillation")


def unseen(results: Matrices) -> list[str]:
    """Data sets on which it cannot be told, and why."""
    notes = {data.name: {one.gap for one in read(results, data)} for data in results.data
             if data.centres is None}  # fmt: skip
    return [f"{name}, turnover of modes: {'; '.join(sorted(n))}" for name, n in notes.items() if n]


OSCILLATION = Section(
    id="oscillation",
    title="Does training circle or settle?",
    nav="Oscillation",
    lede="A line is a seed. The number of modes may stand still while the modes change: hence the "
    "bars below. Intervals are 95 % t-intervals over seeds. A model circles if the whole interval "
    f"of its excess turnover lies above {100 * MARGIN:g} %, and settles if all of it lies below.",
    blind="how much is exchanged between two points: that depends on how far apart they lie. The "
    "same noise is drawn at every point, so a model that stands still has a turnover of 0.",
    frame=turnovers,
    written=columns(HEAD),
    named=lambda key: (
        "The smallest game that circles" if key == TOY else f"Modes over time on {key}"
    ),
    subjects=lambda results, key: [] if key == TOY else subjects(results, key),
    findings=(_found,),
    failures=unseen,
    show=(
        Drawing(_toy),
        Drawing(_verdicts),
        Drawing(lambda part: courses(part, watched=True)),
        Folded(_others, [Drawing(lambda part: courses(part, watched=False))]),
        Folded("Turnover of modes in the second half of training", [Drawing(_table)], open=True),
    ),
)
