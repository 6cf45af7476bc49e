"""Which remedies help?  Each against the plain GAN; `measure/gain.py` says how it is tested."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np

from gbench.core.entry import trick, tricks
from gbench.protocol.evidence import Metric
from gbench.report.kit.cells import DASH, plain
from gbench.report.kit.section import Drawing, Finding, Headed, Part, Section
from gbench.report.kit.tidy import Frame, columns, frame, where
from gbench.report.kit.view import Cell, Fold, Grid, Group, Head, Prose, Row, Sign, View
from gbench.report.numbers import MINUS, decimals, fixed, short, some
from gbench.report.records import Data, Model, Run
from gbench.report.sections.subjects import data_of
from gbench.stats import ALPHA, enough, smallest_p
from gbench.tracks.collapse.measure.gain import Gain, gains, second_half
from gbench.tracks.collapse.page.matrices import Matrices
from gbench.tracks.collapse.page.plain import PLAIN, between, budget

SWEEP = "step_ratio"  # a trick that is a question of its own: should the two be balanced?
VERDICTS = {  # how they are shown
    "helps": Cell("helps", sign=Sign("▲", "better than the plain model"), kind="text"),
    "hurts": Cell("hurts", sign=Sign("▼", "worse than the plain model"), kind="text"),
    "same": Cell("same", sign=Sign("=", "the same at every seed"), kind="text"),
    "not told": plain("not distinguishable"),
    "untested": plain("untested"),
}
HEAD = "data model metric window difference low high n p verdict"
Window = Literal["end", "second half"]  # of a training


class Measure(NamedTuple):
    """What runs are compared by: a metric at the end, or its mean over the second half."""

    metric: str
    window: Window = "end"

    def values(self, model: Model) -> dict[int, float]:
        """By seed, of the runs that finished; no mean where a point of the half has no value."""
        if self.window == "end":
            return model.values(self.metric)
        found = {run.seed: self._late(run) for run in model.runs if run.status == "ok"}
        return {seed: float(np.mean(half)) for seed, half in found.items() if half}

    def _late(self, run: Run) -> list[float]:
        points = run.along.get(self.metric, ())
        return second_half(run.along["round"], points, run.card["rounds"]) if points else []

    def title(self, metric: Metric) -> str:
        return metric.title if self.window == "end" else f"{metric.title}, {self.window}"


MEASURES = {  # by kind of data; the first of each is that of the findings
    "points": (
        Measure("kl_data_model", "second half"),
        Measure("high_quality", "second half"),
        Measure("modes"),
        Measure("mode_kl"),
        Measure("high_quality"),
    ),
    "images": (
        Measure("class_mode_kl", "second half"),
        Measure("class_modes"),
        Measure("class_mode_kl"),
    ),
}


def altered(results: Matrices) -> dict[str, list[str]]:
    """What is compared with the plain model: remedies and other games, and ratios of steps."""
    found: dict[str, list[str]] = {"remedies": [], "balance": []}
    for name in (one for one in results.variants if one != PLAIN):
        listed = tricks(results.params["models"][name], results.data[0].name)
        sweep = [trick(one)[0] for one in listed] == [SWEEP]
        found["balance" if sweep else "remedies"].append(name)
    return found


def gained(results: Matrices) -> Frame:
    """A row a remedy and measure; no low and high where there is no interval."""
    rows = (
        row
        for data in results.data
        for group, names in altered(results).items()
        for measure in MEASURES[data.kind]
        if measure.metric in data.metrics
        for row in _rows(data, group, names, measure)
    )
    return frame(f"{HEAD} group title gain", rows)


def _rows(
    data: Data, group: str, names: Sequence[str], measure: Measure
) -> Iterator[Sequence[Any]]:
    metric = data.metrics[measure.metric]
    values = {model.name: measure.values(model) for model in data.models}
    for name, gain in gains(values, PLAIN, names, metric.loss).items():
        value = gain.difference
        ends = (value.low, value.high) if value and value.half is not None else (None, None)
        found = (value.mean if value else None, *ends, value.n if value else 0)
        start = (data.name, name, *measure, *found, gain.p, gain.verdict)
        yield *start, group, measure.title(metric), gain


def told(found: Mapping[str, Gain], title: str) -> str:
    """Which remedies help and which hurt, by one measure; says so if the seeds are too few.

    Args:
        found: by the remedy's title.
    """
    tested = {name: gain for name, gain in found.items() if gain.p is not None}
    if not tested:
        return f"{title}: with fewer than two seeds no remedy is compared with the plain model."
    n, m = (min(gain.seeds[side] for gain in tested.values()) for side in (0, 1))
    if len(tested) * smallest_p(n, m) >= ALPHA:
        remedies = f"{len(tested)} remed{'y' if len(tested) == 1 else 'ies'}"
        return (
            f"{title}: {n} seeds of each remedy and {m} of the plain model cannot distinguish "
            f"{remedies} from it, whatever they do; {enough(len(tested))} seeds of each could."
        )
    by = {
        verdict: [name for name, gain in tested.items() if gain.verdict == verdict]
        for verdict in VERDICTS
    }
    helps, hurts = (f" ({some(by[v], 8)})" if by[v] else "" for v in ("helps", "hurts"))
    same = f", {len(by['same'])} score the same at every seed" if by["same"] else ""
    return (
        f"{title}: {len(by['helps'])} of {len(tested)} help{helps}, {len(by['hurts'])} of "
        f"{len(tested)} hurt{hurts}{same}, and {len(by['not told'])} cannot be distinguished from "
        "the plain model."
    )


def _sentences(part: Part, group: str) -> list[str]:
    """A sentence a measure."""
    found = where(part.frame, group=group)
    names = {name: subject.title for name, subject in part.by_name.items()}
    return [
        told(dict(zip(of.model.map(names), of.gain, strict=True)), str(title))
        for title, of in found.groupby("title", sort=False)
    ]


def _plain(part: Part) -> Iterator[View]:
    data = data_of(part.results, part.key)
    yield Prose(f"{budget(data)} Between noise and real data. {between(data)}.")


def _compared(part: Part, group: str) -> Iterator[View]:
    found = where(part.frame, group=group)
    if not len(found):
        return
    yield from map(Prose, _sentences(part, group))
    heads = [head for title in dict.fromkeys(found.title) for head in _heads(title)]
    rows = [
        Row(s.title, [cell for gain in of.gain for cell in cells(gain)], s.name, s.index)
        for name, of in found.groupby("model", sort=False)
        for s in [part.by_name[str(name)]]
    ]
    what = {"remedies": "remedy", "balance": "ratio of steps"}[group]
    title = f"Every {what} less the plain model on {part.key}"
    grid = Grid(f"{part.anchor}-{group}-table", title, heads, [Group("", rows)], first="Remedy")
    yield Fold(title, [grid])


def _heads(title: str) -> list[Head]:
    return [
        Head(title, "Mean difference to the plain model over common seeds, with its 95 % "
             'interval; "always": the difference is the same at every seed.', key=title),
        Head("Verdict", "By an exact test, Holm-corrected over the remedies of a column.",
             kind="text"),
    ]  # fmt: skip


def cells(gain: Gain) -> tuple[Cell, Cell]:
    """The difference with its interval, and the verdict with the p-value."""
    value, tip = gain.difference, "{} against {} seeds".format(*gain.seeds)
    p = "" if gain.p is None else f"p {'<0.001' if gain.p < 0.001 else short(gain.p)}"
    judged = VERDICTS[gain.verdict]
    verdict = Cell(judged.text, p, sign=judged.sign, kind=judged.kind)
    if value is None:
        return Cell(DASH, tip=tip), verdict
    places = min(4, decimals(max(abs(value.low), abs(value.high))))
    mean, low, high = (fixed(x, places) for x in (value.mean, value.low, value.high))
    signed = mean if mean.startswith(MINUS) or not value.mean else f"+{mean}"
    interval = "always" if value.half is None else f"[{low}, {high}]"
    return Cell(signed, interval, tip), verdict


def _found(parts: Sequence[Part]) -> Iterator[Finding]:
    """By data set, which remedies help by its first measure."""
    for part in parts:
        first = MEASURES[data_of(part.results, part.key).kind][0]
        if len(where(part.frame, group="remedies", metric=first.metric, window=first.window)):
            text = _sentences(part, "remedies")[0]
            yield Finding(f"Remedies on {part.key}:", text, part.anchor)


GAIN = Section(
    id="gain",
    title="Which remedies help?",
    nav="Remedies",
    lede="Each row against the plain GAN with the same budget: mean differences over common seeds "
    'with 95 % t-intervals. "Second half": the mean over the points of a training\'s second half, '
    "for a game that circles is somewhere on its round when it is stopped. p is that of an exact "
    "test, Holm-corrected over the remedies of a column: were the remedy idle, its runs and the "
    "plain ones could change places. Student's test is not used: counts of modes have a ceiling "
    "and are often the same at all seeds.",
    blind="what a longer training would bring. So short a training ends while games still learn: "
    "a remedy that slows learning loses here, even where it would win in the end; and a remedy "
    "that “hurts” is one that hurts at this budget, with the strength that params.yaml gives it.",
    frame=gained,
    written=columns(HEAD),
    findings=(_found,),
    empty="no remedy was trained next to the plain GAN",
    show=(
        Drawing(_plain),
        Drawing(partial(_compared, group="remedies")),
        Headed(
            "balance",
            "Should critic and generator be balanced?",
            [Drawing(partial(_compared, group="balance"))],
            "“Don't balance them”: Goodfellow (arXiv:1701.00160) advises against schedules that "
            "keep one player from winning. Below, the plain GAN with more updates per round of the "
            "one or of the other.",
            "other ratios than those in params.yaml.",
        ),
    ),
)
