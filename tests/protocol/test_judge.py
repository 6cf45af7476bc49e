"""The judge: accuracy, determinism, storage, all kinds of data."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from gbench.core.files import DataError, read_json
from gbench.protocol.judge import Judge, build
from gbench.protocol.record import JudgeCard
from gbench.zoo.data import digits
from gbench.zoo.shared.dataset import Dataset, Mixture, split
from tests.records import keeps_its_type


def images(shape: tuple[int, ...], classes: int, n: int = 90) -> Dataset:
    """Noise, brighter by class."""
    y = torch.arange(n) % max(classes, 1)
    x = (torch.rand(n, *shape) + y.view(-1, 1, 1, 1)) / max(classes, 1)
    splits = split(x, y if classes else torch.full((n,), -1), seed=0, validation=20, test=20)
    return Dataset("noise", *splits, classes=classes, source="", levels=255)


def points(n: int = 60) -> Dataset:
    centres = torch.tensor([[0.0, 0.0], [5.0, 5.0]])
    y = torch.arange(n) % 2
    splits = split(centres[y] + 0.1 * torch.randn(n, 2), y, seed=0, validation=10, test=10)
    return Dataset("two", *splits, classes=2, source="", mixture=Mixture(centres, 0.1))


def test_digits_are_judged_well() -> None:
    dataset = digits.build()
    judge = build(dataset, steps=400)
    accuracy = judge.accuracy(dataset.test)
    assert accuracy is not None
    assert accuracy >= 0.97


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 13), (1, 28, 28), (3, 32, 32), (3, 64, 64)])
@pytest.mark.parametrize("classes", [0, 3])
def test_any_image_shape(shape: tuple[int, ...], classes: int) -> None:
    dataset = images(shape, classes)
    judge = build(dataset, steps=2, width=4, features=8, batch=16)
    features, logits = judge.features(dataset.test.x, chunk=7)
    assert features.shape == (20, 8)
    assert features.dtype == np.float64
    assert (logits is None) == (classes == 0)
    if logits is not None:
        assert logits.shape == (20, 3)


@pytest.mark.parametrize(
    "dataset", [images((1, 8, 8), 3), images((3, 8, 8), 0), points()], ids=["cnn", "pca", "points"]
)
def test_save_and_load(dataset: Dataset, tmp_path: Path) -> None:
    judge = build(dataset, steps=2)
    judge.save(tmp_path / "judge", dataset, seconds=1)
    loaded = Judge.load(tmp_path / "judge")
    card = read_json(tmp_path / "judge/card.json")
    keeps_its_type(card, JudgeCard)
    assert loaded.hash == judge.hash == card["hash"]
    assert len(card["hash"]) == 12
    features, _ = loaded.features(dataset.test.x)
    assert np.array_equal(features, judge.features(dataset.test.x)[0])
    assert card["features"] == features.shape[1]


def test_same_seed_same_judge() -> None:
    dataset = images((1, 8, 8), 3)
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    first, again, other = (build(dataset, steps=2, seed=seed).hash for seed in (0, 0, 1))
    assert first == again != other
    assert torch.equal(torch.random.get_rng_state(), state)


def test_test_split_is_not_looked_at() -> None:
    def poisoned(x: Tensor) -> Tensor:
        return torch.full_like(x, torch.nan)

    for dataset in (images((1, 8, 8), 3), images((1, 8, 8), 0)):
        blind = Dataset(
            "blind",
            dataset.train,
            dataset.validation._replace(x=poisoned(dataset.validation.x)),
            dataset.test._replace(x=poisoned(dataset.test.x)),
            classes=dataset.classes,
            source="",
            levels=255,
        )
        assert build(blind, steps=2).hash == build(dataset, steps=2).hash


def test_principal_components_against_svd() -> None:
    """The same projections, up to signs; without labels."""
    x = torch.randn(80, 1, 8, 8) * torch.linspace(0.5, 2, 64).view(1, 1, 8, 8) ** 8
    splits = split(x, torch.full((80,), -1), seed=0, validation=10, test=10)
    dataset = Dataset("plain", *splits, classes=0, source="", levels=255)
    judge = build(dataset, features=4)
    found, _ = judge.features(dataset.train.x)
    flat = dataset.train.x.flatten(1).double()
    centred = flat - flat.mean(0)
    expected = (centred @ torch.linalg.svd(centred, full_matrices=False)[2][:4].T).numpy()
    assert np.allclose(np.abs(found), np.abs(expected), atol=1e-2 * np.abs(expected).max())


def test_fewer_images_than_components() -> None:
    dataset = images((1, 8, 8), 0, n=50)
    features, _ = build(dataset).features(dataset.test.x)
    assert features.shape == (20, 9)  # 10 training images span 9 dimensions about their mean


def test_small_images_are_refused() -> None:
    with pytest.raises(DataError, match="at least 8 x 8"):
        build(images((1, 7, 9), 3))


def test_damage_is_told(tmp_path: Path) -> None:
    dataset = images((1, 8, 8), 3)
    folder = tmp_path / "judge"
    with pytest.raises(DataError, match=r"card\.json"):
        Judge.load(folder)
    build(dataset, steps=2).save(folder, dataset, seconds=1)
    other = tmp_path / "other"
    build(dataset, steps=2, seed=1).save(other, dataset, seconds=1)
    weights = folder / "judge.safetensors"
    kept = weights.read_bytes()
    weights.write_bytes((other / "judge.safetensors").read_bytes())
    with pytest.raises(DataError, match="its card says"):
        Judge.load(folder)
    weights.write_bytes(kept[:100])
    with pytest.raises(DataError, match=r"judge\.safetensors cannot be read"):
        Judge.load(folder)
    weights.unlink()
    with pytest.raises(DataError, match=r"judge\.safetensors cannot be read"):
        Judge.load(folder)
