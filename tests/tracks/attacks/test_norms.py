"""Norms and projections against brute force."""

import math

import pytest
import torch
from scipy.optimize import minimize

from gbench.tracks.attacks.measure.norms import NORMS, Norm, length, within


def test_lengths_by_hand() -> None:
    delta = torch.zeros(1, 2, 2, 2)
    delta[0, 0, 0, 0], delta[0, 1, 0, 0], delta[0, 0, 1, 1] = 3.0, -4.0, 1e-9
    expected = {"linf": 4.0, "l2": 5.0, "l1": 7.0, "l0": 1.0}
    for norm in NORMS:
        assert length(delta, norm).item() == pytest.approx(expected[norm])


@pytest.mark.parametrize("norm", NORMS)
def test_what_is_within_stays_and_what_is_without_comes_to_the_sphere(norm: Norm) -> None:
    delta = torch.randn(5, 1, 3, 4)
    budget = 3.0 if norm == "l0" else 0.4 * float(length(delta, norm).min())
    cut = within(delta, norm, budget)
    assert torch.allclose(length(cut, norm), torch.full((5,), budget), rtol=1e-5)
    assert torch.allclose(within(cut, norm, 1.0001 * budget), cut)


def test_projection_onto_the_l1_ball_is_the_nearest_point() -> None:
    delta, budget = torch.randn(1, 1, 2, 3, dtype=torch.float64), 0.7
    target = delta.flatten().numpy()
    found = minimize(
        lambda v: ((v - target) ** 2).sum(),
        0 * target,
        constraints={"type": "ineq", "fun": lambda v: budget - abs(v).sum()},
        tol=1e-12,
    )
    assert within(delta, "l1", budget).flatten().tolist() == pytest.approx(found.x, abs=1e-3)


def test_the_largest_changes_remain_in_l0() -> None:
    delta = torch.tensor([[[[0.1, -0.9], [0.5, 0.2]]]])
    assert within(delta, "l0", 2).flatten().tolist() == pytest.approx([0, -0.9, 0.5, 0])
    assert math.isclose(length(within(delta, "l0", 9), "l0").item(), 4)
