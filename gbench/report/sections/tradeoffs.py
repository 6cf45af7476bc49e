"""Fidelity against diversity, seconds, examples seen and overfitting."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from gbench.report.numbers import interval, short, some
from gbench.report.records import Records
from gbench.report.section import Column, Crosses, Finding, Part, Section, Subject, Table
from gbench.report.sections.costs import train_seconds
from gbench.report.sections.found import speaking
from gbench.report.sections.measures import first, metrics, scores
from gbench.report.tested import Tested
from gbench.report.tidy import Frame, frame

SECONDS = Column(
    "train_seconds", "Training time in seconds", "lower", asks="What a training takes here."
)
SEEN = Column(
    "images_seen",
    "Training examples seen",
    "lower",
    asks="How many examples a training looks at, counted again each time that one is seen.",
)


def traded(records: Records) -> Frame:
    """The scores, and what a training took as metrics next to them."""
    spent = frame("data model family seed metric value", _costs(records))
    return pd.concat([scores(records)[[*spent.columns]], spent], ignore_index=True)


def _costs(records: Records) -> Iterator[Sequence[Any]]:
    for data in records.data:
        for model in data.models:
            start = (data.name, model.name, model.family)
            for seed, seconds in train_seconds(model).items():
                yield *start, seed, SECONDS.key, seconds
            for run in (r for r in model.runs if r.card.get("status") == "ok"):
                if seen := run.card.get("images_seen"):
                    yield *start, run.seed, SEEN.key, float(seen)


def _columns(part: Part) -> list[Column]:
    return [*metrics(part, primary=True), SECONDS, SEEN]


def _pairs(part: Part) -> list[tuple[str, str]]:
    """Quality against the first measure of diversity, or a second of the modes; against what was
    spent; against overfitting."""
    tested = part.tested(TRADED)
    quality, second = first(tested, "fidelity", "modes"), first(tested, "diversity")
    if quality is None:
        return []
    modes = (c for k, c in tested.columns.items() if c.over == "modes" and tested.found.get(k))
    second = second or next((c for c in modes if c != quality), None)
    overfitting = first(tested, "overfitting")
    return [
        *([(quality.key, second.key)] if second else []),
        (SECONDS.key, quality.key),
        (SEEN.key, quality.key),
        *([(quality.key, overfitting.key)] if overfitting else []),
    ]


def cheapest(parts: Sequence[Part]) -> Iterator[Finding]:
    """The fastest to train among the best and its ties on the first fidelity metric."""
    for part in speaking(parts):
        tested = part.tested(TRADED)
        column = first(tested, "fidelity", "modes")
        good = tested.with_verdict(column.key, "best", "tied") if column else []
        if column and (text := _cheapest(tested, column.title, good)):
            yield Finding(f"Cost on {part.key}:", f"{text}.", part.anchor)


def _cheapest(tested: Tested, title: str, good: Sequence[Subject]) -> str:
    found = tested.among(SECONDS.key, [subject.name for subject in good])
    verdicts = {name: compared.verdict for name, compared in found.items()}
    fastest = next((s for s in good if len(good) == 1 or verdicts.get(s.name) == "best"), None)
    value = tested.estimate(fastest.name, SECONDS.key) if fastest else None
    if fastest is None or value is None or value.half is None:
        return ""
    text = f"{fastest.title} has the best {title} and trains in {interval(value)} s"
    if len(good) > 1:
        text = (
            f"of the models that cannot be distinguished from the best {title}, {fastest.title} "
            f"trains fastest, in {interval(value)} s"
        )
    slower = _spent(tested, [s for s in good if verdicts.get(s.name) == "worse"])
    if slower:
        text += f" compared with {some([f'{name} {short(mean)} s' for mean, name in slower])}"
        if len(slower) > 4:
            text += f", up to {short(slower[-1][0])} s"
    if ties := [subject.title for subject in good if verdicts.get(subject.name) == "tied"]:
        text += f"; {some(ties)} cannot be distinguished from it in time"
    return text


def _spent(tested: Tested, subjects: Sequence[Subject]) -> list[tuple[float, str]]:
    """Mean seconds and titles, the fastest first."""
    values = ((s.title, tested.estimate(s.name, SECONDS.key)) for s in subjects)
    return sorted((value.mean, title) for title, value in values if value)


TRADED = Table("traded", "Trade-offs", _columns)
TRADE_OFFS = Section(
    id="trade-offs",
    title="Trade-offs",
    lede="One mark per model, at its mean over seeds; arms are 95 % t-intervals. The dashed line "
    "joins the Pareto front of the means: models that no other beats in one direction without "
    "losing in the other. Where there are many models only those on the front are named; the "
    "others say their names when pointed at. The axes cover the range where most models are; an "
    "arrow at the edge is a model beyond it.",
    blind="whether the front is real: it is that of the means, and another seed moves it.",
    frame=traded,
    written=None,
    links=("scores.csv", "cost.csv"),
    findings=(cheapest,),
    empty="no model has a score",
    show=(Crosses(TRADED, _pairs, floor="real", floor_title="real data"),),
)
