"""Frames of points and landscapes: as few bytes for a script, and as a still picture.

A landscape is shown by ranks: a colour says how many places of the window the critic finds less
real.  So a logit, a probability and a distance, which have units of their own, look alike where
they agree, and nothing is said of how much they differ.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from scipy.stats import rankdata

from gbench.report import pixels

Window = tuple[float, ...]  # x0, x1, y0, y1
Points = NDArray[np.float32]

SHOWN = 250  # samples of a frame, the first ones
SIDE = 32  # a landscape has no more levels along an axis
TOP = 254  # the level of the most real place
ABSENT = 255  # the level of all places where there is no landscape
STEPS = 4094  # a coordinate's number at the window's far edge, of 12 bits
OUTSIDE = 4095  # both numbers of a point that is not in the window
SIZE = 1000  # of a still, in user units
RING, DOT = 28, 11  # the radius of a mode's ring and the width of a dot, in user units


def place(x: Points, window: Window) -> NDArray[np.float64]:
    """Points [n, 2] as shares of the window, from its lower left corner."""
    x0, x1, y0, y1 = window
    return (x.astype(np.float64) - (x0, y0)) / (x1 - x0, y1 - y0)


def packed(x: Points, window: Window) -> NDArray[np.uint8]:
    """Points [n, 2] as three bytes each, [n, 3]: 12 bits of x, then 12 bits of y."""
    places = place(x, window)
    inside = ((places >= 0) & (places <= 1)).all(axis=1, keepdims=True)
    steps = np.where(inside, (places * STEPS).round(), OUTSIDE).astype(np.int64)
    both = steps[:, 0] << 12 | steps[:, 1]
    return np.stack([both >> 16, both >> 8 & 255, both & 255], axis=1).astype(np.uint8)


def levels(landscape: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Scores [G, G] as ranks from 0 to TOP, [g, g] with g = min(G, SIDE); equals share a rank."""
    ranks = rankdata(resampled(landscape))
    share = (ranks - 1) / max(1, ranks.size - 1)
    side = min(len(landscape), SIDE)
    return (share * TOP).round().astype(np.uint8).reshape(side, side)


def resampled(field: NDArray[np.float32]) -> NDArray[np.float64]:
    """[G, G] at min(G, SIDE) places along each axis, edges included, linear between them."""
    size = len(field)
    at = np.linspace(0, size - 1, min(size, SIDE))
    along = np.array([np.interp(at, np.arange(size), row) for row in field])
    return np.array([np.interp(at, np.arange(size), column) for column in along.T]).T


def reel(
    frames: Sequence[tuple[Points, NDArray[np.float32] | None] | None], window: Window
) -> dict[str, Any]:
    """A film's samples and landscapes in base64; a frame that is None takes no bytes.

    Returns:
        "dots": SHOWN or fewer points a frame, "shown" of them, three bytes each; "fields": "side"
        times "side" levels a frame, row after row from below; "side" is 0 where there are none.
    """
    there = [frame for frame in frames if frame is not None]
    fields = [None if field is None else levels(field) for _, field in there]
    side = max((len(field) for field in fields if field is not None), default=0)
    absent = np.full((side, side), ABSENT, np.uint8)
    return {
        "shown": min(SHOWN, *(len(x) for x, _ in there)) if there else 0,
        "dots": text([packed(x[:SHOWN], window) for x, _ in there]),
        "side": side,
        "fields": text([absent if field is None else field for field in fields]) if side else "",
    }


def text(parts: Sequence[NDArray[np.uint8]]) -> str:
    return base64.b64encode(b"".join(part.tobytes() for part in parts)).decode()


def script(value: Mapping[str, Any]) -> Markup:
    """JSON that cannot end the script element that holds it."""
    return Markup(json.dumps(value, separators=(",", ":")).replace("<", "\\u003c"))


def still(
    name: str,
    window: Window,
    centres: Points,
    x: Points | None,
    landscape: NDArray[np.float32] | None,
) -> Markup:
    """One frame as SVG: the landscape's colour field, a ring a mode, a dot a sample.

    Args:
        name: part of the picture's ids, unlike any other's on the page.
    """
    parts = [f'<rect class="low" width="{SIZE}" height="{SIZE}"/>'] if landscape is not None else []
    if landscape is not None:
        parts.append(f'<mask id="field-{name}"><image {field(landscape)}/></mask>')
        size = f'width="{SIZE}" height="{SIZE}"'
        parts.append(f'<rect class="high" {size} mask="url(#field-{name})"/>')
    arc = f"a{RING} {RING} 0 1 0 {2 * RING} 0a{RING} {RING} 0 1 0 {-2 * RING} 0"
    rings = "".join(f"M{a - RING} {b}{arc}" for a, b in marks(centres, window))
    parts.append(f'<path class="modes" d="{rings}"/>')
    if x is not None:
        dots = "".join(f"M{a} {b}h0" for a, b in marks(x[:SHOWN], window))
        parts.append(f'<path class="dots" stroke-width="{DOT}" d="{dots}"/>')
    return Markup(f'<svg viewBox="0 0 {SIZE} {SIZE}" aria-hidden="true">{"".join(parts)}</svg>')


def field(landscape: NDArray[np.float32]) -> str:
    """A landscape as the attributes of an image whose opacity is the level.

    Its pixels' centres lie on the lattice, so it hangs over the window by half a pixel.
    """
    opacity = levels(landscape)[::-1]
    side = len(opacity)
    white = np.stack([np.full_like(opacity, 255), opacity], axis=-1)
    half = SIZE / (side - 1) / 2
    place = f'x="{-half:.1f}" y="{-half:.1f}"'
    size = f'width="{SIZE + 2 * half:.1f}" height="{SIZE + 2 * half:.1f}"'
    uri = pixels.uri(np.ascontiguousarray(white))
    return f'{place} {size} preserveAspectRatio="none" href="{uri}"'


def marks(x: Points, window: Window) -> list[tuple[int, int]]:
    """Points of the window in user units of a still, from its upper left corner."""
    places = place(x, window)
    inside = places[((places >= 0) & (places <= 1)).all(axis=1)]
    return [(round(SIZE * a), round(SIZE * (1 - b))) for a, b in inside]
