"""Pictures as PNG files."""

import struct
import zlib

import numpy as np

from gbench.report import pixels


def test_grey_sheets_are_saved_as_grey() -> None:
    images = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 1, 2, 2)
    full = pixels.sheet(images, columns=2)
    grey = pixels.without_colour(full)
    np.testing.assert_array_equal(grey, full[..., [0, 3]])
    colour = full.copy()
    colour[0, 0, 1] ^= 1
    assert pixels.without_colour(colour).shape == (5, 5, 4)
    file = pixels.png(grey)
    assert file[24:26] == bytes([8, 4])  # eight bits, grey with alpha
    start = file.index(b"IDAT")
    (length,) = struct.unpack(">I", file[start - 4 : start])
    lines = np.frombuffer(zlib.decompress(file[start + 4 : start + 4 + length]), np.uint8)
    np.testing.assert_array_equal(lines.reshape(5, 11)[:, 1:].reshape(5, 5, 2), grey)
