"""The track's measure, on images whose brightness is known."""

import pytest
import torch

from gbench.tracks._example.measure.brightness import difference


def test_the_difference_of_plain_images() -> None:
    light, dark = torch.full((3, 1, 2, 2), 0.75), torch.full((5, 1, 2, 2), 0.5)
    assert difference(light, dark) == pytest.approx(0.25)
    assert difference(dark, light) == pytest.approx(-0.25)
