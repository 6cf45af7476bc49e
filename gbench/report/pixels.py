"""Images as PNG in data URIs."""

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def png(pixels: Pixels) -> bytes:
    """[H, W, 4] red, green, blue, alpha, or [H, W, 2] grey and alpha, as a PNG file."""
    height, width, channels = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, {4: 6, 2: 4}[channels], 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def uri(pixels: Pixels) -> str:
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode()


def rgba(images: NDArray[np.floating]) -> Pixels:
    """[N, C, H, W] in [0, 1], grey or colour, as [N, H, W, 4]; values outside are clipped."""
    bytes_ = np.clip(np.nan_to_num(images) * 255, 0, 255).round().astype(np.uint8)
    colours = np.moveaxis(bytes_, 1, -1)
    if colours.shape[-1] == 1:
        colours = np.repeat(colours, 3, axis=-1)
    return np.concatenate([colours, np.full_like(colours[..., :1], 255)], axis=-1)


def without_colour(pixels: Pixels) -> Pixels:
    """[H, W, 4] as [H, W, 2] where all of it is grey: half the bytes."""
    grey = (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all()
    return np.ascontiguousarray(pixels[..., [0, 3]]) if grey else pixels


def sheet(images: NDArray[np.floating], columns: int, gap: int = 1) -> Pixels:
    """[N, C, H, W] side by side, row after row, parted by gaps that fit light and dark pages."""
    tiles = rgba(images)
    n, height, width, _ = tiles.shape
    rows = -(-n // columns)
    canvas = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 4), 128, np.uint8)
    canvas[..., 3] = 90
    for index, tile in enumerate(tiles):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        canvas[top : top + height, left : left + width] = tile
    return canvas


def difference(change: NDArray[np.floating]) -> tuple[Pixels, float]:
    """[C, H, W] changes as an image [H, W, 4], and the factor by which they are enlarged.

    Grey images: white is no change, blue less, vermilion more.  Colour images: mid-grey is none.
    """
    largest = float(np.abs(change).max())
    factor = 1.0 if largest == 0 else max(1.0, float(f"{1 / largest:.1g}"))
    scaled = np.clip(change * factor, -1, 1)
    if len(change) == 1:
        ends = np.where(scaled[0][..., None] > 0, [213, 94, 0], [0, 114, 178])
        mixed = 255 + np.abs(scaled[0][..., None]) * (ends - 255)
    else:
        mixed = np.moveaxis(127.5 + 127.5 * scaled, 0, -1)
    pixels = np.full((*mixed.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = mixed.round()
    return pixels, factor
