"""Longer or better?  Samples at half of each training against those at its end.

Training seeds are the unit of a model's verdict.  With three of them and forty models hardly one
can be judged by itself, so that the question is also asked of all models at once: does it go one
way in more of them than a fair coin would have it?  Nothing is said of budgets beyond the one that
was trained.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gbench.protocol.evidence import Metric
from gbench.report.cells import DASH
from gbench.report.numbers import interval, listed, short
from gbench.report.records import Data, Run
from gbench.report.section import Part, scale_of
from gbench.report.sections.subjects import data_of
from gbench.report.tested import BORROWED, differences
from gbench.report.tidy import Frame, frame, rows, where
from gbench.report.view import Cell, Fold, Grid, Group, Head, Prose, Row, Sign, View
from gbench.stats import ALPHA, Apart, Estimate, apart, estimate, sign_p

HEAD = "data model family metric round half end gain low high p verdict"
UNKNOWN = "not told"  # the file's word for what cannot be distinguished
SIGNS = {
    "better": Sign("✓", "the end is better"),
    "worse": Sign("✗", "the end is worse"),
    UNKNOWN: Sign("=", "cannot be distinguished"),
}
SUMMARY = "Each model at half of its training and at the end"
ASKS = (
    "The metric of as many samples as along training: at half of it, then at the end. ✓ the end "
    f"is better, ✗ worse, = not distinguishable {BORROWED}."
)


def measured(data: Data) -> dict[str, Metric]:
    """The metrics that were computed along some training."""
    runs = [run for model in data.models for run in model.runs]
    return {k: m for k, m in data.metrics.items() if any(any(run.along.get(k, ())) for run in runs)}


def changes(data: Data) -> Frame:
    """What the second half of training changed, a row a metric and model.

    `half` and `end` are means over seeds; `gain` is of the metric as a loss, above 0 where the end
    is better, with its interval over seeds; p is that of no gain, adjusted for all models, None
    with fewer than two seeds.
    """
    every = (row for item in measured(data).items() for row in _changes(data, *item))
    return frame(f"{HEAD} seeds", every)


def _changes(data: Data, name: str, metric: Metric) -> Iterator[Sequence[Any]]:
    """Of the models that were scored at half of their training and at its end."""
    found, halves, ends = [], {}, {}
    for model in data.models:
        pairs = {run.seed: pair for run in model.runs if (pair := _half_and_end(run, name))}
        if not pairs:
            continue
        half, end, rounds = zip(*pairs.values(), strict=True)
        first, last = ([metric.loss(value) for value in side] for side in (half, end))
        gain = estimate([a - b for a, b in zip(first, last, strict=True)])
        halves[model.name], ends[model.name] = (
            dict(zip(pairs, of, strict=True)) for of in (first, last)
        )
        means = (float(np.mean(half)), float(np.mean(end)))
        found.append(((data.name, model.name, model.family, name, rounds[0], *means), gain))
    tests = apart(differences(halves, ends, scale_of(metric.better)))
    for start, gain in found:
        test = tests.get(start[1])
        assert gain is not None
        p = test.p if test else None
        yield *start, gain.mean, gain.low, gain.high, p, _verdict(test), gain.n


def _verdict(test: Apart | None) -> str:
    return {1: "better", -1: "worse", 0: UNKNOWN}[test.sign] if test else "untested"


def _half_and_end(run: Run, name: str) -> tuple[float, float, float] | None:
    """The metric at the point nearest to half of training and at the last, and the last round."""
    points = zip(run.along.get("round", ()), run.along.get(name, ()), strict=False)
    known = [(at, value) for at, value in points if at]
    if len(known) < 2:
        return None
    end, last = known[-1]
    _, before = min(known[:-1], key=lambda point: abs(point[0] - end / 2))
    return None if before is None or last is None else (before, last, end)


def longer(parts: Sequence[Part]) -> Frame:
    """For the file; computed once for table and sentence too."""
    every = (row for part in parts for row in found_in(part)[HEAD.split()].itertuples(index=False))
    return frame(HEAD, every)


def found_in(part: Part) -> Frame:
    """The rows of one part."""
    return part.once("longer", lambda: changes(data_of(part.results, part.key)))


def told(data: Data, found: Frame) -> str:
    """What the second half of training is good for, by each metric; empty without measurements."""
    clauses = []
    for metric in dict.fromkeys(found.metric):
        moved = [gain for gain in where(found, metric=metric).gain if gain]
        if not moved:
            continue
        better = sum(gain > 0 for gain in moved)
        p = sign_p(better, len(moved))
        size = f"p = {short(p)}" if p >= 0.001 else "p < 0.001"
        verdict = size if p < ALPHA else f"no more than chance, {size}"
        title = data.metrics[metric].title
        clauses.append(f"{title} in {better} of {len(moved)} models ({verdict})")
    if not clauses:
        return ""
    return f"The end of training is better than its half by {listed(clauses)}; sign tests."


def views(part: Part) -> Iterator[View]:
    """The answer, and each model's own."""
    data, found = data_of(part.results, part.key), found_in(part)
    if not (text := told(data, found)):
        return
    yield Prose(text)
    metrics = measured(data)
    heads = [Head(m.title, ASKS, m.better, m.target, key=k) for k, m in metrics.items()]
    filled = []
    for subject in part.subjects:
        own = {row["metric"]: row for row in rows(where(found, model=subject.name))}
        if own:
            cells = [_cell(own[k]) if k in own else Cell(DASH) for k in metrics]
            filled.append(Row(subject.title, cells, subject.name, subject.index))
    name = f"Half of training against its end on {part.key}"
    yield Fold(SUMMARY, [Grid(f"{part.anchor}-longer-table", name, heads, [Group("", filled)])])


def _cell(row: dict[str, Any]) -> Cell:
    half = row["high"] - row["gain"] if row["seeds"] > 1 else None
    gain = Estimate(row["gain"], half, row["seeds"])
    return Cell(
        f"{short(row['half'])} → {short(row['end'])}",
        tip=f"Gain over seeds: {interval(gain)}",
        sign=SIGNS.get(row["verdict"]),
        sort=row["gain"],
    )
