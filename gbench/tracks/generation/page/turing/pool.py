"""The images of a human test: real and generated ones of one data set, mixed and levelled alike."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gbench.report import pixels
from gbench.report.records import Data, Records
from gbench.tracks.generation.measure.turing import Turing

REAL = 5  # real images for each one of a model, so that a second session seldom repeats them
LIMIT = 3_400_000  # bytes of all sheets together: the page stays under 4 MB


class Source(NamedTuple):
    """Where images come from.

    Attributes:
        name, title: "real", or a model's.
        place: of the model in the report; None for real images.
        images: of it in the pool.
    """

    name: str
    title: str
    place: int | None
    images: int


@dataclass(frozen=True)
class Pool:
    """What sessions on one data set draw from.

    Attributes:
        data: its name.
        sources: real images first; empty where there is nothing to show.
        key: the source of each tile, by its place in `sources`.
        sheet: all tiles in one picture, row after row, as a data URI.
        columns: tiles in a row of it.
        tile: height and width of one, in pixels.
        fingerprint: of sources, key and pixels: answers are about these images alone.
        absent: (title, reason) of models without images, or of the data set itself.
        shortened: whether fewer images of a model are shown than were requested.
    """

    data: str
    sources: list[Source]
    key: list[int]
    sheet: str
    columns: int
    tile: tuple[int, int]
    fingerprint: str
    absent: list[tuple[str, str]]
    shortened: bool = False


def pools(records: Records, settings: Turing) -> list[Pool]:
    """A pool for each data set of images."""
    chosen = [data for data in records.data if data.kind == "images"]
    return [pool(data, settings, LIMIT // len(chosen)) for data in chosen]


def pool(data: Data, settings: Turing, limit: int = LIMIT) -> Pool:
    """The first images of each model and test images drawn at random, shuffled by the seed.

    Args:
        limit: bytes that the sheet may have; there are fewer images of each model where it needs
            more.
    """
    made, absent = _made(data, settings)
    nothing = Pool(data.name, [], [], "", 0, (0, 0), "", absent)
    if data.test is None or not made:
        return nothing
    images = settings.images
    while images:
        found = _mixed(data, made, absent, images, settings)
        if len(found.sheet) <= limit:
            return found
        images = min(images - 1, images * limit // len(found.sheet))
    why = f"one image of each model is more than a page of {LIMIT / 1e6:g} MB holds"
    nothing.absent.append((data.name, why))
    return nothing


Made = list[tuple[Source, NDArray[np.uint8]]]


def _made(data: Data, settings: Turing) -> tuple[Made, list[tuple[str, str]]]:
    """The samples of each chosen model as stored images, and why others have none."""
    made: Made = []
    absent = [(data.name, data.missing)] if data.missing else []
    names = {model.name for model in data.models}
    if settings.models != "all":
        absent += [(name, "not trained") for name in settings.models if name not in names]
    for place, model in enumerate(data.models):
        if settings.models != "all" and model.name not in settings.models:
            continue
        if model.samples is None:
            absent.append((model.title, model.absence or "no samples"))
        elif not np.isfinite(first := model.samples[: settings.images]).all():
            absent.append((model.title, "its samples are not finite"))
        else:
            source = Source(model.name, model.title, place, len(first))
            made.append((source, levelled(first, data.levels)))
    return made, absent


def levelled(x: NDArray[np.floating], levels: int) -> NDArray[np.uint8]:
    """Samples [N, C, H, W] as if they had been stored like the data: whole numbers 0..levels.

    Without it a value between two grey levels would give a generated image away.
    """
    rounded: NDArray[np.floating] = np.rint(x.clip(0, 1) * levels)
    return rounded.astype(np.uint8)


def _mixed(
    data: Data, made: Made, absent: list[tuple[str, str]], images: int, settings: Turing
) -> Pool:
    assert data.test is not None
    draw = np.random.default_rng(settings.seed)
    n = min(len(data.test), REAL * images)
    real = data.test[np.sort(draw.choice(len(data.test), n, replace=False))].astype(np.uint8)
    parts = [real, *(stored[:images] for _, stored in made)]
    sources = [Source("real", "Real test images", None, n)]
    sources += [s._replace(images=min(images, s.images)) for s, _ in made]
    order = draw.permutation(sum(map(len, parts)))
    tiles = np.concatenate(parts)[order]
    key = np.repeat(np.arange(len(parts)), [len(part) for part in parts])[order].tolist()
    columns = ceil(sqrt(len(tiles)))
    height, width = tiles.shape[2:]
    return Pool(
        data.name,
        sources,
        key,
        _sheet(tiles, data.levels, columns),
        columns,
        (height, width),
        _fingerprint([source.name for source in sources], key, tiles),
        absent,
        shortened=any(source.images < settings.images for source in sources[1:]),
    )


def _sheet(tiles: NDArray[np.uint8], levels: int, columns: int) -> str:
    """[N, C, H, W] of whole numbers 0..levels as one picture without gaps."""
    colours = pixels.rgba(tiles / np.float32(levels))
    n, height, width, channels = colours.shape
    rows = -(-n // columns)
    canvas = np.zeros((rows * columns, height, width, channels), np.uint8)
    canvas[:n] = colours
    grid = canvas.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return pixels.uri(pixels.without_colour(grid.reshape(rows * height, -1, channels)))


def _fingerprint(names: Sequence[str], key: Sequence[int], tiles: NDArray[Any]) -> str:
    told = json.dumps([names, key, tiles.shape]).encode()
    return hashlib.sha256(told + tiles.tobytes()).hexdigest()[:16]
