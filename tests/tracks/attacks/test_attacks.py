"""Attacks against a linear classifier, whose robust distances are known exactly."""

import eagerpy as ep
import pytest
import torch
from foolbox.attacks import HopSkipJumpAttack
from foolbox.attacks.base import get_is_adversarial
from torch import Tensor, nn

from gbench.core import plugin
from gbench.tracks.attacks.attacks.hopskipjump import PerImage
from gbench.tracks.attacks.measure.ledger import Ledger, Relay
from tests.linear import Linear, attacked, distances, near_the_middle


@pytest.fixture
def linear() -> Linear:
    return Linear(torch.randn(64))


@pytest.mark.parametrize(("name", "tolerance"), [("deepfool", 5e-4), ("carlini_wagner", 8e-3)])
def test_minimal_l2_distance_is_the_margin_over_the_norm(
    name: str, tolerance: float, linear: Linear
) -> None:
    x = near_the_middle(20)
    ledger = attacked(name, linear, x, [1.0])
    exact = distances(linear, x, 2)
    assert (ledger.distance >= exact * (1 - 1e-4)).all()
    assert (ledger.distance <= exact * 1.03 + tolerance).all()


@pytest.mark.parametrize(("name", "p"), [("pgd_linf", float("inf")), ("pgd_l2", 2)])
@pytest.mark.parametrize("loss", ["cross_entropy", "margin"])
def test_pgd_breaks_at_the_dual_norm(name: str, p: float, loss: str, linear: Linear) -> None:
    x = near_the_middle(1)
    exact = distances(linear, x, p).item()
    budgets = [0.97 * exact, 1.03 * exact]
    ledger = attacked(name, linear, x, budgets, losses=[loss])
    assert budgets[0] < ledger.distance.item() <= budgets[1]


def test_fgsm_is_exact_and_costs_one_backward_pass(linear: Linear) -> None:
    x = near_the_middle(1)
    exact = distances(linear, x, float("inf")).item()
    assert attacked("fgsm", linear, x, [0.99 * exact]).left().tolist() == [0]
    ledger = attacked("fgsm", linear, x, [1.01 * exact])
    assert ledger.left().tolist() == []
    assert ledger.backward_count.tolist() == [1]
    assert ledger.forward_count.tolist() == [2]  # the gradient, and the result


def test_only_what_still_stands_is_attacked_again(linear: Linear) -> None:
    x = near_the_middle(2)
    exact = distances(linear, x, float("inf"))
    order = exact.argsort()
    between = exact.mean().item()
    ledger = attacked("fgsm", linear, x, [between, 10 * between])
    assert ledger.backward_count[order].tolist() == [1, 2]


def test_clean_mistakes_are_not_attacked(linear: Linear) -> None:
    x = near_the_middle(6)
    y = linear(x).argmax(1)
    y[2] = 1 - y[2]
    for name in ("fgsm", "pgd_l2", "deepfool", "carlini_wagner", "boundary", "hopskipjump"):
        attack = plugin.load("tracks/attacks/attacks", name).ATTACK
        ledger = Ledger(linear, x, y, norm=attack.norm, eps=[0.5])
        attack.run(ledger, **({"steps": 5} if name != "fgsm" else {}))
        assert ledger.distance[2] == 0
        assert ledger.forward_count[2] == 0
        assert (ledger.forward_count > 0).sum() == 5


def test_targeted_pgd_reaches_the_given_class() -> None:
    class Three(nn.Module):
        """Class by the nearest of three grey levels."""

        def forward(self, x: Tensor) -> Tensor:
            level = x.flatten(1).mean(1, keepdim=True)
            return -(level - torch.tensor([[0.2, 0.5, 0.8]])).square()

    x = torch.full((1, 1, 8, 8), 0.2)
    attack = plugin.load("tracks/attacks/attacks", "pgd_targeted").ATTACK
    ledger = Ledger(
        Three(), x, torch.tensor([0]), norm="linf", eps=[0.4, 0.5], goal=torch.tensor([2])
    )
    attack.run(ledger)
    assert 0.45 <= ledger.distance.item() <= 0.5  # class 1 begins at 0.15, class 2 at 0.45


def test_what_carlini_wagner_does_not_find_is_not_counted() -> None:
    class Dark(nn.Module):
        """Anything but black is class 0, without a slope: there is nothing to find."""

        def forward(self, x: Tensor) -> Tensor:
            black = (x.flatten(1).amax(1, keepdim=True) <= 0).float()
            return torch.cat([1 - black, black], 1) + 0 * x.flatten(1)[:, :1]

    ledger = attacked("carlini_wagner", Dark(), near_the_middle(3), [1.0], searches=1, steps=2)
    assert ledger.invalid["all_zero"] == 3
    assert ledger.left().tolist() == [0, 1, 2]


def test_decision_attacks_come_near_the_exact_distance(linear: Linear) -> None:
    x = near_the_middle(10)
    exact = distances(linear, x, 2)
    for name, numbers, factor in (
        ("hopskipjump", {"steps": 12}, 1.5),
        ("boundary", {"steps": 800}, 6.0),
    ):
        ledger = attacked(name, linear, x, [1.0], **numbers)
        assert (ledger.distance >= exact * (1 - 1e-4)).all()
        assert (ledger.distance / exact).median() < factor
        assert (ledger.backward_count == 0).all()


def test_hopskipjump_estimates_each_images_own_normal(linear: Linear) -> None:
    """Unit length whatever else is in the batch; foolbox's own shrinks with the batch."""
    x = near_the_middle(16)
    ledger = Ledger(linear, x, linear(x).argmax(1), norm="l2", eps=[1.0])
    model, x, criterion = ledger.select(torch.arange(16))
    asked = get_is_adversarial(criterion, model)
    width = ep.astensor(torch.full((16,), 0.1))
    ours = PerImage(ledger).approximate_gradients(asked, ep.astensor(x), 100, width).raw
    assert torch.allclose(ours.flatten(1).norm(dim=1), torch.ones(16), atol=1e-5)
    stock = HopSkipJumpAttack().approximate_gradients(asked, ep.astensor(x), 100, width).raw
    assert stock.flatten(1).norm(dim=1).max() < 0.5


def test_an_image_without_a_start_is_lost_alone(linear: Linear) -> None:
    x = near_the_middle(4)
    y = linear(x).argmax(1)
    attack = plugin.load("tracks/attacks/attacks", "boundary").ATTACK
    goal = 1 - y
    goal[0] = 5  # a class that does not exist has no starting point
    ledger = Ledger(linear, x, y, norm="l2", eps=[1.0], goal=goal)
    attack.run(ledger, steps=5)
    assert ledger.left().tolist() == [0]


def test_attacks_repeat_exactly(linear: Linear) -> None:
    x = near_the_middle(5)
    for name in ("pgd_l2", "boundary", "hopskipjump"):
        twice = []
        for _ in range(2):
            torch.manual_seed(5)
            twice.append(attacked(name, linear, x, [0.1], steps=5).distance)
        assert torch.equal(*twice)


def test_transfer_is_as_strong_as_the_stand_in_is_alike(linear: Linear) -> None:
    x = near_the_middle(1)
    exact = distances(linear, x, float("inf")).item()
    attack = plugin.load("tracks/attacks/attacks", "transfer").ATTACK
    other = Linear(-linear.w)  # looks the wrong way, so nothing carries over
    for stand_in, left in ((linear, []), (other, [0])):
        ledger = Ledger(linear, x, linear(x).argmax(1), norm="linf", eps=[1.1 * exact])
        attack.run(ledger, [stand_in])
        assert ledger.left().tolist() == left
        assert (ledger.backward_count == 0).all()


def test_a_relay_hands_in_to_the_true_target(linear: Linear) -> None:
    x = near_the_middle(3)
    ledger = Ledger(linear, x, linear(x).argmax(1), norm="linf", eps=[0.5])
    relay = Relay(linear, ledger)
    assert relay.left(0.5).tolist() == [0, 1, 2]
    relay.hand_in(torch.tensor([1]), 1 - x[1:2])
    assert relay.left().tolist() == ledger.left().tolist() == [0, 2]
