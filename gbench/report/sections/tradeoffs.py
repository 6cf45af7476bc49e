"""Fidelity against diversity, seconds, examples seen and overfitting."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from gbench.report.kit.section import Column, Crosses, Part, Section, Table
from gbench.report.kit.tidy import Frame, frame
from gbench.report.records import Records
from gbench.report.sections.scores import first, metrics, scores
from gbench.report.tables import train_seconds

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
    """The scores, and what a training took as metrics beside them."""
    spent = frame("data model family seed metric value", _spent(records))
    return pd.concat([scores(records)[[*spent.columns]], spent], ignore_index=True)


def _spent(records: Records) -> Iterator[Sequence[Any]]:
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


TRADED = Table("traded", "Trade-offs", _columns)
TRADE_OFFS = Section(
    id="trade-offs",
    title="Trade-offs",
    lede="A mark a model at its mean over seeds; arms are 95 % t-intervals. The dashed line joins "
    "the Pareto front of the means: models that no other beats in one direction without losing in "
    "the other. Where there are many models only those on the front are named; the others say "
    "their names when pointed at. The axes cover the range where most models are; an arrow at the "
    "edge is a model beyond it.",
    blind="whether the front is real: it is that of the means, and another seed moves it.",
    frame=traded,
    written=None,
    links=("scores.csv", "cost.csv"),
    empty="no model has a score",
    show=(Crosses(TRADED, _pairs, floor="real", floor_title="real data"),),
)
