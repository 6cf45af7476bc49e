"""Data sets: shapes, splits, exact storage, and clear words for bad files."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gbench.core.files import DataError
from gbench.zoo import data
from gbench.zoo.data import _idx, cifar10, digits, folder, grid, ring
from gbench.zoo.shared.dataset import Dataset, split


def test_splits_are_disjoint_whole_and_seeded() -> None:
    x, y = torch.arange(50.0)[:, None], torch.arange(50)
    first = split(x, y, seed=1, validation=10, test=15)
    assert [len(part.x) for part in first] == [25, 10, 15]
    assert sorted(torch.cat([part.y for part in first]).tolist()) == list(range(50))
    again = split(x, y, seed=1, validation=10, test=15)
    other = split(x, y, seed=2, validation=10, test=15)
    assert first[0].y.equal(again[0].y)
    assert not first[0].y.equal(other[0].y)
    with pytest.raises(DataError, match="nothing to train on"):
        split(x, y, seed=0, validation=25, test=25)


@pytest.mark.parametrize("build", [digits.build, ring.build, grid.build])
def test_saved_and_loaded_exactly(build, tmp_path: Path) -> None:
    dataset = build()
    dataset.save(tmp_path)
    loaded = Dataset.load(tmp_path)
    for name in ("train", "validation", "test"):
        assert getattr(loaded, name).x.equal(getattr(dataset, name).x)
        assert getattr(loaded, name).y.equal(getattr(dataset, name).y)
    assert (loaded.kind, loaded.classes, loaded.source) == (
        dataset.kind, dataset.classes, dataset.source,
    )  # fmt: skip


def test_digits_are_scikit_learns() -> None:
    dataset = digits.build()
    assert dataset.shape == (1, 8, 8)
    parts = [dataset.train, dataset.validation, dataset.test]
    assert [len(part.x) for part in parts] == [997, 400, 400]
    counts = torch.bincount(torch.cat([part.y for part in parts]))
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_ring_and_grid_are_pacgans() -> None:
    first, second = ring.build(), grid.build()
    assert (len(first.train.x), len(first.test.x)) == (100_000, 2_500)
    assert torch.allclose(first.mixture.centres.norm(dim=1), torch.ones(8))
    assert first.mixture.sigma == 0.01
    assert sorted(set(second.mixture.centres.flatten().tolist())) == [-4, -2, 0, 2, 4]
    assert second.mixture.sigma == 0.05
    for dataset in (first, second):
        away = (dataset.train.x - dataset.mixture.centres[dataset.train.y]).norm(dim=1)
        inside = (away <= 3 * dataset.mixture.sigma).float().mean().item()
        assert inside == pytest.approx(1 - np.exp(-4.5), abs=0.0015)  # 2-D normal within 3 sigma


def picture(path: Path, size: tuple[int, int], value: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, 0, 255)).save(path)


def test_folder_with_classes(tmp_path: Path) -> None:
    for label in ("cats", "dogs"):
        for i in range(10):
            picture(tmp_path / label / f"{i}.png", (40, 30), 10 * i)
    dataset = folder.build(path=str(tmp_path), size=16, validation=0.2, test=0.2)
    assert dataset.shape == (3, 16, 16)
    assert dataset.classes == 2
    assert [len(p.x) for p in (dataset.train, dataset.validation, dataset.test)] == [12, 4, 4]
    assert dataset.train.x[:, 2].eq(1).all()
    assert folder.build(path=str(tmp_path), size=16, colour=False).shape == (1, 16, 16)


def test_folder_without_classes(tmp_path: Path) -> None:
    for i in range(10):
        picture(tmp_path / f"{i}.jpg", (20, 20), 0)
    dataset = folder.build(path=str(tmp_path), size=8)
    assert dataset.classes == 0
    assert dataset.train.y.eq(-1).all()


def test_folder_crops_the_centre_of_the_longer_side(tmp_path: Path) -> None:
    stripes = np.zeros((8, 24, 3), np.uint8)
    stripes[:, 8:16] = 255
    Image.fromarray(stripes).save(tmp_path / "a.png")
    Image.fromarray(stripes).save(tmp_path / "b.png")
    dataset = folder.build(path=str(tmp_path), size=8, validation=0, test=0)
    assert dataset.train.x.eq(1).all()


def test_folder_faults_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no folder"):
        folder.check(path=str(tmp_path / "absent"))
    with pytest.raises(DataError, match="no image under"):
        folder.check(path=str(tmp_path))
    (tmp_path / "a").mkdir()
    picture(tmp_path / "a" / "1.png", (9, 9), 0)
    (tmp_path / "a" / "2.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"2\.png cannot be read"):
        folder.build(path=str(tmp_path))
    picture(tmp_path / "3.png", (9, 9), 0)
    with pytest.raises(DataError, match="both beside and inside"):
        folder.check(path=str(tmp_path))


def test_stored_data_that_are_torn_say_so(tmp_path: Path) -> None:
    digits.build().save(tmp_path)
    file = tmp_path / "data.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"data\.safetensors cannot be read"):
        Dataset.load(tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        Dataset.load(tmp_path / "absent")


def test_idx_files_missing_or_corrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.datasets import MNIST

    monkeypatch.setattr(MNIST, "mirrors", [f"file://{tmp_path}/nowhere/"])
    checksums = {"train-images-idx3-ubyte": "0" * 32}
    with pytest.raises(DataError, match="cannot be downloaded"):
        _idx.build("mnist", MNIST, checksums, root=tmp_path, seed=0, validation=1)
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"torn")
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte is corrupt"):
        _idx.build("mnist", MNIST, checksums, root=tmp_path, seed=0, validation=1)


def test_cifar_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.datasets import CIFAR10

    monkeypatch.setattr(CIFAR10, "url", f"file://{tmp_path}/nowhere.tar.gz")
    with pytest.raises(DataError, match="CIFAR-10 is not whole"):
        cifar10.build(root=tmp_path)


def test_cifar_as_torchvision_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree in CIFAR-10's own format, of random pixels, with its own checksums."""
    import hashlib
    import pickle

    from torchvision.datasets import CIFAR10

    base = tmp_path / CIFAR10.base_folder
    base.mkdir()
    rng = np.random.default_rng(0)
    sums: dict[str, str] = {}
    for name, _ in [*CIFAR10.train_list, *CIFAR10.test_list]:
        content = {"data": rng.integers(0, 256, (20, 3072), dtype=np.uint8), "labels": [1] * 20}
        (base / name).write_bytes(pickle.dumps(content))
        sums[name] = hashlib.md5((base / name).read_bytes()).hexdigest()
    (base / "batches.meta").write_bytes(pickle.dumps({"label_names": list("abcdefghij")}))
    sums["batches.meta"] = hashlib.md5((base / "batches.meta").read_bytes()).hexdigest()
    for which in ("train_list", "test_list"):
        listed = [[name, sums[name]] for name, _ in getattr(CIFAR10, which)]
        monkeypatch.setattr(CIFAR10, which, listed)
    monkeypatch.setattr(CIFAR10, "meta", CIFAR10.meta | {"md5": sums["batches.meta"]})
    dataset = cifar10.build(root=tmp_path, validation=10)
    assert dataset.shape == (3, 32, 32)
    assert [len(p.x) for p in (dataset.train, dataset.validation, dataset.test)] == [90, 10, 20]
    first = pickle.loads((base / "test_batch").read_bytes())["data"][0]
    assert (dataset.test.x[0] * 255).round().byte().flatten().tolist() == first.tolist()


@pytest.mark.skipif("GBENCH_DATA_ROOT" not in os.environ, reason="needs the real files")
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_official_files(name: str) -> None:
    params = {"datasets": {name: {"seed": 0, "validation": 10_000}}, "data_root": "absent"}
    dataset = data.prepare(params, name)
    assert dataset.shape == (1, 28, 28)
    assert [len(p.x) for p in (dataset.train, dataset.validation, dataset.test)] == [
        50_000, 10_000, 10_000,
    ]  # fmt: skip
    raw = Path(os.environ["GBENCH_DATA_ROOT"]) / ("MNIST" if name == "mnist" else "FashionMNIST")
    images = (raw / "raw" / "t10k-images-idx3-ubyte").read_bytes()[16:]
    labels = (raw / "raw" / "t10k-labels-idx1-ubyte").read_bytes()[8:]
    official = [(images[784 * i : 784 * (i + 1)], labels[i]) for i in range(10_000)]
    pixels = (dataset.test.x * 255).round().byte().flatten(1).numpy()
    ours = [(row.tobytes(), y) for row, y in zip(pixels, dataset.test.y.tolist(), strict=True)]
    assert sorted(ours) == sorted(official)
    early = {*official[:5000]}  # MNIST's first half is of other writers: a sample has half of each
    assert 2300 < sum(one in early for one in ours[:5000]) < 2700
