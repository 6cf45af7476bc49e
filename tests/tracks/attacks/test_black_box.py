"""Attacks that see scores, decisions or a substitute, and those in L1 and L0."""

import pytest
import torch
from torch import Tensor, nn

from gbench.core import plugin
from gbench.tracks.attacks.attacks.one_pixel import others
from gbench.tracks.attacks.attacks.square import share
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.trial import carry_out
from gbench.zoo.shared.dataset import Examples
from tests.linear import Linear, attacked, distances, near_the_middle


@pytest.fixture
def linear() -> Linear:
    return Linear(torch.randn(64))


def fewest(target: Linear, x: Tensor) -> Tensor:
    """[n] the least number of pixels to change: those first that move s most, inside the box."""
    s, w = target(x)[:, 0], target.w
    flat = x.flatten(1)
    towards = -s.sign()[:, None] * w
    gain = torch.where(towards > 0, towards * (1 - flat), -towards * flat)
    ordered = gain.sort(1, descending=True).values.cumsum(1)
    return (ordered < s.abs()[:, None]).sum(1) + 1.0


@pytest.mark.parametrize(
    ("name", "p", "most"),
    [
        ("ddn", 2, 1.02),
        ("fmn_l2", 2, 1.05),
        ("fmn_linf", float("inf"), 1.15),
        ("fmn_l1", 1, 1.6),
        ("ead", 1, 3.0),
    ],
)
def test_minimal_distance_is_the_margin_over_the_dual_norm(
    name: str, p: float, most: float, linear: Linear
) -> None:
    """Never below it, where the box does not bind, and above it by what the attack leaves."""
    x = near_the_middle(20)
    ledger = attacked(name, linear, x, [1.0])
    exact = distances(linear, x, p)
    print(name, (ledger.distance / exact).sort().values)
    assert (ledger.distance >= exact * (1 - 1e-4)).all()
    assert ledger.distance.median() <= most * exact.median() + 1e-3


def test_sparse_descent_breaks_at_the_dual_norm(linear: Linear) -> None:
    x = near_the_middle(1)
    x[0, 0] = 0.5 + 0.2 * (x[0, 0] - 0.5)  # so near that one pixel does not leave the box
    exact = distances(linear, x, 1).item()
    budgets = [0.95 * exact, 1.5 * exact]
    ledger = attacked("sparse_l1", linear, x, budgets, quantile=0.99, restarts=3)
    assert budgets[0] < ledger.distance.item() <= budgets[1]
    assert ledger.invalid["over_eps"] == 0  # foolbox's own projection leaves it a little outside


@pytest.mark.parametrize(
    ("name", "most"), [("fmn_l0", 1.0), ("pointwise", 3.0), ("salt_and_pepper", 20.0)]
)
def test_no_fewer_pixels_than_it_takes(name: str, most: float, linear: Linear) -> None:
    x = near_the_middle(20)
    ledger = attacked(name, linear, x, [1.0])
    exact = fewest(linear, x)
    assert (ledger.distance >= exact).all()
    assert (ledger.distance - exact).median() <= most


def test_squares_shrink_as_in_the_paper() -> None:
    at = {0.0: 1, 0.0011: 2, 0.006: 4, 0.03: 8, 0.06: 16, 0.15: 32, 0.3: 64, 0.5: 128, 0.7: 256}
    for progress, parts in at.items():
        assert share(0.8, progress) == pytest.approx(0.8 / parts)


def test_square_needs_no_gradient_and_stays_within_its_budget(linear: Linear) -> None:
    x = near_the_middle(10)
    exact = distances(linear, x, float("inf"))
    budgets = [0.9 * exact.min().item(), 2 * exact.max().item()]
    ledger = attacked("square", linear, x, budgets, queries=600)
    assert (ledger.distance >= exact * (1 - 1e-4)).all()
    assert len(ledger.left(budgets[1])) == 0
    assert ledger.backward_count.sum() == 0
    assert ledger.forward_count.max() <= 2 * 600
    assert ledger.forward_count.min() < ledger.forward_count.max()  # who is broken is left alone


def test_genattack_reaches_its_class_within_the_budget() -> None:
    class Three(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            level = x.flatten(1).mean(1, keepdim=True)
            return -60 * (level - torch.tensor([[0.2, 0.5, 0.8]])).square()

    x = torch.full((3, 1, 8, 8), 0.2)
    attack = plugin.load("tracks/attacks/attacks", "genattack").ATTACK
    ledger = Ledger(
        Three(),
        x,
        torch.zeros(3, dtype=torch.long),
        norm="linf",
        eps=[0.5],
        goal=torch.ones(3).long(),
    )
    attack.run(ledger, steps=60)
    assert ((ledger.distance >= 0.15) & (ledger.distance <= 0.5)).all()


def test_the_levels_besides_a_pixels_own() -> None:
    levels = others(torch.tensor([0.0, 1.0, 0.302]))
    assert levels.shape == (3, 255)
    assert levels[0, 0] == pytest.approx(1 / 255)
    assert levels[1, -1] == pytest.approx(254 / 255)
    assert 77 not in (levels[2] * 255).round().tolist()
    assert (levels[2].diff() > 0).all()


def test_one_pixel_finds_what_a_loop_over_all_images_finds() -> None:
    torch.manual_seed(1)
    target = Linear(torch.randn(9) / 3)
    x = torch.rand(4, 1, 3, 3)
    y = target(x).argmax(1)
    y[1] = 1 - y[1]
    attack = plugin.load("tracks/attacks/attacks", "one_pixel").ATTACK
    ledger = Ledger(target, x, y, norm="l0", eps=[1])
    broken = attack.run(ledger, images=3)["broken"]
    for i in (0, 2):
        for place in range(9):
            own, wrong = round(float(x[i].flatten()[place]) * 255), 0
            for level in set(range(256)) - {own}:
                changed = x[i].flatten().clone()
                changed[place] = level / 255
                wrong += int(target(changed.reshape(1, 1, 3, 3)).argmax(1) != y[i])
            assert broken[i].flatten()[place] == wrong
        handed_in = int(broken[i].sum() > 0)  # and asked about once more
        assert ledger.forward_count[i] == 9 * 255 + handed_in
        assert ledger.distance[i] == (1 if broken[i].sum() else float("inf"))
    assert (broken[1] == -1).all()  # wrong without a change
    assert len(broken) == len(ledger.distance) == 3  # the others are not spoken of


def test_a_substitute_learns_from_answers_alone(linear: Linear) -> None:
    x, held_out = near_the_middle(20), near_the_middle(100)
    eps = 4 * distances(linear, x, float("inf")).max().item()
    attack = plugin.load("tracks/attacks/attacks", "substitute").ATTACK
    ledger = Ledger(linear, x, linear(x).argmax(1), norm="linf", eps=[eps])
    labels = torch.full((100,), -1)  # it must not look at them
    trial = carry_out(
        "substitute",
        attack,
        ledger,
        {"images": 50, "rounds": 2, "epochs": 60, "pgd_steps": 10},
        seed=0,
        given={"held_out": Examples(held_out, labels)},
    )
    assert trial.record()["queries"]["shared"] == 50 * 2**2
    assert ledger.backward_count.sum() == 0
    assert len(ledger.left(eps)) <= 2


def test_advgan_moves_unseen_images_over_the_boundary() -> None:
    """Whose class is how bright they are: convolutions know no places."""
    linear = Linear(torch.ones(64))
    x, seen = near_the_middle(20), near_the_middle(200)
    eps = 3 * distances(linear, x, float("inf")).max().item()
    attack = plugin.load("tracks/attacks/attacks", "advgan").ATTACK
    ledger = Ledger(linear, x, linear(x).argmax(1), norm="linf", eps=[eps], headline=eps)
    given = {"train": Examples(seen, linear(seen).argmax(1))}
    carry_out("advgan", attack, ledger, {"rounds": 400}, seed=0, given=given)
    assert len(ledger.left(eps)) <= 4
    assert ledger.invalid["over_eps"] == 0
    assert ledger.shared == 400 * 64  # its lessons
    assert ledger.forward_count.max() == 1  # an attack is one pass


@pytest.mark.parametrize("name", ["rand_fgsm", "bim", "momentum"])
def test_signed_steps_break_a_linear_target_at_the_dual_norm(name: str, linear: Linear) -> None:
    """RAND+FGSM loses at random what its first step takes: at most alpha of the budget, twice."""
    x = near_the_middle(1)
    exact = distances(linear, x, float("inf")).item()
    alpha = {"alpha": 0.1 * exact} if name == "rand_fgsm" else {}
    budgets = [0.97 * exact, 1.25 * exact]
    ledger = attacked(name, linear, x, budgets, **alpha)
    assert budgets[0] < ledger.distance.item() <= budgets[1]


def test_noise_finds_what_lies_in_most_corners() -> None:
    """With one pixel that matters, half of the corners are adversarial."""
    w = torch.zeros(64)
    w[5] = 1.0
    x = torch.full((6, 1, 8, 8), 0.6)
    ledger = attacked("noise", Linear(w), x, [0.05, 0.15], draws=40)
    assert (ledger.distance > 0.1).all()
    assert len(ledger.left(0.15)) == 0
    assert ledger.forward_count.tolist() == [80] * 6
