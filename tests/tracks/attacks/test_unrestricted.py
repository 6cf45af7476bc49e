"""The search over a conditional GAN's noise, where its end is known."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gbench.tracks.attacks.measure.unrestricted import Settings, counted, search, told


class Grey:
    """Class 0 is dark and class 1 bright; the noise moves the grey level. What a GAN offers."""

    classes, latent = 2, 1

    def generator(self, joined: Tensor) -> Tensor:
        z, label = joined[:, :1], joined[:, 2:3]
        return (0.3 + 0.4 * label + 0.05 * z)[:, :, None, None].expand(-1, 1, 4, 4)

    def predict(self, x: Tensor) -> Tensor:
        """Sure that what is under a half is class 0."""
        level = x.mean((1, 2, 3))
        return torch.stack([0.5 - level, level - 0.5], 1) * 20


class Above(nn.Module):
    """Class 1 above a level."""

    def __init__(self, level: float):
        super().__init__()
        self.level = level

    def forward(self, x: Tensor) -> Tensor:
        s = 20 * (x.mean((1, 2, 3)) - self.level)
        return torch.stack([-s, s], 1)


def ended(level: float, **changes: Any) -> Tensor:
    """Grey levels at which the search against a target with that level ends, from z = 0."""
    source = torch.tensor([0, 1])
    chosen = Settings(**({"steps": 60, "lr": 0.1, "near": 0.0, "faithful": 0.0} | changes))
    made = search(Above(level), Grey(), torch.zeros(2, 1), source, chosen)
    return made.mean((1, 2, 3))


def test_it_ends_just_where_the_target_errs() -> None:
    dark, bright = ended(0.4).tolist()
    assert 0.4 < dark < 0.41  # class 0 begins at 0.3
    assert bright == pytest.approx(0.7 - 0.05 * 6, abs=0.03)  # 60 steps of 0.1 at most: not there


def test_the_gans_own_classifier_and_the_first_noise_hold_it_back() -> None:
    free = ended(0.6)[0]
    faithful = ended(0.6, faithful=50.0)[0]
    near = ended(0.6, near=1000.0, reach=0.1)[0]
    assert free > 0.55
    assert faithful < 0.5  # the GAN's own classifier would no longer say class 0
    assert near < 0.33


def test_counts_and_intervals_by_hand() -> None:
    x = torch.tensor([0.2, 0.45, 0.55, 0.9])[:, None, None, None].expand(-1, 1, 4, 4)
    source = torch.zeros(4, dtype=torch.long)
    wrong, agreed = told(Above(0.4), [Above(0.5), Above(0.6)], x, source)
    assert wrong.tolist() == [False, True, True, True]
    assert agreed.tolist() == [True, True, False, False]
    found = counted(wrong, agreed)
    assert (found["attempts"], found["misled"], found["agreed"]) == (4, 3, 1)
    assert found["agreed_wilson"][0] < 1 / 3 < found["agreed_wilson"][1]
    nothing = counted(torch.zeros(4, dtype=torch.bool), agreed)
    assert nothing["agreed_wilson"] is None
