"""Reads samples that another program wrote: a folder of PNG or JPEG images, or an .npz file.

Nothing is guessed silently: whatever is done to the numbers is said in a note, and what cannot be
read without loss is refused.
"""

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gbench.core.files import DataError, UserError
from gbench.protocol.evidence import Floats

ENDINGS = (".png", ".jpg", ".jpeg")
KEYS = ("x", "samples", "arr_0")  # the last is what NumPy calls an array without a name
SLACK = 1e-6  # by which rounding may carry a float out of its range

Bounds = tuple[float, float]
Array = np.ndarray[Any, np.dtype[Any]]


class Given(NamedTuple):
    """
    Attributes:
        x: [N, *shape] pixels in [0, 1], or points.
        total: how many samples there are; N, or more of which no more than N were wanted.
        notes: the conversions made to read them.
    """

    x: Floats
    total: int
    notes: list[str]


def look(path: Path, bounds: Bounds | None = None) -> None:
    """Finds what can be found amiss before the data set and its judge are there.

    Raises:
        UserError: the bounds are no range, or go with pixels of 8 bits.
        DataError: nothing is there, or not in a form that can be read, or not finite.
    """
    if bounds and not bounds[0] < bounds[1]:
        raise UserError(f"--range {bounds[0]:g} {bounds[1]:g}: the first must be the lower")
    if path.is_dir():
        if bounds:
            raise UserError(f"--range is of floats; the images in {path} have 8 bits")
        listing(path)
    else:
        array = archived(path, KEYS)[0]
        if array.dtype == np.uint8 and bounds:
            raise UserError(f"--range is of floats; {path} holds whole numbers from 0 to 255")
        if array.dtype != np.uint8 and not np.issubdtype(array.dtype, np.floating):
            raise DataError(f"{path} holds {array.dtype}; allowed: uint8 (0 to 255), or floats")
        if broken := np.count_nonzero(~np.isfinite(array.reshape(len(array), -1)).all(axis=1)):
            raise DataError(f"{path}: {broken} of {len(array)} samples hold NaN or infinity")


def read(path: Path, shape: tuple[int, ...], most: int, bounds: Bounds | None = None) -> Given:
    """The first samples of a folder or file, no more than `most`.

    Args:
        path: a folder of images, taken in the order of their names with numbers as numbers (2
            before 10); or an .npz file with x, samples or arr_0: [N, C, H, W], [N, H, W, C],
            [N, H, W], or [N, D] for points.
        shape: of the data: (C, H, W) or (D,).
        bounds: the range of floats that stand for pixels; [0, 1] if there is none.

    Raises:
        UserError, DataError: as `look`; or the samples do not have the data's shape, or are out of
            range.
    """
    look(path, bounds)
    if len(shape) == 1:
        return points(path, shape, most)
    if path.is_dir():
        files = listing(path)
        found = [picture(file, shape) for file in files[:most]]
        x, total = np.concatenate([array for array, _ in found]), len(files)
        notes = [note for _, several in found for note in several]
        order = ["taken in the order of their names, numbers as numbers"]
        scaled, told = scale(x, None, path)
        return Given(scaled, total, [*order, *dict.fromkeys(notes), *told])
    array, notes = archived(path, KEYS)
    placed, said = channels(*layout(array[:most], shape, path), shape, path)
    scaled, told = scale(placed, bounds, path)
    return Given(scaled, len(array), [*notes, *said, *told])


def points(path: Path, shape: tuple[int, ...], most: int) -> Given:
    """Points [N, D], as they are."""
    if path.is_dir():
        raise DataError(f"{path} is a folder of images; the data are points: give an .npz file")
    array, notes = archived(path, KEYS)
    if array.shape[1:] != shape:
        raise unfitting(path, array.shape, [["N", *shape]])
    return Given(array[:most].astype(np.float32), len(array), notes)


def listing(folder: Path) -> list[Path]:
    """The images of a folder and its subfolders, 2.png before 10.png.

    Raises:
        DataError: there is none.
    """
    found = [file for file in folder.rglob("*") if file.suffix.lower() in ENDINGS]
    if not found:
        raise DataError(f"{folder} holds no image; read are {', '.join(ENDINGS)}")

    def natural(file: Path) -> list[tuple[int, int, str]]:
        parts = re.split(r"(\d+)", str(file.relative_to(folder)))
        return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts]

    return sorted(found, key=natural)


def picture(file: Path, shape: tuple[int, ...]) -> tuple[Array, list[str]]:
    """One image as [1, *shape] bytes.

    Raises:
        DataError: it cannot be read, not without loss, or has another shape.
    """
    from PIL import Image, UnidentifiedImageError

    notes = ["JPEG: what its compression lost is scored too"] * (file.suffix.lower() != ".png")
    try:
        with Image.open(file) as opened:
            image: Image.Image = opened
            mode = image.mode
            if mode in ("LA", "P", "PA", "RGBA"):
                image = image.convert("RGBA")
                if (np.asarray(image)[..., 3] < 255).any():
                    raise DataError(f"{file} is transparent: what lies behind it is not known")
                image = image.convert("RGB")
                notes.append(f"mode {mode} read as RGB, which loses nothing: none is transparent")
            elif mode == "1":
                image = image.convert("L")
            elif mode not in ("L", "RGB"):
                allowed = "8-bit greyscale or RGB, or a palette"
                raise DataError(f"{file} has mode {mode}; allowed: {allowed}")
            array = np.asarray(image)
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError) as error:
        raise DataError(f"{file} cannot be read as an image: {error}")
    return channels(layout(array[None], shape, file)[0], notes, shape, file)


def archived(path: Path, keys: Sequence[str]) -> tuple[Array, list[str]]:
    """The array of an .npz file that stands under the first of these keys; nothing is unpickled.

    Raises:
        DataError: there is no such file, or no such array, or it would have to be unpickled.
    """
    if not path.exists():
        raise DataError(f"{path} is not there")
    if path.suffix != ".npz":
        raise DataError(f"{path} is neither a folder of images nor an .npz file")
    try:
        with np.load(path, allow_pickle=False) as archive:
            there = [key for key in keys if key in archive.files]
            if not there:
                held = ", ".join(archive.files) or "nothing"
                raise DataError(f"{path} holds {held}; wanted is {' or '.join(keys)}")
            array = archive[there[0]]
    except (OSError, ValueError, EOFError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read, and nothing is unpickled: {error}")
    if not array.ndim or not len(array):
        raise DataError(f"{path}: {there[0]} is empty")
    others = [f"{key} is not read" for key in there[1:]]
    return array, [f"array {there[0]}, {array.dtype} {list(array.shape)}", *others]


def layout(x: Array, shape: tuple[int, ...], path: Path) -> tuple[Array, list[str]]:
    """[N, c, H, W] with the data's H and W, c one of C, 1 and 3; channels may have come last."""
    count, *size = shape
    allowed = (count, 1, 3)
    if x.ndim == 3 and [*x.shape[1:]] == size:
        return x[:, None], []
    if x.ndim == 4 and [*x.shape[2:]] == size and x.shape[1] in allowed:
        return x, []
    if x.ndim == 4 and [*x.shape[1:3]] == size and x.shape[3] in allowed:
        return np.moveaxis(x, 3, 1), ["channels last"]
    height, width = size
    plain = [["N", height, width]] if count == 1 else []
    wanted = [["N", count, height, width], ["N", height, width, count], *plain]
    raise unfitting(path, x.shape, wanted)


def channels(
    x: Array, notes: list[str], shape: tuple[int, ...], path: Path
) -> tuple[Array, list[str]]:
    """[N, C, H, W] from [N, c, H, W], where nothing is lost by it."""
    found, count = x.shape[1], shape[0]
    if found == count:
        return x, notes
    if found == 1:
        return np.repeat(x, count, axis=1), [*notes, f"greyscale read as {count} equal channels"]
    if count == 1 and (x == x[:, :1]).all():
        return x[:, :1], [*notes, "colour read as greyscale, which loses nothing: channels equal"]
    raise unfitting(path, x.shape, [["N", *shape]], "colour cannot become greyscale without loss")


def unfitting(
    path: Path, found: Sequence[int], wanted: list[list[Any]], why: str = ""
) -> DataError:
    """The shapes, and the shapes that they should be."""

    def text(shape: Sequence[Any]) -> str:
        return f"[{', '.join(map(str, shape))}]"

    reason = f" ({why})" if why else ""
    return DataError(
        f"{path} has shape {text(found)}, the data want {' or '.join(map(text, wanted))}{reason}; "
        "images are not resized, for that would be scored too"
    )


def scale(x: Array, bounds: Bounds | None, path: Path) -> tuple[Floats, list[str]]:
    """Pixels in [0, 1] from bytes, or from floats within the bounds.

    Raises:
        DataError: floats are outside.
    """
    low, high = x.min(), x.max()
    if x.dtype == np.uint8:
        notes = [f"whole numbers from {low} to {high}, divided by 255"]
        if high < 128:
            notes.append("no pixel reaches half of full brightness: were they 0 to 255 before?")
        return x.astype(np.float32) / np.float32(255), notes
    least, most = bounds or (0.0, 1.0)
    slack = SLACK * (most - least)
    if low < least - slack or high > most + slack:
        hint = "" if bounds else "; `--range -1 1` says that -1 is black and 1 is white"
        raise DataError(
            f"{path} holds floats from {low:g} to {high:g}, outside of [{least:g}, {most:g}]{hint}"
        )
    notes = [f"floats from {low:g} to {high:g}, read as [{least:g}, {most:g}]"]
    if bounds:
        x = (x.astype(np.float64) - least) / (most - least)
    return x.astype(np.float32), notes
