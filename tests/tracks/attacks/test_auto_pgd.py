"""Auto-PGD against its paper's formulas, a linear classifier and foolbox's PGD."""

import pytest
import torch
from foolbox.attacks import LinfPGD
from torch import Tensor, nn

from gbench.tracks.attacks.attacks.apgd_targeted import ranked
from gbench.tracks.attacks.measure.auto import checkpoints, dlr, targeted_dlr
from gbench.tracks.attacks.measure.ledger import Ledger
from tests.linear import Linear, attacked, distances, near_the_middle


@pytest.fixture
def linear() -> Linear:
    return Linear(torch.randn(64))


def test_difference_of_logits_ratio_by_hand() -> None:
    logits = torch.tensor([[5.0, 2.0, 1.0, 0.0], [1.0, 4.0, 3.0, 0.0]])
    right, wrong = dlr(logits, torch.tensor([0, 0])).tolist()
    assert right == pytest.approx(-(5 - 2) / (5 - 1))
    assert wrong == pytest.approx(-(1 - 4) / (4 - 1))
    goal = targeted_dlr(logits, torch.tensor([0, 1]), torch.tensor([2, 3]))
    assert goal.tolist() == pytest.approx([-(5 - 1) / (5 - 0.5), -(4 - 0) / (4 - 0.5)])


def test_the_ratio_knows_neither_scale_nor_shift() -> None:
    logits, y = torch.randn(20, 5), torch.randint(5, (20,))
    assert torch.allclose(dlr(logits, y), dlr(1000 * logits + 7, y), atol=1e-4)


def test_checkpoints_are_those_of_the_paper() -> None:
    assert checkpoints(100) == [0, 22, 41, 57, 70, 80, 87, 93, 99]


@pytest.mark.parametrize(
    ("name", "p"),
    [
        ("apgd_ce_linf", float("inf")),
        ("apgd_dlr_linf", float("inf")),
        ("apgd_targeted", float("inf")),
        ("apgd_ce_l2", 2),
    ],
)
def test_it_breaks_at_the_dual_norm(name: str, p: float, linear: Linear) -> None:
    x = near_the_middle(1)
    exact = distances(linear, x, p).item()
    budgets = [0.97 * exact, 1.03 * exact]
    ledger = attacked(name, linear, x, budgets, steps=50)
    assert budgets[0] < ledger.distance.item() <= budgets[1]
    assert ledger.invalid["over_eps"] == 0


class Wavy(nn.Module):
    """A network with curved boundaries, and logits so large that the cross-entropy saturates."""

    def __init__(self, scale: float):
        super().__init__()
        torch.manual_seed(3)
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh()
        )
        self.head, self.scale = nn.Linear(32, 4), scale
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.mul_(2.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * self.head(self.layers(2 * x - 1))


def left(ledger: Ledger, eps: float) -> int:
    return len(ledger.left(eps))


def test_wrong_classes_are_tried_by_their_logits() -> None:
    logits = torch.tensor([[5.0, 2.0, 3.0, 0.0], [1.0, 4.0, 2.0, 3.0]])
    target = Fixed(logits)
    ledger = Ledger(target, torch.zeros(2, 1, 1, 1), torch.tensor([0, 1]), norm="linf", eps=[1])
    goals = [ranked(ledger, torch.arange(2), rank) for rank in range(4)]
    assert [goal.tolist() for goal in goals[:3]] == [[2, 3], [1, 2], [3, 0]]  # type: ignore
    assert goals[3] is None


class Fixed(nn.Module):
    """The same logits whatever the images."""

    def __init__(self, logits: Tensor):
        super().__init__()
        self.logits = logits

    def forward(self, x: Tensor) -> Tensor:
        return self.logits + 0 * x.flatten(1).sum(1, keepdim=True)


def test_a_class_behind_another_is_reached_by_naming_it() -> None:
    """The runner-up at the image is never reached; another class is, at a distance of 0.1."""
    x = torch.full((1, 1, 8, 8), 0.5)
    steep = attacked("apgd_targeted", Decoy(), x, [0.05, 0.11, 0.3], steps=30, targets=2)
    assert 0.1 <= steep.distance.item() <= 0.11
    first = attacked("apgd_targeted", Decoy(), x, [0.05, 0.11, 0.3], steps=30, targets=1)
    assert first.distance.item() == float("inf")


class Decoy(nn.Module):
    """Logits (1, u, v, -9): u grows with darkness, but only to 0.99; v with brightness, and passes
    1 at a distance of 0.1."""

    def forward(self, x: Tensor) -> Tensor:
        moved = (x.flatten(1) - 0.5).mean(1)
        ones = torch.ones_like(moved)
        return torch.stack([ones, (0.9 - moved).clamp(max=0.99), 10 * moved, -9 * ones], 1)


@pytest.mark.parametrize("name", ["apgd_ce_linf", "apgd_dlr_linf", "apgd_targeted"])
def test_it_is_no_weaker_than_foolboxs_pgd_200_with_restarts(name: str) -> None:
    """Within one image in a hundred, at a budget that breaks about half of them."""
    target, x, eps = Wavy(1.0), torch.rand(100, 1, 8, 8), 0.05
    theirs = Ledger(target, x, target(x).argmax(1), norm="linf", eps=[eps])
    model, images, criterion = theirs.select(theirs.left())
    for _ in range(5):
        attack = LinfPGD(steps=200, rel_stepsize=0.033)
        theirs.hand_in(
            torch.arange(len(x)), attack.run(model, images, criterion, epsilon=0.99999 * eps)
        )
    assert 10 < left(theirs, eps) < 90
    ours = attacked(name, target, x, [eps], steps=100)
    assert left(ours, eps) <= left(theirs, eps) + 1


def test_saturated_logits_stop_the_cross_entropy_but_not_the_ratio() -> None:
    x, eps = torch.rand(60, 1, 8, 8), 0.05
    plain = attacked("apgd_dlr_linf", Wavy(1.0), x, [eps], steps=50)
    scaled = attacked("apgd_dlr_linf", Wavy(1e4), x, [eps], steps=50)
    masked = attacked("apgd_ce_linf", Wavy(1e4), x, [eps], steps=50)
    assert abs(left(plain, eps) - left(scaled, eps)) <= 1
    assert left(masked, eps) > left(scaled, eps) + 5


def test_what_else_is_in_the_batch_changes_little() -> None:
    """Step sizes are an image's own; only the random starts differ."""
    target, x, eps = Wavy(1.0), torch.rand(40, 1, 8, 8), 0.05
    together = attacked("apgd_dlr_linf", target, x, [eps], steps=50)
    alone = sum(
        left(attacked("apgd_dlr_linf", target, one, [eps], steps=50), eps) for one in x.split(8)
    )
    assert abs(alone - left(together, eps)) <= 1
