"""Generators of known faults: what each of them is, and what metrics make of them on real data."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gbench.core import plugin
from gbench.params import read
from gbench.protocol.evaluation import Court
from gbench.protocol.evidence import Floats, Ints, Samples
from gbench.protocol.judge import build
from gbench.tracks.generation.measure.record import SensitivityRecord
from gbench.tracks.generation.measure.sensitivity import generators
from gbench.tracks.generation.measure.sensitivity.generators import Draw, suited
from gbench.tracks.generation.measure.sensitivity.settings import Settings
from gbench.tracks.generation.measure.sensitivity.suite import sensitivity, split
from gbench.tracks.generation.page.seen import Verdict, judged, verdicts
from gbench.zoo.data import digits, mnist
from gbench.zoo.shared.dataset import Dataset, Examples, Mixture
from tests.records import keeps_its_type

ROOT = Path(__file__).parents[3]
METRICS: dict[str, Any] = read(ROOT / "params.yaml")["metrics"]
DATA_ROOT = os.environ.get("GBENCH_DATA_ROOT")
CENTRES = np.array([[0, 0], [4, 0], [0, 3], [9, 9]], dtype=np.float32)


def court(x: Floats, y: Ints, shape: tuple[int, ...], **more: Any) -> Court:
    """A court whose judge, not needed here, would see the true labels."""
    ends = ((0, 520), (520, 760), (760, 1000))
    parts = [Samples(x[a:b], x[a:b], y[a:b]) for a, b in ends]
    known: dict[str, Any] = {"centres": None, "sigma": 0.0, "levels": 15} | more
    classes = len(np.unique(y))
    return Court("d", shape, classes, known["levels"], *parts, known["centres"],
                 known["sigma"], {}, Path())  # fmt: skip


@pytest.fixture(scope="module")
def images() -> Draw:
    """120 of 480 held-out images of 5 classes; a class is told by a pixel, an image by the rest."""
    rng = np.random.default_rng(0)
    y = np.arange(1000) % 5
    x = rng.integers(16, size=(1000, 1, 4, 4)) / 15
    x[..., 0, 0] = y[:, None] / 15
    return split(court(x.reshape(1000, 16), y, (1, 4, 4)), 120, 0)[0]


@pytest.fixture(scope="module")
def points() -> Draw:
    rng = np.random.default_rng(0)
    y = np.arange(1000) % 4
    x = CENTRES[y] + 0.1 * rng.normal(size=(1000, 2)).astype(np.float32)
    made = court(x, y, (2,), centres=CENTRES, sigma=0.1, levels=0)
    return split(made, 120, 0)[0]


def made(draw: Draw, name: str) -> Floats:
    return suited(draw.court)[name].make(draw)


def among(x: Floats, pool: Floats) -> np.ndarray:
    """[N] whether each row of x is a row of the pool."""
    return np.array([(pool == row).all(1).any() for row in x])


def classes(x: Floats) -> Ints:
    return np.rint(15 * x[:, 0]).astype(int)


def different(x: Floats) -> int:
    return len(np.unique(x, axis=0))


def test_every_generator_makes_n_of_the_data(images: Draw, points: Draw) -> None:
    for draw in (images, points):
        for name, generator in suited(draw.court).items():
            x = generator.make(draw)
            assert x.shape == draw.real.x.shape, name
            assert np.isfinite(x).all(), name
            np.testing.assert_array_equal(x, generator.make(draw))
            assert generator.fault in ("overfitting", "diversity", "fidelity")
    assert len(suited(images.court)) == 19
    assert len(suited(points.court)) == 17


def test_a_draw_parts_held_out_data(images: Draw) -> None:
    other, reference = split(images.court, 120, 1)
    parts = [images.real.x, images.spare.x, split(images.court, 120, 0)[1].x]
    assert [len(part) for part in parts] == [120, 240, 120]
    assert different(np.concatenate(parts)) == 480
    assert not among(np.concatenate(parts), images.court.train.x).any()
    assert not np.array_equal(other.real.x, images.real.x)
    assert len(reference) == 120


def test_copies(images: Draw) -> None:
    train = images.court.train.x
    copies = made(images, "copies")
    assert among(copies, train).all()
    assert different(copies) == 120
    half = made(images, "half_copies")
    np.testing.assert_array_equal(half[:60], images.real.x[:60])
    assert among(half[60:], train).all()


def test_noisy_copies_move_by_a_share_of_the_usual_distance(points: Draw, images: Draw) -> None:
    for draw in (points, images):
        held_out, train = (x.astype(float) for x in (draw.real.x, draw.court.train.x))
        apart = np.median([np.linalg.norm(train - row, axis=1).min() for row in held_out])
        for name, share in {"near_copies": 0.25, "far_copies": 0.5}.items():
            moved = made(draw, name) - made(draw, "copies")
            size = np.sqrt((moved**2).sum(1).mean())
            assert 0.8 < size / (share * apart) < 1.2, name


def test_classes_go_missing(images: Draw) -> None:
    pool = np.concatenate([images.real.x, images.spare.x])
    for name, left in {"one_missing": 4, "half_missing": 3, "one_only": 1}.items():
        x = made(images, name)
        assert len(np.unique(classes(x))) == left, name
        assert among(x, pool).all()
        there = np.isin(classes(pool), classes(x)).sum()
        assert different(x) == min(120, there), name  # repeated only where there are no more
    assert there < 120
    counts = np.sort(np.bincount(classes(made(images, "imbalanced")), minlength=5))
    shares = np.array([0.1, 0.325, 0.55, 0.775, 1]) / 2.75
    np.testing.assert_allclose(counts, 120 * shares, atol=1)


def test_modes_go_missing(points: Draw) -> None:
    nearest = lambda x: np.linalg.norm(x[:, None] - CENTRES, axis=-1).argmin(1)  # noqa: E731
    for name, left in {"one_missing": 3, "half_missing": 2, "one_only": 1}.items():
        assert len(np.unique(nearest(made(points, name)))) == left, name


def test_examples_are_repeated(images: Draw) -> None:
    assert different(made(images, "one_repeated")) == 1
    assert different(made(images, "hundred_repeated")) == 30  # a quarter of 120
    x = np.arange(500, dtype=np.float32)[:, None]
    many = Draw(images.court, Samples(x, x, np.zeros(500, dtype=int)), images.spare, 0)
    values, counts = np.unique(generators.repeated(many, generators.FEW), return_counts=True)
    assert len(values) == 100
    assert (counts == 5).all()
    assert different(made(images, "mean")) == 1
    np.testing.assert_allclose(made(images, "mean")[0], images.court.train.x.mean(0), atol=1e-6)


def test_noise(images: Draw) -> None:
    x = made(images, "noise")
    assert abs(x.mean() - 0.5) < 0.03
    assert abs(x.std() - 12**-0.5) < 0.02
    half = made(images, "half_noise")
    np.testing.assert_array_equal(half[:60], images.real.x[:60])
    assert not among(half[60:], images.real.x).any()
    moved = made(images, "pixel_noise") - images.real.x
    assert abs(moved.std() - 0.1) < 0.006


CHANGES: list[tuple[Callable[[Floats], Floats], list[float]]] = [
    (generators.shifted, [0.0, 0.0, 0.2]),
    (lambda x: generators.quantised(x, 2), [0.0, 0.0, 1.0]),
    (lambda x: generators.quantised(x, 4), [0.0, 1 / 3, 1.0]),
    (generators.faded, [0.1, 0.26, 0.9]),
]


@pytest.mark.parametrize(("change", "row"), CHANGES)
def test_changes_of_pixels(change: Callable[[Floats], Floats], row: list[float]) -> None:
    images = np.tile(np.array([0.0, 0.2, 1.0]), (2, 1, 3, 1))
    np.testing.assert_allclose(change(images), np.tile(row, (2, 1, 3, 1)), atol=1e-12)


def test_blur_keeps_the_sum_and_has_its_width() -> None:
    dot = np.zeros((1, 2, 15, 15))
    dot[0, 0, 7, 7] = 1
    blurred = generators.blurred(dot)
    assert blurred[0, 1].max() == 0  # no channel reaches another
    assert abs(blurred.sum() - 1) < 1e-9
    variance = (blurred[0, 0].sum(0) * (np.arange(15) - 7) ** 2).sum()
    assert abs(variance - 0.49) < 0.03


def test_modes_are_bent(points: Draw) -> None:
    own = CENTRES[points.real.labels]
    offset = points.real.x - own
    np.testing.assert_allclose(made(points, "wider") - own, 2 * offset, atol=1e-5)
    np.testing.assert_allclose(made(points, "narrower") - own, offset / 2, atol=1e-5)
    assert abs((made(points, "jitter") - points.real.x).std() - 0.1) < 0.01
    x = made(points, "bridges")
    np.testing.assert_allclose(x[12:], points.real.x[12:])
    towards = np.array([2, 0, 0, 1])[points.real.labels[:12]]  # 9, 9 is as far from both
    step, way = x[:12] - points.real.x[:12], CENTRES[towards] - own[:12]
    of_four = points.real.labels[:12] != 3
    share = (step * way).sum(1) / (way * way).sum(1)
    assert ((share >= 0) & (share <= 1))[of_four].all()
    np.testing.assert_allclose(step[of_four], (share[:, None] * way)[of_four], atol=1e-5)
    assert share[of_four].std() > 0.1


def test_what_suits_the_data(images: Draw, points: Draw) -> None:
    grouped = {"one_missing", "half_missing", "one_only", "imbalanced"}
    plain = Court(**vars(images.court) | {"classes": 0})
    assert set(suited(images.court)) - set(suited(plain)) == grouped
    assert "blur" not in suited(points.court)
    assert "bridges" not in suited(images.court)
    cloud = Court(**vars(points.court) | {"classes": 0, "centres": None})
    assert set(suited(points.court)) - set(suited(cloud)) == grouped | {
        *("bridges", "wider", "narrower", "jitter")
    }


def test_targets_of_metrics_are_generators(images: Draw, points: Draw) -> None:
    known = {*suited(images.court), *suited(points.court)}
    for name in plugin.names("protocol/metrics"):
        assert set(plugin.load("protocol/metrics", name).METRIC.targets) <= known, name


def told(record: dict[str, Any]) -> dict[str, dict[str, Verdict]]:
    """By generator and metric."""
    kind = "points" if record["protocol"].get("extractor") == "coordinates" else "images"
    loaded = {name: plugin.load("protocol/metrics", name).METRIC for name in METRICS}
    columns = judged(record, {name: m for name, m in loaded.items() if kind in m.kinds})
    return {
        generator: {metric: column[generator] for metric, column in columns.items()}
        for generator in record["generators"]
    }


def words(row: dict[str, Verdict], axis: str) -> list[str]:
    """Of the metrics of an axis that are switched on."""
    return [
        verdict.word
        for metric, verdict in row.items()
        if plugin.load("protocol/metrics", metric).METRIC.axis == axis
    ]


def check_images(rows: dict[str, dict[str, Verdict]]) -> None:
    """What must hold on every set of labelled images."""
    assert not [m for m, verdict in rows["held_out"].items() if verdict.word != "does not see"]
    assert words(rows["copies"], "overfitting").count("sees") >= 2
    for metric in {"fid", "kid"} & rows["copies"].keys():
        assert rows["copies"][metric].word != "sees"
    for metric in ("recall", "coverage", "class_kl"):
        assert rows["one_only"][metric].word == "sees", metric
    for metric in ("fid", "nn_ratio"):
        assert rows["noise"][metric].word == "sees", metric


def test_what_metrics_see_on_digits(tmp_path: Path) -> None:
    dataset = digits.build()
    dataset.save(tmp_path / "data")
    build(dataset, steps=400).save(tmp_path / "judge", dataset, seconds=1)
    settings = Settings(draws=6, n=300, seed=0, without=["inception_fid"])
    record = sensitivity(tmp_path / "data", tmp_path / "judge", METRICS, 400, settings)
    keeps_its_type(record, SensitivityRecord)
    json.dumps(record, allow_nan=False)
    assert record["protocol"]["n_generated"] == 300
    assert len(record["held_out"]) == 6
    check_images(told(record))


def test_what_metrics_see_in_a_mixture(tmp_path: Path) -> None:
    rng, centres = torch.Generator().manual_seed(0), torch.tensor(CENTRES)
    y = torch.arange(4000) % 4
    x = centres[y] + 0.1 * torch.randn(4000, 2, generator=rng)
    splits = (Examples(x[a:b], y[a:b]) for a, b in ((0, 3200), (3200, 3600), (3600, 4000)))
    dataset = Dataset("four", *splits, classes=4, source="", mixture=Mixture(centres, 0.1))
    dataset.save(tmp_path / "data")
    build(dataset).save(tmp_path / "judge", dataset, seconds=0)
    settings = Settings(draws=8, n=1000, seed=0, without=[])
    rows = told(sensitivity(tmp_path / "data", tmp_path / "judge", METRICS, 1000, settings))
    assert {verdict.word for verdict in rows["held_out"].values()} == {"does not see"}
    assert words(rows["copies"], "overfitting").count("sees") >= 2
    assert rows["one_missing"]["modes"].word == rows["one_missing"]["mode_kl"].word == "sees"
    assert rows["one_missing"]["high_quality"].word == "does not see"
    assert rows["narrower"]["high_quality"].word == "praises"
    assert rows["bridges"]["high_quality"].word == "sees"
    assert rows["noise"]["nn_ratio"].word == "sees"


@pytest.mark.skipif(not DATA_ROOT, reason="GBENCH_DATA_ROOT names no folder of real data")
def test_what_metrics_see_on_mnist(tmp_path: Path) -> None:
    whole = mnist.build(root=Path(str(DATA_ROOT)))
    small = {"train": 2000, "validation": 250, "test": 250}
    cut = {k: Examples(*(t[:n] for t in getattr(whole, k))) for k, n in small.items()}
    dataset = Dataset("mnist", **cut, classes=10, source="", levels=255)
    dataset.save(tmp_path / "data")
    build(dataset, width=4, steps=120).save(tmp_path / "judge", dataset, seconds=1)
    settings = Settings(draws=5, n=250, seed=0, without=["inception_fid"])
    check_images(told(sensitivity(tmp_path / "data", tmp_path / "judge", METRICS, 250, settings)))


def test_verdicts_of_known_p() -> None:
    """Means 2 and 4, spread 1, three draws: t^2 = 4 / (2 / 3), and with two degrees of freedom
    p = 1 - t / sqrt(2 + t^2)."""
    metric = plugin.load("protocol/metrics", "fid").METRIC
    p = 1 - (6 / (2 + 6)) ** 0.5
    (one,) = verdicts(metric, [1.0, 2.0, 3.0], [[3.0, 3.0, 6.0]])
    assert (one.p, one.effect) == (pytest.approx(p), pytest.approx(2.0))
    assert (one.held_out, one.spread, one.value) == (2.0, 1.0, 4.0)
    assert one.word == "does not see"  # p is 0.13
    two = verdicts(metric, [1.0, 2.0, 3.0], [[3.0, 3.0, 6.0], [1.0, 2.0, 3.0]])
    assert [v.p for v in two] == [pytest.approx(2 * p), 1.0]  # Holm
