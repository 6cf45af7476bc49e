"""The samples themselves: sheets of images next to the training images nearest to them, and maps
of points."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from gbench.report import svg
from gbench.report.kit import pictures
from gbench.report.kit.section import Drawing, Part, Section, Subject
from gbench.report.kit.tidy import Frame, frame, rows, where
from gbench.report.kit.view import Figure, Figures, Prose, Sheet, Sheets, View
from gbench.report.records import SHOWN as POINTS
from gbench.report.records import Data, Records
from gbench.report.sections.subjects import data_of, maker, makers

SHOWN = 40  # samples of each model
NEAR = 10  # of them also next to the nearest training image
REAL = "Real data (test)"


def samples(records: Records) -> Frame:
    """The nearest training example of each model's first samples; a note where there are none."""
    found = (row for data in records.data for row in _rows(data))
    return frame("data model seed sample train_index distance note", found)


def _rows(data: Data) -> Iterator[Sequence[Any]]:
    for model in (*data.models, *data.outside):
        start = (data.name, model.name, model.samples_seed)
        if model.samples is None:
            yield *start, None, None, None, f"no samples: {model.absence}"
            continue
        run = next(run for run in model.runs if run.seed == model.samples_seed)
        near = run.evaluation.get("neighbours") or {"train_index": [], "distance": []}
        pairs = [*zip(near["train_index"], near["distance"], strict=True)][:NEAR]
        for place, pair in enumerate(pairs):
            yield *start, place, *pair, ""
        if not pairs:
            yield *start, None, None, None, ""


def _sheets(part: Part) -> Iterator[View]:
    data = data_of(part.results, part.key)
    if data.kind != "images" or not _any(part):
        return
    found = []
    if data.real is not None:
        sheet = pictures.sheet(data.real[:SHOWN], 10, f"The first {SHOWN} test images")
        found.append(Sheet(REAL, [sheet]))
    yield Sheets([*found, *(_sheet(part, data, subject) for subject in part.subjects)])


def _any(part: Part) -> bool:
    """Whether there is anything to look at."""
    data = data_of(part.results, part.key)
    made = (*data.models, *data.outside)
    return data.real is not None or any(model.samples is not None for model in made)


def _sheet(part: Part, data: Data, subject: Subject) -> Sheet:
    """Its first samples, and the very first ones again above their nearest training images."""
    made, own = _samples(part, subject), [*rows(where(part.frame, model=subject.name))]
    if made is None:
        return Sheet(subject.title, [], subject.name, subject.index, own[0]["note"])
    told = f"The first {SHOWN} samples of {subject.title}"
    shown = [pictures.sheet(made[:SHOWN], 10, told)]
    near = [row for row in own if row["train_index"] is not None]
    nearest = data.trained_on([row["train_index"] for row in near]) if near else None
    if nearest is not None:
        both, n = np.concatenate([made[: len(near)], nearest]), len(near)
        told = f"{n} samples of {subject.title} above their nearest training images"
        caption = "Samples above their nearest training images"
        pair = pictures.sheet(both, n, told, caption=caption)
        shown.append(replace(pair, below=[f"{row['distance']:.2f}" for row in near]))
    return Sheet(subject.title, shown, subject.name, subject.index)


def _samples(part: Part, subject: Subject) -> NDArray[np.float32] | None:
    model = maker(part.results, part.key, subject.name)
    return model.samples if model else None


def _maps(part: Part) -> Iterator[View]:
    data = data_of(part.results, part.key)
    if data.kind != "points" or data.real is None or data.centres is None:
        return
    figures = [_map(data.real, data, "var(--soft)", REAL)]
    for subject in part.subjects:
        made = _samples(part, subject)
        if made is not None:
            figures.append(_map(made, data, svg.colour(subject.index or 0), subject.title))
        else:
            (note,) = where(part.frame, model=subject.name).note
            figures.append(Figure(subject.title, Markup(""), note))
        figures[-1] = replace(figures[-1], model=subject.name)
    yield Figures(figures, "maps")
    yield Prose(
        "Rings: the modes, drawn at three sigma or five units, whichever is larger.", "small"
    )


def _map(points: NDArray[np.float32], data: Data, paint: str, title: str) -> Figure:
    """The points, and the modes as rings of three sigma."""
    assert data.centres is not None
    reach = float(np.abs(data.centres).max()) * 1.35
    scale = svg.Scale(-reach, reach)
    inside = np.abs(points).max(axis=1) <= reach
    told = f"{title}: {len(points)} points over {len(data.centres)} modes"
    panel = svg.Panel(scale, scale, told, width=240, height=240, square=True)
    radius = max(5.0, 3 * data.sigma / (2 * reach) * 232)
    panel.rings([(float(a), float(b)) for a, b in data.centres], radius)
    panel.dots([(float(a), float(b)) for a, b in points[inside]], paint, 1.8)
    outside = int(len(points) - inside.sum())
    return Figure(title, panel.render(), f"{outside} outside the frame" if outside else "")


PICTURES = Section(
    id="pictures",
    title="Pictures",
    lede=f"The first {SHOWN} samples of each model ({POINTS} points where data are points), in the "
    "order in which a fixed seed drew them: none was selected. Below images, the first "
    f"{NEAR} again, each above the training image nearest to it in pixels, with the Euclidean "
    "distance between the two; a distance near 0 is a copy.",
    blind="how good a model is: a few samples of one seed catch the eye, and say little about "
    "diversity. Nearest in pixels is not nearest in meaning.",
    frame=samples,
    written=None,
    subjects=makers,
    empty="no model has samples",
    show=(Drawing(_sheets), Drawing(_maps)),
)
