"""Pictures: images side by side as one PNG in the page."""

import numpy as np
from numpy.typing import NDArray

from gbench.report import pixels
from gbench.report.view import Picture


def sheet(
    images: NDArray[np.floating], columns: int, alt: str, *, caption: str = "", grow: int = 1
) -> Picture:
    """Images [N, C, H, W] in [0, 1], row after row.

    Args:
        alt: what is to be seen.
        grow: pixels of the page for one of the image.
    """
    return picture(pixels.without_colour(pixels.sheet(images, columns)), alt, caption, grow)


def tile(image: NDArray[np.floating], alt: str, *, caption: str = "") -> Picture:
    """One image [C, H, W] in [0, 1]."""
    return picture(pixels.rgba(image[None])[0], alt, caption)


def picture(found: pixels.Pixels, alt: str, caption: str = "", grow: int = 1) -> Picture:
    """Pixels [H, W, 2 or 4] as a picture."""
    height, width = found.shape[:2]
    return Picture(pixels.uri(found), width * grow, height * grow, alt, caption)
