"""Samples as sheets of images or maps of points, and attacked images."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gbench.report import pixels, svg
from gbench.report.figures.figure import Figure
from gbench.report.findings import norm_name
from gbench.report.numbers import short
from gbench.report.records import Attacked, Data

SHOWN = 40  # samples of each model


def points_map(points: NDArray[np.float32], data: Data, index: int | None, title: str) -> Figure:
    """A map of the first points of a model, with the modes as rings of three sigma."""
    assert data.centres is not None
    reach = float(np.abs(data.centres).max()) * 1.35
    scale = svg.Scale(-reach, reach)
    shown = points
    inside = np.abs(shown).max(axis=1) <= reach
    panel = svg.Panel(
        scale, scale, f"{title}: {len(shown)} points over {len(data.centres)} modes",
        width=240, height=240, square=True,
    )  # fmt: skip
    radius = max(5.0, 3 * data.sigma / (2 * reach) * 232)
    panel.rings([(float(a), float(b)) for a, b in data.centres], radius)
    paint = svg.colour(index) if index is not None else "var(--soft)"
    panel.dots([(float(a), float(b)) for a, b in shown[inside]], paint, 1.8)
    outside = int(len(shown) - inside.sum())
    return Figure(title, panel.render(), f"{outside} outside the frame" if outside else "")


@dataclass(frozen=True)
class Sheet:
    """Images side by side: one PNG, with its size in image pixels."""

    uri: str
    width: int
    height: int

    @classmethod
    def of(cls, image: pixels.Pixels) -> "Sheet":
        return cls(pixels.uri(image), image.shape[1], image.shape[0])


@dataclass(frozen=True)
class Samples:
    """The pictures of one model.

    Attributes:
        samples: the first ones, unselected.
        pairs: the very first ones again, one sheet, above their nearest training images.
        distances: of those pairs, as text.
    """

    title: str
    index: int | None
    note: str
    samples: Sheet | None
    pairs: Sheet | None
    distances: list[str]


def sheets(data: Data) -> list[Samples]:
    """Real data first, then every model and set from outside, the same number of each."""
    found = []
    if data.real is not None:
        sheet = Sheet.of(pixels.sheet(data.real[:SHOWN], 10))
        found.append(Samples("Real data (test)", None, "", sheet, None, []))
    for index, model in enumerate([*data.models, *data.outside]):
        if model.samples is None:
            why = f"no samples: {model.absence}"
            found.append(Samples(model.title, index, why, None, None, []))
            continue
        sheet = Sheet.of(pixels.sheet(model.samples[:SHOWN], 10))
        run = next(run for run in model.runs if run.seed == model.samples_seed)
        near = run.evaluation.get("neighbours")
        chosen = near["train_index"][:10] if near else []
        trained_on = data.trained_on(chosen)
        pairs, distances = None, []
        if near and trained_on is not None:
            both = np.concatenate([model.samples[: len(chosen)], trained_on])
            pairs = Sheet.of(pixels.sheet(both, len(chosen)))
            distances = [f"{distance:.2f}" for distance in near["distance"][:10]]
        found.append(Samples(model.title, index, "", sheet, pairs, distances))
    return found


@dataclass(frozen=True)
class Example:
    """One attacked image: pictures with captions, and a sentence."""

    pictures: list[tuple[Sheet, str]]
    caption: str


def examples(attacked: Attacked) -> list[Example]:
    """Original, perturbation, adversarial image, and what a defence made of it."""
    images = attacked.images
    if "original" not in images or "adversarial" not in images:
        return []
    found = []
    for index, example in enumerate(attacked.card["examples"]):
        original, adversarial = images["original"][index], images["adversarial"][index]
        change, factor = pixels.difference(adversarial - original)
        seen = example["adversarial_prediction"]
        pictures = [
            (_tile(original), f"original: {example['clean_prediction']}"),
            (Sheet.of(change), f"change ×{factor:g}"),
        ]
        if "defended" in images:
            bare = example.get("undefended_prediction")
            without = "" if bare is None else f": {bare} undefended"
            pictures.append((_tile(adversarial), f"adversarial{without}"))
            pictures.append((_tile(images["defended"][index]), f"as defended: {seen}"))
        else:
            pictures.append((_tile(adversarial), f"adversarial: {seen}"))
        caption = (
            f"{example['title']}, {norm_name(example['norm'])} distance "
            f"{short(example['distance'])}; true class {example['label']}"
        )
        found.append(Example(pictures, caption))
    return found


def _tile(image: NDArray[np.floating]) -> Sheet:
    return Sheet.of(pixels.rgba(image[None])[0])
