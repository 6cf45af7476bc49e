"""Stacked digits, their judge, and the metrics of mode collapse."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from scipy.stats import chi2_contingency, entropy, multivariate_normal
from torch.nn import functional as F

from gbench.core import plugin
from gbench.protocol.controls import checks, controls
from gbench.protocol.evaluation import Court
from gbench.protocol.evidence import Evidence, Floats, Samples, Skip
from gbench.protocol.judge import Judge, Parts, build
from gbench.protocol.metrics._laws import Law, divergence
from gbench.zoo.data import digits, mnist, stacked_digits, stacked_mnist
from gbench.zoo.data._stacked import stacks
from gbench.zoo.shared.dataset import Dataset, Examples, split

SPLITS = ("train", "validation", "test")


# --- data ----------------------------------------------------------------------------------------


def keys(x: torch.Tensor) -> list[bytes]:
    """Images [N, H, W] as what can be looked up."""
    return [image.numpy().tobytes() for image in x]


def test_a_split_is_made_of_its_own_digits() -> None:
    """And each channel has the class that the label's decimal says."""
    single = digits.build(seed=3, validation=300, test=500)
    dataset = stacked_digits.build(
        seed=3, train=400, validation=200, test=300, digits_validation=300, digits_test=500
    )
    assert dataset.shape == (3, 8, 8)
    assert (dataset.classes, dataset.parts, dataset.levels) == (1000, 3, 16)
    used = {}
    for name, n in zip(SPLITS, (400, 200, 300), strict=True):
        x, y = getattr(dataset, name)
        assert (len(x), len(y)) == (n, n)
        own = getattr(single, name)
        classes = dict(zip(keys(own.x[:, 0]), own.y.tolist(), strict=True))
        for stack, label in zip(x, y.tolist(), strict=True):
            assert "".join(str(classes[key]) for key in keys(stack)) == f"{label:03d}"
        used[name] = set(keys(x.flatten(0, 1)))
    assert not used["train"] & used["test"]
    assert not used["train"] & used["validation"]
    assert not used["validation"] & used["test"]


def test_digits_are_drawn_evenly_and_independently() -> None:
    x = torch.arange(20.0).view(20, 1, 1, 1).expand(20, 1, 8, 8)
    made = stacks(Examples(x, torch.arange(20) % 10), 10, 40_000, torch.Generator().manual_seed(0))
    which = made.x[:, :, 0, 0].long()
    shares = torch.stack([torch.bincount(which[:, part], minlength=20) for part in range(3)])
    assert torch.allclose(shares / 40_000, torch.tensor(1 / 20), atol=0.005)
    for first, second in ((0, 1), (0, 2), (1, 2)):
        table = torch.bincount(20 * which[:, first] + which[:, second], minlength=400)
        assert 0.001 < chi2_contingency(table.view(20, 20).numpy()).pvalue < 0.999


def test_other_bases_than_ten() -> None:
    """With 3 classes the labels 2, 0, 1 are 2 * 9 + 0 * 3 + 1."""
    y = torch.tensor([0, 1, 2])
    made = stacks(Examples(y.view(3, 1, 1, 1).float(), y), 3, 500)
    expected = (made.x.view(500, 3) * torch.tensor([9.0, 3.0, 1.0])).sum(1)
    assert made.y.tolist() == expected.tolist()
    assert made.y.max() == 26


def test_the_seed_decides() -> None:
    small = {"train": 30, "validation": 5, "test": 5}
    first, again, other = (stacked_digits.build(seed=seed, **small) for seed in (1, 1, 2))
    assert first.train.x.equal(again.train.x)
    assert first.test.y.equal(again.test.y)
    assert not first.train.x.equal(other.train.x)


def test_stacked_mnist_is_made_of_mnist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fabricated(*, root: Path, seed: int, validation: int) -> Dataset:
        assert (root, seed, validation) == (tmp_path, 5, 40)
        generator = torch.Generator().manual_seed(0)
        x = torch.randint(256, (100, 1, 28, 28), generator=generator) / 255
        splits = split(x, torch.arange(100) % 10, seed=0, validation=validation, test=20)
        return Dataset("mnist", *splits, classes=10, source="MNIST", levels=255)

    monkeypatch.setattr(mnist, "build", fabricated)
    dataset = stacked_mnist.build(
        root=tmp_path, seed=5, train=50, validation=20, test=10, digits_validation=40
    )
    assert dataset.shape == (3, 28, 28)
    assert [len(getattr(dataset, name).x) for name in SPLITS] == [50, 20, 10]
    own = set(keys(fabricated(root=tmp_path, seed=5, validation=40).test.x[:, 0]))
    assert set(keys(dataset.test.x.flatten(0, 1))) <= own


def test_parts_are_stored(tmp_path: Path) -> None:
    """And files without them are of one part: those of data sets that have no stacks."""
    stacked_digits.build(train=20, validation=5, test=5).save(tmp_path / "stacked")
    digits.build().save(tmp_path / "digits")
    assert Dataset.load(tmp_path / "stacked").parts == 3
    assert Dataset.load(tmp_path / "digits").parts == 1
    with safe_open(tmp_path / "digits" / "data.safetensors", "pt") as file:
        assert "parts" not in json.loads(file.metadata()["card"])


# --- the judge -----------------------------------------------------------------------------------


def test_a_stack_is_judged_part_by_part() -> None:
    """Against the classifier on each channel by itself."""
    torch.manual_seed(0)
    network = Parts((3, 8, 8), 1000, parts=3, width=4, features=6).eval()
    x, y = torch.rand(50, 3, 8, 8), torch.randint(1000, (50,))
    features, logits = network(x)
    alone = [network.classifier(x[:, part : part + 1]) for part in range(3)]
    assert torch.allclose(features, torch.cat([f for f, _ in alone], 1), atol=1e-6)
    names = torch.stack([scores.argmax(1) for _, scores in alone], 1)
    assert logits.argmax(1).tolist() == (names * torch.tensor([100, 10, 1])).sum(1).tolist()
    each = (y // 100, y // 10 % 10, y % 10)
    losses = [F.cross_entropy(scores, k) for (_, scores), k in zip(alone, each, strict=True)]
    assert F.cross_entropy(logits, y).item() == pytest.approx(sum(losses).item(), rel=1e-5)
    assert logits.exp().sum(1).detach().numpy() == pytest.approx(np.ones(50), rel=1e-4)


def test_a_part_of_several_channels() -> None:
    """Two colour images of 4 classes: 16 classes, and the second image decides the lower digit."""
    torch.manual_seed(0)
    network = Parts((6, 9, 9), 16, parts=2, width=4, features=5).eval()
    x = torch.rand(7, 6, 9, 9)
    features, logits = network(x)
    assert (features.shape, logits.shape) == ((7, 10), (7, 16))
    second = network.classifier(x[:, 3:])[1].argmax(1)
    assert (logits.argmax(1) % 4).tolist() == second.tolist()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """1,000 stacked digits, and their judge."""
    root = tmp_path_factory.mktemp("stacks")
    dataset = stacked_digits.build(train=1000, validation=600, test=1000)
    dataset.save(root / "data")
    build(dataset, steps=300, width=8).save(root / "judge", dataset, seconds=1)
    return root / "data", root / "judge"


def test_the_judge_of_stacks_learns_digits(folders: tuple[Path, Path]) -> None:
    """Of test digits that it has not seen: those of `digits`, one by one."""
    judge, single = Judge.load(folders[1]), digits.build()
    assert isinstance(judge.network, Parts)
    with torch.inference_mode():
        named = judge.network.classifier(single.test.x)[1].argmax(1)
    accuracy = (named == single.test.y).float().mean().item()
    assert accuracy > 0.93
    stacked = judge.accuracy(Dataset.load(folders[0]).test)
    assert stacked == pytest.approx(accuracy**3, abs=0.04)


def test_files_of_stacks_go_through_the_court(folders: tuple[Path, Path]) -> None:
    court, dataset = Court.load(*folders), Dataset.load(folders[0])
    assert (court.classes, court.shape) == (1000, (3, 8, 8))
    assert court.test.features.shape == (1000, 3 * 64)
    seen = court.see(dataset.test.x.numpy())
    assert np.allclose(seen.features, court.test.features, atol=1e-4)
    assert np.array_equal(seen.labels, court.test.labels)
    logits = court.classify(court.test.features)  # log-probabilities of independent parts
    assert np.array_equal(logits.argmax(1), court.test.labels)
    assert np.exp(logits).sum(axis=1) == pytest.approx(1, abs=1e-4)
    turned = court.see(dataset.test.x.flip(1).numpy())
    assert np.array_equal(turned.labels // 100, seen.labels % 10)
    assert np.array_equal(turned.features[:, :64], seen.features[:, 128:])


def test_controls_of_stacks(folders: tuple[Path, Path]) -> None:
    record = controls(*folders, {"class_modes": {}, "class_mode_kl": {}, "fid": {}}, n=800, seed=0)
    value = {
        control: {metric: score["value"] for metric, score in scores.items()}
        for control, scores in record["controls"].items()
    }
    assert len(record["checks"]) == 4
    assert value["collapsed"]["class_modes"] == 1
    assert value["collapsed"]["class_mode_kl"] == pytest.approx(math.log(1000))
    expected = 1000 * (1 - (1 - 1 / 1000) ** 800)  # equal classes; unequal ones have fewer
    assert value["memoriser"]["class_modes"] == pytest.approx(expected, rel=0.1)


def test_blind_metrics_fail_their_controls() -> None:
    """A constant, whatever it is."""
    names = ("class_modes", "class_mode_kl", "kl_model_data", "kl_data_model")
    for constant in (0.0, 0.3, 5.0):
        blind = {name: {"value": constant, "note": ""} for name in names}
        found: dict[str, Any] = dict.fromkeys(("real", "memoriser", "collapsed", "noise"), blind)
        failed = " ".join(c["check"] for c in checks(found, 10) if not c["passed"])
        for name in ("class modes", "class mode KL", "kl_model_data", "kl_data_model"):
            assert name in failed


# --- counts of classes ---------------------------------------------------------------------------


def evidence(x: Floats, labels: object = -1, **known: Any) -> Evidence:
    named = np.broadcast_to(np.asarray(labels), len(x)).astype(int)
    side = Samples(x, x, named)
    return Evidence(side, side, side, x.shape[1:], **{"classes": 0, **known})


def score(name: str, seen: Evidence, **arguments: float) -> float:
    return plugin.load("protocol/metrics", name).METRIC.measure(seen, **arguments)


def classes(labels: object, k: int) -> Evidence:
    return evidence(np.zeros((np.size(labels), 1)), labels, classes=k)


def test_class_modes_by_hand() -> None:
    seen = classes([7, 7, 2, 999, 2, 0], 1000)
    assert score("class_modes", seen) == 4
    shares = np.zeros(1000)
    shares[[0, 2, 7, 999]] = np.array([1, 2, 2, 1]) / 6
    expected = entropy(shares, np.full(1000, 1 / 1000))
    assert score("class_mode_kl", seen) == pytest.approx(expected)


def test_class_mode_kl_at_its_ends() -> None:
    assert score("class_mode_kl", classes(np.arange(1000), 1000)) == pytest.approx(0, abs=1e-12)
    assert score("class_mode_kl", classes(np.zeros(9), 1000)) == pytest.approx(math.log(1000))


def test_class_mode_kl_of_a_perfect_sampler() -> None:
    """(K - 1) / (2n) at PacGAN's counts, 0.0192; all modes are reached."""
    rng, n = np.random.default_rng(0), 26_000
    draws = [classes(rng.integers(1000, size=n), 1000) for _ in range(20)]
    values = [score("class_mode_kl", seen) for seen in draws]
    assert np.mean(values) == pytest.approx(999 / (2 * n), rel=0.03)
    assert {score("class_modes", seen) for seen in draws} == {1000}


def test_class_modes_of_few_samples() -> None:
    """K (1 - (1 - 1/K)^n)."""
    rng = np.random.default_rng(0)
    found = [score("class_modes", classes(rng.integers(1000, size=700), 1000)) for _ in range(40)]
    assert np.mean(found) == pytest.approx(1000 * (1 - 0.999**700), rel=0.01)


@pytest.mark.parametrize("name", ["class_modes", "class_mode_kl"])
def test_without_labels_there_are_no_classes(name: str) -> None:
    with pytest.raises(Skip, match="no labels"):
        score(name, evidence(np.zeros((4, 1))))


# --- divergences from a known law ----------------------------------------------------------------

ANGLES = 2 * np.pi * np.arange(8) / 8
RING = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
DIRECTIONS = ("kl_model_data", "kl_data_model")


def around(centres: Floats, sigma: float, n: int, seed: int = 0) -> Floats:
    """n points of each of the Gaussians."""
    rng = np.random.default_rng([seed, 1])
    return np.repeat(centres, n, axis=0) + sigma * rng.normal(size=(n * len(centres), 2))


def both(
    x: Floats, centres: Floats, sigma: float, seed: int = 0, **arguments: float
) -> list[float]:
    """KL(g, r) and KL(r, g)."""
    seen = evidence(x, centres=centres, sigma=sigma, seed=seed)
    return [score(name, seen, **arguments) for name in DIRECTIONS]


def test_the_density_of_a_law() -> None:
    rng = np.random.default_rng(0)
    centres, x = rng.normal(size=(5, 3)), rng.normal(size=(600, 3))
    parts = [multivariate_normal(centre, 0.7**2).pdf(x) for centre in centres]
    assert np.allclose(Law(centres, 0.7).log_density(x), np.log(np.mean(parts, axis=0)))
    far = Law(centres, 1e-3).log_density(np.full((1, 3), 100.0))
    assert np.isfinite(far).all()


def test_draws_of_a_law_are_shared_evenly() -> None:
    x = Law(100.0 * np.arange(4)[:, None], 2.0).draw(3998, np.random.default_rng(0))
    assert np.bincount(np.rint(x[:, 0] / 100).astype(int)).tolist() == [1000] * 4
    assert (x[:, 0] - 100 * np.rint(x[:, 0] / 100)).std() == pytest.approx(2, rel=0.05)


def test_divergences_against_an_integral() -> None:
    """On a line, where the densities can be integrated on a fine grid."""
    first = Law(np.array([[-1.0], [0.5], [0.7]]), 0.4)
    second = Law(np.array([[0.0], [2.0]]), 0.6)
    line = np.linspace(-8, 9, 20_001)[:, None]
    for p, q in ((first, second), (second, first)):
        a, b = p.log_density(line), q.log_density(line)
        expected = float((np.exp(a) * (a - b)).sum() * (line[1, 0] - line[0, 0]))
        assert divergence(p, q, 100_000, seed=0) == pytest.approx(expected, rel=0.03)
        assert expected > 0.3


def test_the_divergence_of_a_shift() -> None:
    """|shift|^2 / (2 (sigma^2 + h^2)) in both directions."""
    sigma, shift = 0.2, np.array([0.5, -0.3])
    for bandwidth in (1.0, 2.0):
        expected = (shift**2).sum() / (2 * sigma**2 * (1 + bandwidth**2))
        x = around(np.zeros((1, 2)), sigma, 3000) + shift
        found = both(x, np.zeros((1, 2)), sigma, bandwidth=bandwidth)
        assert found[0] == pytest.approx(expected, rel=0.05)
        assert found[1] == pytest.approx(expected, rel=0.05)


def test_the_divergence_of_a_mode_collapsed_to_its_centre() -> None:
    """With a = h^2 / (sigma^2 + h^2) = 1/2: a - 1 - log a, and 1/a - 1 + log a."""
    found = both(np.zeros((2000, 2)), np.zeros((1, 2)), 0.1)
    assert found[0] == pytest.approx(math.log(2) - 1 / 2, abs=0.02)
    assert found[1] == pytest.approx(1 - math.log(2), abs=0.05)


def test_the_divergences_of_a_mode_of_two() -> None:
    """All samples at one centre: what is dropped costs half of d^2 / (2 h^2), and KL(g, r) log 2;
    both with what the collapse within the mode costs.
    """
    sigma, centres = 0.1, np.array([[0.0, 0.0], [3.0, 0.0]])
    towards_data, towards_model = both(np.zeros((3000, 2)), centres, sigma)
    assert towards_data == pytest.approx(math.log(2) + math.log(2) - 1 / 2, abs=0.02)
    assert towards_model == pytest.approx(9 / (4 * sigma**2) + 1 - math.log(4), rel=0.02)


@pytest.mark.parametrize("sigma", [0.01, 0.05])
def test_the_divergences_of_a_ring_without_one_mode(sigma: float) -> None:
    """KL(g, r) is log(8/7).  For KL(r, g) an eighth of the data lies at the next mode's edge: its
    cost is between that of smooth samples and that of samples at the mode's centre.
    """
    towards_data, towards_model = both(around(RING[1:], sigma, 350), RING, sigma)
    assert towards_data == pytest.approx(math.log(8 / 7), abs=0.015)
    gap = ((RING[0] - RING[1]) ** 2).sum()
    assert gap / (4 * sigma**2) / 8 < towards_model < gap / (2 * sigma**2) / 8


def test_the_divergences_of_samples_away_from_the_data() -> None:
    """Half of them, at distance d: KL(r, g) is log 2, KL(g, r) is d^2 / (8 sigma^2) less it."""
    sigma, away = 0.1, np.array([[0.0, 0.0], [0.0, 4.0]])
    towards_data, towards_model = both(around(away, sigma, 1500), away[:1], sigma)
    assert towards_data == pytest.approx(16 / (8 * sigma**2) - math.log(2), rel=0.02)
    assert towards_model == pytest.approx(math.log(2), abs=0.03)


@pytest.mark.parametrize("bandwidth", [1.0, 2.0])
def test_the_divergences_of_a_perfect_sampler(bandwidth: float) -> None:
    """About (K (1 + (sigma / h)^2)^2 - 1) / (2n): here of 8 modes and 800 points."""
    rng, n, found = np.random.default_rng(0), 800, []
    for seed in range(60):
        x = RING[rng.integers(8, size=n)] + 0.01 * rng.normal(size=(n, 2))
        found.append(both(x, RING, 0.01, seed, bandwidth=bandwidth))
    expected = (8 * (1 + bandwidth**-2) ** 2 - 1) / (2 * n)
    assert np.mean(found, axis=0) == pytest.approx([expected, expected], rel=0.2)


def test_a_lone_sample_is_no_gain() -> None:
    """One in a hundred far away costs a hundredth of its squared distance."""
    x = around(np.zeros((1, 2)), 0.1, 1980)
    x = np.concatenate([x, np.stack([np.arange(20), np.full(20, 30.0)], axis=1)])
    far = (x[-20:] ** 2).sum(1).mean() / (4 * 0.1**2)
    assert both(x, np.zeros((1, 2)), 0.1)[0] == pytest.approx(far / 100, rel=0.05)


@pytest.mark.parametrize("name", DIRECTIONS)
def test_only_a_known_mixture_has_divergences(name: str) -> None:
    with pytest.raises(Skip, match="no known modes"):
        score(name, evidence(np.zeros((4, 2))))
