"""Defense-GAN with a linear generator, where projections, gradients and distances are known."""

import pytest
import torch
from torch import Tensor, nn

from gbench.core import plugin
from gbench.tracks.attacks.defences.defense_gan import DefenseGAN, build
from gbench.tracks.attacks.measure import gates, probing
from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.parts import Parts
from gbench.tracks.attacks.measure.trial import Gradient, Trial, carry_out

SIDE = 8
PIXELS = SIDE * SIDE
OFF = 3.0  # how much more the classifier heeds what no generated image shows


class Plane:
    """G(z) = 0.5 + A z with orthonormal columns: the images of a plane through the grey image."""

    def __init__(self, columns: Tensor):
        self.columns, self.latent = columns, columns.shape[1]

    def decode(self, z: Tensor) -> Tensor:
        return (0.5 + z @ self.columns.T).reshape(-1, 1, SIDE, SIDE)


class Linear(nn.Module):
    """Logits (s, -s), s = w . (x - 0.5)."""

    def __init__(self, w: Tensor):
        super().__init__()
        self.w = nn.Parameter(w)

    def forward(self, x: Tensor) -> Tensor:
        s = (x.flatten(1) - 0.5) @ self.w
        return torch.stack([s, -s], 1)


@pytest.fixture
def basis() -> Tensor:
    """[PIXELS, 3] orthonormal: two directions of the plane, and one off it."""
    return torch.linalg.qr(torch.randn(PIXELS, 3)).Q


@pytest.fixture
def classifier(basis: Tensor) -> Linear:
    return Linear(basis[:, 0] + OFF * basis[:, 2])


def defence(classifier: nn.Module, game: Plane, **numbers: float) -> DefenseGAN:
    exact = {"steps": 1, "restarts": 2, "candidates": 2, "lr": PIXELS / 2, "momentum": 0.0}
    parts = Parts(lambda _: classifier, lambda _: game)
    return build(parts, **(exact | numbers))  # type: ignore[arg-type]


@pytest.fixture
def defended(classifier: Linear, basis: Tensor) -> DefenseGAN:
    """One step of length D / 2 on a quadratic of curvature 2 / D is exact."""
    return defence(classifier, Plane(basis[:, :2]))


@pytest.fixture
def x(basis: Tensor) -> Tensor:
    """Images on the plane, at distance 0.5 from the boundary of the defended classifier."""
    signs = torch.tensor([1.0, -1.0]).repeat(6)[:, None]
    codes = torch.cat([0.5 * signs, 0.3 * torch.randn(12, 1)], 1)
    return Plane(basis[:, :2]).decode(codes)


def test_reconstruction_is_the_projection(defended: DefenseGAN, basis: Tensor) -> None:
    plane, x = basis[:, :2], torch.rand(5, 1, SIDE, SIDE)
    flat = x.flatten(1) - 0.5
    projected = 0.5 + flat @ plane @ plane.T
    assert torch.allclose(defended.reconstruct(x).flatten(1), projected, atol=1e-5)


def test_descent_with_momentum_is_the_written_one(classifier: Linear, basis: Tensor) -> None:
    """Against ten steps of v <- m v + g, z <- z - lr v, the last two with a tenth of lr."""
    one = basis[:, :1]
    target = defence(classifier, Plane(one), steps=10, momentum=0.7, lr=5.0, restarts=1)
    x = torch.rand(1, 1, SIDE, SIDE)
    best = float((x.flatten() - 0.5) @ one[:, 0])
    starts = target.starts[:, 0]
    z, v = float(starts[(starts - best).abs().argmin()]), 0.0
    for step in range(10):
        v = 0.7 * v + 2 / PIXELS * (z - best)
        z -= (0.5 if step >= 8 else 5.0) * v
    assert target.project(x).item() == pytest.approx(z, abs=1e-5)


def test_the_nearest_candidates_are_refined_and_the_best_is_kept(classifier: Linear) -> None:
    columns = torch.eye(PIXELS)[:, :1]
    target = defence(classifier, Plane(columns), steps=0, restarts=2, candidates=50)
    x = Plane(columns).decode(torch.tensor([[0.4]]))
    nearest = target.starts[(target.starts[:, 0] - 0.4).abs().argmin()]
    assert torch.equal(target.project(x)[0], nearest)


def test_the_defence_is_a_fixed_function(defended: DefenseGAN, x: Tensor) -> None:
    assert torch.equal(defended(x), defended(x))
    alone = torch.cat([defended(one) for one in x.split(1)])
    assert torch.allclose(alone, defended(x), atol=1e-5)


def test_every_path_computes_the_same_and_each_its_own_gradient(
    defended: DefenseGAN, classifier: Linear, basis: Tensor
) -> None:
    w, plane = classifier.w.detach(), basis[:, :2]
    expected = {"none": 0 * w, "bpda": 2 * w, "unrolled": 2 * plane @ plane.T @ w, "latent": 0 * w}
    for path in DefenseGAN.PATHS:
        x = 0.4 + 0.2 * torch.rand(3, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
        ledger = Ledger(defended.by(path), x, torch.zeros(3, dtype=torch.long), norm="l2", eps=[1])
        x.requires_grad_()
        logits = ledger(x)
        assert torch.equal(logits, defended(x.detach()))
        (gradient,) = torch.autograd.grad((logits[:, 0] - logits[:, 1]).sum(), x)
        for row in gradient.flatten(1):
            assert torch.allclose(row, expected[path], atol=1e-4)


def run(
    target: nn.Module,
    x: Tensor,
    file: str,
    eps: list[float],
    *,
    gradient: Gradient = "exact",
    oblivious_of: nn.Module | None = None,
    **numbers: object,
) -> Trial:
    attack: Attack = plugin.load("tracks/attacks/attacks", file).ATTACK
    with torch.no_grad():
        y = target(x).argmax(1)
    ledger = Ledger(target, x, y, norm=attack.norm, eps=eps, headline=eps[0])
    return carry_out(
        file, attack, ledger, numbers, seed=0, gradient=gradient, oblivious_of=oblivious_of
    )


def accuracy(trial: Trial, eps: float) -> float:
    return float((trial.distance > eps).mean())


def test_defence_helps_the_ignorant_and_the_adaptive_attack_takes_it_back(
    defended: DefenseGAN, classifier: Linear, x: Tensor
) -> None:
    """The boundary is at 0.5 / sqrt(1 + OFF^2) = 0.16 without the defence and at 0.5 behind it; an
    attack along w, which does not know of it, gets there at 0.5 sqrt(1 + OFF^2) = 1.58."""
    images = torch.linalg.vector_norm(defended.reconstruct(x + 0.05) - (x + 0.05))
    assert images > 0.1  # the defence does change what it is given
    budgets = [0.14, 0.18, 0.45, 0.55, 1.4, 2.0]
    short = {"steps": 40, "losses": ["margin"]}
    bare = run(classifier, x, "pgd_l2", budgets, **short)
    assert [accuracy(bare, eps) for eps in budgets] == [1, 0, 0, 0, 0, 0]
    ignorant = run(defended, x, "pgd_l2", budgets, oblivious_of=classifier, **short)
    assert [accuracy(ignorant, eps) for eps in budgets] == [1, 1, 1, 1, 1, 0]
    adaptive = run(defended.by("unrolled"), x, "pgd_l2", budgets, gradient="unrolled", **short)
    assert [accuracy(adaptive, eps) for eps in budgets] == [1, 1, 1, 0, 0, 0]
    assert (ignorant.knowledge, adaptive.knowledge) == ("oblivious", "white box")


def test_a_hidden_gradient_looks_robust_and_is_flagged(defended: DefenseGAN, x: Tensor) -> None:
    hidden = defended.by("none")
    white = run(hidden, x, "pgd_l2", [0.8], losses=["margin"], steps=10)
    assert accuracy(white, 0.8) == 1.0  # false: the boundary is at 0.5
    black = run(hidden, x, "hopskipjump", [0.8], steps=8)
    assert accuracy(black, 0.8) < 0.5
    trials = [white, black]
    found = gates.of_trials(trials, {"l2": [0.8]}, {"l2": 0.8}, 0.5, defended=True)
    assert any("only by attacks that see no gradient" in flag.text for flag in found)
    y = hidden(x).argmax(1)
    assert "no gradient on 100%" in next(probing.of_target("it", hidden, x, y)).text
    for path in ("bpda", "unrolled"):
        exact = path == "unrolled"
        assert list(probing.of_target("it", defended.by(path), x, y, exact=exact)) == []
