"""How numbers are written, scales and their ticks, and images as files."""

import io
import re
import struct
import zlib

import numpy as np
import pytest

from gbench.report import numbers, pixels, svg
from gbench.report.kit import crosses
from gbench.stats import Estimate


def test_png_holds_the_pixels() -> None:
    images = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 1, 2, 2)
    sheet = pixels.sheet(images, columns=2)
    assert sheet.shape == (5, 5, 4)
    assert (sheet[:2, :2, 0] == (images[0, 0] * 255).round()).all()
    assert (sheet[3:, :2, 0] == (images[2, 0] * 255).round()).all()
    file = io.BytesIO(pixels.png(sheet))
    assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    found = {}
    while head := file.read(8):
        length, kind = struct.unpack(">I4s", head)
        body = file.read(length)
        assert struct.unpack(">I", file.read(4))[0] == zlib.crc32(kind + body)
        found[kind] = body
    rows_ = np.frombuffer(zlib.decompress(found[b"IDAT"]), np.uint8).reshape(5, 21)
    assert (rows_[:, 1:].reshape(5, 5, 4) == sheet).all()


def test_difference_is_white_where_nothing_changed() -> None:
    change = np.array([[[0.0, 0.1], [-0.1, 0.05]]])
    image, factor = pixels.difference(change)
    assert factor == 10
    assert image[0, 0, :3].tolist() == [255, 255, 255]
    assert image[0, 1, :3].tolist() == [213, 94, 0]
    assert image[1, 0, :3].tolist() == [0, 114, 178]


def test_scales_and_ticks() -> None:
    assert svg.Scale(0, 10)(2.5) == 0.25
    assert svg.Scale(1, 100, log=True)(10) == pytest.approx(0.5)
    assert svg.Scale(0, 1)(7) == 1
    assert svg.Scale(0, 1).ticks(4) == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert svg.Scale(1, 1000, log=True).ticks() == pytest.approx([1, 3, 10, 30, 100, 300, 1000])
    assert svg.fit([1, 100]).log and not svg.fit([1, 2]).log and not svg.fit([-1, 100]).log


def test_spread_keeps_order_and_distance() -> None:
    places = svg.spread([50, 10, 51, 52], 10, 0, 60)
    assert [int(np.argsort(places)[k]) for k in range(4)] == [1, 0, 2, 3]
    assert min(np.diff(sorted(places))) >= 10 - 1e-9
    assert min(places) >= 0 and max(places) <= 60


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0, "0"), (float("inf"), "never"), (0.012345, "0.0123"), (-3.0, "−3"),
     (12345.6, "12\u202f346"), (0.00001234, "1.23e−05")],
)  # fmt: skip
def test_three_digits(value: float | None, text: str) -> None:
    assert numbers.short(value) == text


def test_decimals_stand_below_each_other() -> None:
    values = [23.94, 4.761, 127.7, 0.0]
    digits = numbers.Digits(values)
    texts = [numbers.fixed(v, digits.places(v)) + digits.padding(v) for v in values]
    assert [text.strip() for text in texts] == ["23.9", "4.76", "128", "0"]
    ends = [re.sub(r".*?[.\u2008]|.*", "", text, count=1) for text in texts]
    assert [len(end) for end in ends] == [2, 2, 2, 2]
    assert numbers.Digits([0.000021, 0.000034]).places(0.000021) == 7
    assert numbers.Digits([12.0, 0.000034, 15.0]).places(0.000034) == 3


def test_an_interval_ends_where_its_quantity_does() -> None:
    assert numbers.interval(Estimate(0.75, 0.5, 3)) == "0.750 [0.250, 1.250]"
    assert numbers.interval(Estimate(0.75, 0.5, 3), -1, 1) == "0.750 [0.250, 1.000]"


def test_numbers_never_claim_a_zero_interval() -> None:
    assert numbers.half_width(Estimate(1.0, 0.0004, 3), 2) == "±<0.01"
    assert numbers.half_width(Estimate(1.0, 0.0, 3), 2) == "±0.00"
    assert numbers.half_width(Estimate(1.0, None, 1), 2) == ""
    assert numbers.fixed(-0.001, 2) == "0.00"
    assert [numbers.percent(x) for x in (0.5, 0.985, 1.0, 0.031)] == [
        "50\xa0%",
        "98.5\xa0%",
        "100\xa0%",
        "3.1\xa0%",
    ]
    assert numbers.listed(["a", "b", "c"]) == "a, b and c"


@pytest.mark.filterwarnings("error")
def test_long_lists_are_cut_and_say_so() -> None:
    assert numbers.some([*"abcd"]) == "a, b, c and d"
    assert numbers.some([*"abcde"]) == "a, b, c and 2 more"
    assert numbers.some([]) == ""


def test_one_wide_interval_does_not_crush_the_rest() -> None:
    narrow, wide = Estimate(2.0, 0.5, 3), Estimate(4.0, 90.0, 3)
    axis = crosses.axis([narrow, wide], [], "", None)
    assert axis.low > -0.5 and axis.high < 6.5
    assert axis(2.5) - axis(1.5) > 0.1
