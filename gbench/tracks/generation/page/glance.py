"""At a glance: who leads on fidelity, what their samples look like, who copies, who collapses."""

from collections.abc import Iterator, Sequence

import numpy as np

from gbench.report import pictures, svg
from gbench.report.made import Parts
from gbench.report.numbers import listed
from gbench.report.records import Data
from gbench.report.section import Column, Part, Subject
from gbench.report.sections.scores import MAIN, first
from gbench.report.sections.subjects import data_of
from gbench.report.tested import Tested
from gbench.report.view import Figure, Figures, Listing, Sheet, Sheets, View

RUNGS = 16  # models of the ranking
LEADERS = 4  # whose samples are shown
SHOWN = 8  # samples of each, the first ones
FLAGS = (
    (("copies", "near copies"), "Closer to the training data than unseen real data"),
    (("collapse", "misses modes"), "Collapsed, or missing modes"),
)


def glance(parts: Parts) -> list[View]:
    """Of the first data set of images, or of the first one; nothing without an interval."""
    every = parts.get("scores", ())
    images = [p for p in every if data_of(p.results, p.key).kind == "images"]
    return [view for part in (images or every)[:1] for view in _of(part)]


def _of(part: Part) -> Iterator[View]:
    tested, data = part.tested(MAIN), data_of(part.results, part.key)
    column = first(tested, "fidelity", "modes")
    order = _order(tested, column) if column else []
    if column is None or not order:
        return
    yield Figures([_ranking(part, tested, column, order)])
    if data.kind == "images":
        yield Sheets(_sheets(data, order), "strip", f"The first {SHOWN} samples, unselected")
    yield Listing([(title, _who(order, stamps)) for stamps, title in FLAGS])


def _order(tested: Tested, column: Column) -> list[Subject]:
    """The models that are compared, by their means, the best first."""
    known = [name for name in tested.rivals if tested.values(name, column.key)]
    return [tested.subjects[n] for n in sorted(known, key=lambda n: tested.loss(n, column.key))]


def _ranking(part: Part, tested: Tested, column: Column, order: Sequence[Subject]) -> Figure:
    """The leading models with their intervals; those tied with the best are joined by a bar."""
    shown = order[:RUNGS]
    means = {s.name: e for s in order if (e := tested.estimate(s.name, column.key))}
    ends = [end for s in shown for e in [means[s.name]] for end in (max(e.low, 0.0), e.high)]
    real = tested.estimate("real", column.key)
    scale = svg.fit([*ends, *([real.mean] if real else [])], f"{column.title} on {part.key}")
    rungs = [
        svg.Rung(s.title, s.index or 0, e.low, e.mean, e.high, s.name)
        for s in shown
        for e in [means[s.name]]
    ]
    best = {s.name for s in tested.with_verdict(column.key, "best", "tied")}
    tied = [place for place, subject in enumerate(shown) if subject.name in best]
    rules = [(real.mean, "real data")] if real else []
    title = f"{order[0].title} has the best mean {column.title}"
    note = f"{len(best) - 1} of {len(order) - 1} others cannot be distinguished from it (bar)."
    if len(best) == 1:
        note = "It can be distinguished from every other one."
    elif not best:
        note = "With one seed there is no interval, and nothing is compared."
    if len(order) > len(shown):
        note += f" The first {len(shown)} are drawn; all are in the table."
    return Figure(title, svg.ladder(rungs, tied, scale, title, rules), note)


def _sheets(data: Data, order: Sequence[Subject]) -> list[Sheet]:
    """Real data first, then the leading models."""
    models = {model.name: model for model in data.models}
    found = [] if data.real is None else [Sheet("Real data (test)", [_strip(data.real, "real")])]
    for subject in order[:LEADERS]:
        samples = models[subject.name].samples
        if samples is not None:
            strip = _strip(samples, subject.title)
            found.append(Sheet(subject.title, [strip], subject.name, subject.index))
    return found


def _strip(images: np.ndarray, whose: str) -> pictures.Picture:
    grow = max(1, 48 // images.shape[-1])
    return pictures.sheet(images[:SHOWN], SHOWN, f"{SHOWN} images: {whose}", grow=grow)


def _who(order: Sequence[Subject], stamps: Sequence[str]) -> str:
    found = [s.title for s in order if any(stamp.text in stamps for stamp in s.stamps)]
    return f"{listed(found)}." if found else "no model, as far as the intervals tell."
