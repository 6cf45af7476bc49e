"""What each metric sees: its values for generators of known faults against held-out data.

The unit is a draw: real data split anew.  The generators and the held-out data of a draw are scored
against the same reference.  A record is what the `sensitivity` stage left of one data set.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import copysign, inf
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.special import stdtr

from gbench.protocol.evidence import Metric
from gbench.report.numbers import listed, short
from gbench.report.records import Records
from gbench.stats import ALPHA, holm

BEYOND = 2.0  # standard deviations of held-out data: nearer is what such data reach themselves
OF_AXIS = {"modes": "diversity"}  # the fault that metrics of an axis are for, if not its namesake

Word = Literal["sees", "praises", "does not see", "no value"]
Record = Mapping[str, Any]
Metrics = Mapping[str, Metric]


class Verdict(NamedTuple):
    """What one metric makes of one generator.

    Attributes:
        held_out, value: mean over the draws that both have; None without two of them.
        spread: the standard deviation of held-out data over draws.
        effect: how much worse than held-out data it is, in those standard deviations; below 0 it is
            better; infinite where held-out data never vary.
        p: of the t-test over draws, Holm-corrected over the generators.
        note: why there is no value.
    """

    word: Word
    held_out: float | None = None
    spread: float | None = None
    value: float | None = None
    effect: float | None = None
    p: float | None = None
    note: str = ""

    @property
    def tip(self) -> str:
        if self.effect is None or self.p is None:
            return self.note
        size = f"{short(abs(self.effect))} of their standard deviations"
        size = "they never vary" if abs(self.effect) == inf else size
        side = "worse" if self.effect > 0 else "better" if self.effect < 0 else "the same"
        p = "p < 0.001" if self.p < 0.001 else f"p = {self.p:.2g}"
        return f"{short(self.value)}, held-out data {short(self.held_out)}: {side}, {size}, {p}"


def verdicts(
    metric: Metric, held_out: Sequence[float | None], rows: Sequence[Sequence[float | None]]
) -> list[Verdict]:
    """What a metric makes of each generator.

    "sees": worse than held-out data by a t-test over draws, Holm-corrected over the generators, at
    5 %, and by more than two standard deviations of held-out data, so that a single value shows it
    as well.  "praises": better in the same way.

    Args:
        held_out: [draws]
        rows: [generators][draws], None where there is no value.
    """
    found = [_difference(metric, held_out, values) for values in rows]
    adjusted = iter(holm([verdict.p for verdict in found if verdict.p is not None]))
    return [_judged(v, next(adjusted)) if v.p is not None else v for v in found]


def _difference(
    metric: Metric, held_out: Sequence[float | None], values: Sequence[float | None]
) -> Verdict:
    """The difference, with the p-value before any correction."""
    both = zip(held_out, values, strict=True)
    pairs = [(a, b) for a, b in both if a is not None and b is not None]
    if len(pairs) < 2:
        return Verdict("no value")
    first, second = zip(*pairs, strict=True)
    base, loss = (np.array([metric.loss(v) for v in side]) for side in (first, second))
    spread, worse = float(base.std(ddof=1)), float(loss.mean() - base.mean())
    effect = worse / spread if spread else copysign(inf, worse) if worse else 0.0
    sd, p = float(np.std(first, ddof=1)), chance(effect, len(pairs))
    return Verdict("does not see", float(np.mean(first)), sd, float(np.mean(second)), effect, p)


def chance(effect: float, draws: int) -> float:
    """The two-sided p-value of Student's t = effect / sqrt(2 / draws), with draws - 1 degrees of
    freedom.

    Both means are given the spread of held-out data: a generator that is held-out data, which is
    the null hypothesis, shares it, and the scatter of one that is not must not hide how far it is.
    """
    return float(2 * stdtr(draws - 1, -abs(effect) / (2 / draws) ** 0.5))


def _judged(verdict: Verdict, p: float) -> Verdict:
    word: Word = "does not see"
    if p < ALPHA and verdict.effect is not None and abs(verdict.effect) > BEYOND:
        word = "sees" if verdict.effect > 0 else "praises"
    return verdict._replace(word=word, p=p)


def judged(record: Record, metrics: Metrics) -> dict[str, dict[str, Verdict]]:
    """By metric and generator; only metrics that have a value of held-out data."""
    found = {}
    for name, metric in metrics.items():
        held_out = _values(record.get("held_out", ()), name)
        if all(value is None for value in held_out):
            continue
        generators = record["generators"]
        rows = [_values(row["scores"], name) for row in generators.values()]
        found[name] = {
            key: verdict._replace(note=_note(generators[key]["scores"], name))
            for key, verdict in zip(generators, verdicts(metric, held_out, rows), strict=True)
        }
    return found


def _values(scores: Iterable[Mapping[str, Any]], metric: str) -> list[float | None]:
    return [draw[metric]["value"] if metric in draw else None for draw in scores]


def _note(scores: Iterable[Mapping[str, Any]], metric: str) -> str:
    return "; ".join(dict.fromkeys(d[metric]["note"] for d in scores if d[metric]["note"]))


def targets(record: Record, metric: Metric) -> list[str]:
    """The generators that a metric must distinguish from held-out data: those that it names, or all
    that plainly have the fault of its axis."""
    generators = record.get("generators", {})
    if metric.targets:
        return [name for name in generators if name in metric.targets]
    fault = OF_AXIS.get(metric.axis, metric.axis)
    return [name for name, row in generators.items() if row["plain"] and row["fault"] == fault]


def blind_here(records: Records, data: str, metrics: Metrics) -> dict[str, str]:
    """By metric, why it does not do on these data what it is for; metrics that do are left out."""
    record, found = records.record("sensitivity", data), {}
    for name, row in judged(record, metrics).items():
        missed = [
            target
            for target in targets(record, metrics[name])
            if row[target].word in ("does not see", "praises")
        ]
        if missed:
            titles = listed([title(record, target) for target in missed])
            found[name] = f"On {data} it does not distinguish from held-out data: {titles}."
    return found


def title(record: Record, generator: str) -> str:
    """The generator's, within a sentence."""
    text = str(record["generators"][generator]["title"])
    return text[:1].lower() + text[1:]
