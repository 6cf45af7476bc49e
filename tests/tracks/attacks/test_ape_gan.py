"""APE-GAN: what it learns, and what is left of it where its gradient is used."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from gbench.core.files import DataError
from gbench.tracks.attacks.defences import ape_gan
from gbench.tracks.attacks.measure import fortifying, training
from gbench.tracks.attacks.measure.fortifying import Sources, defaults
from gbench.tracks.attacks.measure.parts import Parts
from gbench.zoo.shared.dataset import Dataset, Examples
from tests.linear import Linear

CPU = torch.device("cpu")


def greys(n: int) -> Examples:
    """Even images, dark ones of class 1 and bright ones of class 0."""
    y = torch.arange(n) % 2
    level = 0.65 - 0.3 * y
    return Examples(level[:, None, None, None].expand(-1, 1, 8, 8).clone(), y)


@pytest.fixture
def classifier() -> nn.Module:
    """Heeds single pixels of either sign as much as the grey level."""
    torch.manual_seed(0)
    signs = torch.randint(0, 2, (64,)) * 2.0 - 1
    return Linear(0.2 + signs)


def parts(classifier: nn.Module) -> Parts:
    return Parts(lambda _: classifier, lambda _: None)


def numbers(**changes: object) -> dict[str, object]:
    return {**defaults(ape_gan.build), "rounds": 300, "lr": 2e-3, "width": 4, **changes}


def test_fgsm_budgets_are_drawn_and_kept(classifier: nn.Module) -> None:
    x, y = greys(200)
    moved = (ape_gan.perturbed(classifier, x, y, 0.2) - x).abs().flatten(1)
    assert (moved.amax(1) <= 0.2 + 1e-6).all()
    assert moved.amax(1).std() > 0.03  # of a uniform law up to 0.2: 0.058
    assert moved.amax(1).mean() == pytest.approx(0.1, abs=0.02)


def test_it_takes_the_perturbation_away(classifier: nn.Module) -> None:
    x, y = greys(200)
    cleaner = ape_gan.learn(parts(classifier), Examples(x, y), **numbers())  # type: ignore[arg-type]
    attacked = ape_gan.perturbed(classifier, x, y, 0.3)
    before, after = ((part - x).square().mean().item() for part in (attacked, cleaner(attacked)))
    assert after < before / 4
    assert (classifier(attacked).argmax(1) != y).float().mean() > 0.5
    assert (classifier(cleaner(attacked)).argmax(1) != y).float().mean() < 0.2


def test_its_paths_agree_and_one_hides_the_gradient(classifier: nn.Module) -> None:
    cleaner = ape_gan.network(parts(classifier), (1, 8, 8), width=4)
    defence = ape_gan.build(replace(parts(classifier), learnt=cleaner))
    x: Tensor = torch.rand(3, 1, 8, 8, requires_grad=True)
    exact, hidden = (defence.by(path)(x) for path in ("exact", "none"))
    assert torch.equal(exact, hidden)
    assert not hidden.requires_grad
    (slope,) = torch.autograd.grad(exact[:, 0].sum(), x)
    (expected,) = torch.autograd.grad(classifier(cleaner(x))[:, 0].sum(), x)
    assert torch.equal(slope, expected)


def test_what_it_learns_is_kept_in_a_folder(classifier: nn.Module, tmp_path: Path) -> None:
    data = Dataset("greys", greys(200), greys(20), greys(20), 2, "made up", levels=255)
    training.make(data, "mlp", {"width": 8}, tmp_path / "c/mlp", CPU, rounds=50)
    given, sources = numbers(classifier="mlp", rounds=30), Sources(tmp_path / "c", tmp_path, 0, CPU)
    fortifying.fortify(ape_gan, data, given, sources, tmp_path / "d")
    again = fortifying.load(tmp_path / "d", ape_gan, data, given, sources.parts())
    fresh = fortifying.untrained(ape_gan, data, given, sources.parts())
    x = data.test.x
    assert not torch.equal(again(x), fresh(x))
    learnt = ape_gan.learn(sources.parts(), data.train, **given)  # type: ignore[arg-type]
    assert torch.allclose(again(x), learnt(x), atol=1e-5)
    with pytest.raises(DataError, match="cannot be read"):
        fortifying.load(tmp_path / "nowhere", ape_gan, data, given, sources.parts())
