"""Does a remedy help?  Each against the plain model, over training seeds.

The interval is Student's over the differences at common seeds, as on the other pages.  The p-value
is not Student's.  Modes are counts with a ceiling: they are often the same at every seed, a
variance of 0 has no t, and five seeds cannot show that differences are normal.  A sign-flip test
of n pairs is exact, but reaches no less than 2 / 2^n, 0.06 with five seeds.  The exchange test is
exact as well, and sharper (see `gbench.stats.exchange`).  Runs of one seed may start alike; that
makes their means lie closer, and the test careful.

A game that circles is somewhere on its round when it is stopped.  So a run is also taken by its
mean over the second half of its training, at the points where samples were kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from gbench.protocol.evidence import Metric
from gbench.report.numbers import MINUS, decimals, fixed, short, some
from gbench.report.records import Data, Model, Run
from gbench.stats import ALPHA, Estimate, enough, estimate, exchange_p, holm, smallest_p

SIGNS = {"helps": "▲", "hurts": "▼", "same": "=", "not told": "", "untested": ""}
Window = Literal["end", "second half"]  # of a training
Verdict = Literal["helps", "hurts", "same", "not told", "untested"]


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
        rounds, points = run.along.get("round", ()), run.along.get(self.metric, ())
        if not points:
            return []
        late = [p for r, p in zip(rounds, points, strict=True) if r and 2 * r > run.card["rounds"]]
        values = [value for value in late if value is not None]
        return values if len(values) == len(late) else []

    def title(self, metric: Metric) -> str:
        return metric.title if self.window == "end" else f"{metric.title}, {self.window}"


@dataclass(frozen=True)
class Gain:
    """One remedy against the plain model, by one metric.

    Attributes:
        index: of the model's colour and mark.
        difference: remedy minus plain over common seeds; None where they have none in common.  It
            has no interval where all differences are the same.
        p: the exchange test's, after Holm over the remedies; None where it was not done.
        seeds: of the remedy and of the plain model that have a value.
    """

    model: Model
    index: int
    difference: Estimate | None
    p: float | None
    verdict: Verdict
    seeds: tuple[int, int]


def gains(data: Data, plain: str, remedies: Sequence[str], measure: Measure) -> list[Gain]:
    """Every remedy against the plain model, in the order of the data's models.

    Args:
        data: its `metrics` hold the metric, its `models` the plain model and the remedies.
        plain: the plain model's name.
        remedies: names; those that are no model of the data are passed over.
        measure: what they are compared by.
    """
    metric = data.metrics[measure.metric]
    values = {model.name: measure.values(model) for model in data.models}
    base = values.get(plain, {})
    asked = [(i, m) for i, m in enumerate(data.models) if m.name in remedies and m.name != plain]
    tested = {
        m.name: exchange_p([*values[m.name].values()], [*base.values()])
        for _, m in asked
        if min(len(values[m.name]), len(base)) >= 2
    }
    p_values = dict(zip(tested, holm([*tested.values()]), strict=True))
    return [
        Gain(
            model,
            index,
            _difference(values[model.name], base),
            p_values.get(model.name),
            verdict(values[model.name], base, p_values.get(model.name), metric),
            (len(values[model.name]), len(base)),
        )
        for index, model in asked
    ]


def _difference(own: Mapping[int, float], base: Mapping[int, float]) -> Estimate | None:
    found = [own[seed] - base[seed] for seed in sorted(own.keys() & base.keys())]
    value = estimate(found)
    return value._replace(half=None) if value and len(set(found)) == 1 else value


def verdict(
    own: Mapping[int, float], base: Mapping[int, float], p: float | None, metric: Metric
) -> Verdict:
    """
    Args:
        own, base: values of the remedy and of the plain model, by seed.
        p: adjusted; None if untested.
    """
    if p is None:
        return "untested"
    if len({*own.values(), *base.values()}) == 1:
        return "same"
    if p >= ALPHA:
        return "not told"
    means = (np.mean([metric.loss(value) for value in found.values()]) for found in (own, base))
    return "helps" if next(means) < next(means) else "hurts"


def told(found: Sequence[Gain], title: str) -> str:
    """Which remedies help and which hurt, by one metric; says so if the seeds could not tell."""
    tested = [gain for gain in found if gain.p is not None]
    if not tested:
        return f"{title}: with fewer than two seeds no remedy is compared with the plain model."
    n, m = (min(gain.seeds[side] for gain in tested) for side in (0, 1))
    if len(tested) * smallest_p(n, m) >= ALPHA:
        remedies = f"{len(tested)} remed{'y' if len(tested) == 1 else 'ies'}"
        return (
            f"{title}: {n} seeds of each remedy and {m} of the plain model cannot tell {remedies} "
            f"from it, whatever they do; {enough(len(tested))} seeds of each could."
        )
    clauses = [
        f"{len(names)} of {len(tested)} {word}" + (f" ({some(names, 8)})" if names else "")
        for word in ("help", "hurt")
        for names in [[g.model.title for g in tested if g.verdict == f"{word}s"]]
    ]
    same = sum(gain.verdict == "same" for gain in tested)
    rest = sum(gain.verdict == "not told" for gain in tested)
    tail = f", {same} score the same at every seed" if same else ""
    return f"{title}: {clauses[0]}, {clauses[1]}{tail}, and of {rest} no difference is told."


def section(
    data: Data, plain: str, remedies: Sequence[str], measures: Sequence[Measure]
) -> dict[str, Any] | None:
    """All that the macro `gains` shows; None where no remedy is a model of the data."""
    found = [one for one in measures if one.metric in data.metrics]
    columns = [gains(data, plain, remedies, measure) for measure in found]
    if not columns or not columns[0]:
        return None
    titles = [measure.title(data.metrics[measure.metric]) for measure in found]
    return {
        "data": data,
        "titles": titles,
        "told": [told(column, title) for column, title in zip(columns, titles, strict=True)],
        "rows": [
            {"model": row[0].model, "index": row[0].index, "cells": [_cell(gain) for gain in row]}
            for row in zip(*columns, strict=True)
        ],
    }


def _cell(gain: Gain) -> dict[str, str]:
    """The difference, its interval, the p-value and the verdict as text."""
    value, (own, base) = gain.difference, gain.seeds
    cell = {"sign": SIGNS[gain.verdict], "verdict": gain.verdict, "seeds": f"{own} against {base}"}
    cell["p"] = "" if gain.p is None else f"p {'<0.001' if gain.p < 0.001 else short(gain.p)}"
    if value is None:
        return cell | {"mean": "\N{EN DASH}", "interval": ""}
    places = min(4, decimals(max(abs(value.low), abs(value.high))))
    mean, low, high = (fixed(x, places) for x in (value.mean, value.low, value.high))
    cell["mean"] = mean if mean.startswith(MINUS) or not value.mean else f"+{mean}"
    return cell | {"interval": "always" if value.half is None else f"[{low}, {high}]"}


HEAD = "data model metric window difference low high n p verdict"


def rows(
    data: Data, plain: str, remedies: Sequence[str], measures: Sequence[Measure]
) -> Iterable[tuple[str | int | float | None, ...]]:
    """The tidy data: a row a remedy and measure; no low and high where there is no interval."""
    for measure in (one for one in measures if one.metric in data.metrics):
        for gain in gains(data, plain, remedies, measure):
            value = gain.difference
            ends = (value.low, value.high) if value and value.half is not None else (None, None)
            found = (value.mean if value else None, *ends, value.n if value else 0)
            yield data.name, gain.model.name, *measure, *found, gain.p, gain.verdict
