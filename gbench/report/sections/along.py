"""The quality of samples along training, and what it says about losses and budgets."""

from collections.abc import Iterator, Sequence
from typing import Any

from gbench.report.kit import lines
from gbench.report.kit.section import Drawing, Headed, Lines, Part, Section
from gbench.report.kit.tidy import Frame, frame
from gbench.report.kit.view import View
from gbench.report.records import Records
from gbench.report.sections import longer, stopping
from gbench.report.sections.subjects import data_of, models
from gbench.stats import estimate

HEAD = "data model family seed round n metric value"


def along(records: Records) -> Frame:
    """Every value of a metric that was computed while a model still learnt."""
    return frame(HEAD, _rows(records))


def _rows(records: Records) -> Iterator[Sequence[Any]]:
    for data in records.data:
        for model in data.models:
            for run in model.runs:
                start = (data.name, model.name, model.family, run.seed)
                for metric in (name for name in data.metrics if name in run.along):
                    points = (run.along["round"], run.along["n"], run.along[metric])
                    for round_, n, value in zip(*points, strict=True):
                        yield *start, round_, n, metric, value


def _curves(part: Part) -> Iterator[View]:
    """The first metric that was computed, a chart a model."""
    data = data_of(part.results, part.key)
    measured = stopping.quality(data)
    if measured is None:
        return
    name, metric = measured
    real = data.real_control
    floor = estimate([*real.values(name).values()]) if real else None
    yield from lines.views(
        part,
        Lines(
            x="round",
            y="value",
            x_title="round",
            y_title=metric.title,
            log="auto",
            rules=lambda *_: [(floor.mean, "real data")] if floor else [],
            tidy=lambda f: f[(f.metric == name) & f["round"].astype(bool)],
            height=170,
        ),
    )


ALONG = Section(
    id="along",
    title="Quality along training",
    nav="Along training",
    lede="The quality of samples that were drawn at a few rounds, with the same noise each time: a "
    "thin line a seed; the thick line is the median over seeds. Arjovsky, Chintala and Bottou "
    "(arXiv:1701.07875) claim that the critic's loss of a WGAN follows the quality of its samples "
    "and that those of other GANs do not: the first table tests it.",
    blind="what a longer training would bring. The scores are of fewer samples than those of the "
    "main table, and therefore not equal to them.",
    frame=along,
    derived={"stopping": stopping.stopping, "longer": longer.longer},
    subjects=models,
    empty="no model was scored along its training",
    show=(
        Headed("stopping", "Does a loss tell when to stop?", [Drawing(stopping.views)]),
        Headed("longer", "Longer or better?", [Drawing(longer.views)]),
        Drawing(_curves),
    ),
)
