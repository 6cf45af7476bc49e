"""What each metric can see: its values for generators of known faults against held-out data.

The unit is a draw: real data split anew.  The generators and the held-out data of a draw are scored
against the same reference.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import copysign, inf
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.special import stdtr

from gbench.protocol.evidence import Metric
from gbench.report.numbers import listed, sentence, short, some
from gbench.report.records import Data, Records
from gbench.stats import ALPHA, holm

BEYOND = 2.0  # standard deviations of held-out data: nearer is what such data reach themselves
FAULTS = {  # and the titles of the blocks of rows
    "none": "No fault",
    "overfitting": "Copies of the training data",
    "diversity": "Too little diversity",
    "fidelity": "Poor fidelity",
}
OF_AXIS = {"modes": "diversity"}  # the fault that metrics of an axis are for, if not its namesake

Word = Literal["sees", "praises", "does not see", "no value"]
SIGNS: dict[Word, tuple[str, str]] = {  # and the word of a cell
    "sees": ("✓", "sees"),
    "praises": ("▲", "praises"),
    "does not see": ("·", "no"),
    "no value": ("–", "none"),
}


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


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    what: str
    cells: list[Verdict]


@dataclass(frozen=True)
class Matrix:
    """
    Attributes:
        metrics: the columns, by name.
        targets: by metric, the generators that it must tell from held-out data.
        groups: title and rows of each block.
        line: what was drawn.
        sentences: what it comes to.
    """

    metrics: Mapping[str, Metric]
    targets: Mapping[str, Sequence[str]]
    groups: list[tuple[str, list[Row]]]
    line: str
    sentences: list[str]


def verdicts(
    metric: Metric, held_out: Sequence[float | None], rows: Sequence[Sequence[float | None]]
) -> list[Verdict]:
    """What a metric makes of each generator.

    "sees": worse than held-out data by a t-test over draws, Holm-corrected over the generators, at
    5 %, and by more than two standard deviations of held-out data, so that a single value tells as
    well.  "praises": better in the same way.

    Args:
        held_out: [draws]
        rows: [generators][draws], None where there is no value.
    """
    found = [_difference(metric, held_out, values) for values in rows]
    tested = [verdict.p for verdict in found if verdict.p is not None]
    adjusted = iter(holm(tested))
    return [_told(v, next(adjusted)) if v.p is not None else v for v in found]


def _difference(
    metric: Metric, held_out: Sequence[float | None], values: Sequence[float | None]
) -> Verdict:
    """The difference, with the p-value before any correction."""
    pairs = [
        (a, b) for a, b in zip(held_out, values, strict=True) if a is not None and b is not None
    ]
    if len(pairs) < 2:
        return Verdict("no value")
    first, second = zip(*pairs, strict=True)
    base, loss = (np.array([metric.loss(v) for v in side]) for side in (first, second))
    spread, worse = float(base.std(ddof=1)), float(loss.mean() - base.mean())
    effect = worse / spread if spread else copysign(inf, worse) if worse else 0.0
    return Verdict(
        "does not see",
        float(np.mean(first)),
        float(np.std(first, ddof=1)),
        float(np.mean(second)),
        effect,
        chance(effect, len(pairs)),
    )


def chance(effect: float, draws: int) -> float:
    """The two-sided p-value of Student's t = effect / sqrt(2 / draws), with draws - 1 degrees of
    freedom.

    Both means are given the spread of held-out data: a generator that is held-out data, which is
    the null hypothesis, shares it, and the scatter of one that is not must not hide how far it is.
    """
    return float(2 * stdtr(draws - 1, -abs(effect) / (2 / draws) ** 0.5))


def _told(verdict: Verdict, p: float) -> Verdict:
    word: Word = "does not see"
    if p < ALPHA and verdict.effect is not None and abs(verdict.effect) > BEYOND:
        word = "sees" if verdict.effect > 0 else "praises"
    return verdict._replace(word=word, p=p)


def columns(data: Data) -> dict[str, dict[str, Verdict]]:
    """By metric and generator; only metrics that have a value of held-out data."""
    record = data.sensitivity
    found = {}
    for name, metric in data.metrics.items():
        held_out = _values(record.get("held_out", ()), name)
        if all(value is None for value in held_out):
            continue
        generators = record["generators"]
        rows = [_values(row["scores"], name) for row in generators.values()]
        judged = verdicts(metric, held_out, rows)
        found[name] = {
            key: verdict._replace(note=_note(generators[key]["scores"], name))
            for key, verdict in zip(generators, judged, strict=True)
        }
    return found


def _values(scores: Iterable[Mapping[str, Any]], metric: str) -> list[float | None]:
    return [draw[metric]["value"] if metric in draw else None for draw in scores]


def _note(scores: Iterable[Mapping[str, Any]], metric: str) -> str:
    return "; ".join(dict.fromkeys(d[metric]["note"] for d in scores if d[metric]["note"]))


def targets(data: Data, metric: Metric) -> list[str]:
    """The generators that a metric must tell from held-out data: those that it names, or all that
    plainly have the fault of its axis."""
    generators = data.sensitivity.get("generators", {})
    if metric.targets:
        return [name for name in generators if name in metric.targets]
    fault = OF_AXIS.get(metric.axis, metric.axis)
    return [name for name, row in generators.items() if row["plain"] and row["fault"] == fault]


def blind_here(data: Data) -> dict[str, str]:
    """By metric, why it does not do on these data what it is for; metrics that do are left out."""
    found = {}
    for name, judged in columns(data).items():
        missed = [
            target
            for target in targets(data, data.metrics[name])
            if judged[target].word in ("does not see", "praises")
        ]
        if missed:
            titles = listed([_title(data, target) for target in missed])
            found[name] = f"On {data.name} it does not tell from held-out data: {titles}."
    return found


def _title(data: Data, generator: str) -> str:
    title = str(data.sensitivity["generators"][generator]["title"])
    return title[:1].lower() + title[1:]


def matrix(data: Data) -> Matrix | None:
    """All that the page shows; None where nothing was measured."""
    judged = columns(data)
    if not judged:
        return None
    metrics = {name: data.metrics[name] for name in judged}
    groups = []
    for fault, title in FAULTS.items():
        rows = [
            Row(name, row["title"], row["what"], [column[name] for column in judged.values()])
            for name, row in data.sensitivity["generators"].items()
            if row["fault"] == fault
        ]
        groups += [(title, rows)] if rows else []
    return Matrix(
        metrics,
        {name: targets(data, metric) for name, metric in metrics.items()},
        groups,
        _line(data),
        [*_sentences(data, judged)],
    )


def _line(data: Data) -> str:
    record = data.sensitivity
    n, asked = record["protocol"]["n_generated"], data.protocol.get("n_generated")
    text = f"{record['draws']} draws of {n} samples against {n} held-out examples"
    if asked and asked > n:
        text += f"; models have {asked}, with which a metric can see more"
    return text


def _sentences(data: Data, judged: Mapping[str, Mapping[str, Verdict]]) -> Iterator[str]:
    """Who sees copies, who sees missing classes, who praises a fault, and who is blind."""
    for generator in ("copies", "half_missing"):
        if generator in data.sensitivity["generators"]:
            seeing = _who(data, judged, generator, "sees")
            others = [t for t in _titles(data, judged) if t not in seeing]
            text = f"{_title(data, generator)}: seen by {listed(seeing) or 'no metric'}"
            yield sentence(text + (f", not by {listed(others)}." if seeing and others else "."))
    praises = [
        f"{_title(data, generator)} by {listed(who)}"
        for generator in data.sensitivity["generators"]
        if (who := _who(data, judged, generator, "praises"))
    ]
    if praises:
        yield f"Praised above held-out data: {'; '.join(praises)}."
    else:
        yield "No metric praises a fault above held-out data."
    blind = [data.metrics[name].title for name in blind_here(data)]
    if blind:
        yield f"Blind on these data to some plain fault that they are for: {some(blind, 6)}."
    else:
        yield "Every metric sees the plain faults that it is for."


def _titles(data: Data, names: Iterable[str]) -> list[str]:
    return [data.metrics[name].title for name in names]


def _who(
    data: Data, judged: Mapping[str, Mapping[str, Verdict]], generator: str, word: Word
) -> list[str]:
    return _titles(data, (name for name, row in judged.items() if row[generator].word == word))


def rows(records: Records) -> Iterable[Sequence[str | float | None]]:
    """Every verdict with its numbers, for a CSV file."""
    for data in records.data:
        for metric, judged in columns(data).items():
            for name, v in judged.items():
                start = (data.name, name, data.sensitivity["generators"][name]["fault"], metric)
                yield *start, v.held_out, v.spread, v.value, v.effect, v.p, v.word, v.note
