"""Probes of latent spaces against models whose answers are known."""

import dataclasses
import inspect
import itertools
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.metrics import normalized_mutual_info_score
from torch import Tensor

from gbench.core import plugin
from gbench.core.game import Game, Unsuitable
from gbench.protocol.evaluation import Court
from gbench.protocol.evidence import Samples, Skip
from gbench.tracks.generation.measure.latent import (
    arithmetic,
    codes,
    conditioning,
    interpolation,
    prior,
    probe,
    reconstruction,
    truncation,
)
from gbench.tracks.generation.measure.latent.settings import Settings
from gbench.tracks.generation.measure.latent.suite import POINTS, suite
from gbench.tracks.generation.measure.record import LatentRecord
from gbench.zoo.shared.run import make
from tests.records import keeps_its_type

K = 10
SHAPE = (1, 2, 5)  # an image has a pixel a class; the oracle names the brightest
SETTINGS = Settings(
    n=60, pairs=60, steps=5, samples=400, moves=1800, truncations=[0.5, 8.0], shown=3
)


class Oracle(Court):
    """Sees the brightest pixel; its features are the pixels."""

    def see(self, x: np.ndarray) -> Samples:
        flat = x.reshape(len(x), -1).astype(np.float32)
        return Samples(flat, flat, flat.argmax(1))


def court(n: int = 80, classes: int = K) -> Oracle:
    splits = []
    for seed in range(3):
        draw = np.random.default_rng(seed)
        labels = np.arange(n) % K
        x = (0.8 * np.eye(K)[labels] + 0.1 * draw.random((n, K))).astype(np.float32)
        splits.append(Samples(x, x, labels))
    return Oracle("d", SHAPE, classes, 255, *splits, None, 0.0, {}, Path())


def case(seed: int = 0, **changes: Any) -> probe.Case:
    settings = SETTINGS._replace(**changes)
    there = court()
    return probe.Case(there, there.test.labels, settings, seed)


class Plain(Game):
    """A game on a device; what it can do is given by its subclasses."""

    latent = K

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("here", torch.zeros(1))


class Linear(Plain):
    """The code is the image: a class is a direction, and all of them are orthogonal."""

    def noise(self, n: int) -> Tensor:
        return torch.eye(K)[torch.randint(K, (n,))] + 0.02 * torch.randn(n, K)

    def decode(self, z: Tensor) -> Tensor:
        return z.unflatten(1, SHAPE)

    def encode(self, x: Tensor) -> Tensor:
        return x.flatten(1)


class Constant(Linear):
    def decode(self, z: Tensor) -> Tensor:
        return torch.eye(K)[3].expand(len(z), K).unflatten(1, SHAPE)


def value(probed: probe.Probed, measure: str, against: str | None = None) -> float | None:
    """The value of a measure, or its baseline; there is exactly one."""
    rows = [r for r in probed.rows if r.measure == measure and against in (None, r.against)]
    found = {row.value if against is None else row.baseline for row in rows}
    assert len(found) == 1
    return found.pop()


def test_the_great_circle() -> None:
    draw = np.random.default_rng(0)
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) * 3 for x in draw.normal(size=(2, 50, 7)))
    np.testing.assert_allclose(prior.slerp(a, b, 0.0), a, atol=1e-5)
    np.testing.assert_allclose(prior.slerp(a, b, 1.0), b, atol=1e-5)
    middle = (a + b) / np.linalg.norm(a + b, axis=1, keepdims=True) * 3
    np.testing.assert_allclose(prior.slerp(a, b, 0.5), middle, atol=1e-5)
    for t in (0.1, 0.3, 0.9):
        between = prior.slerp(a, b, t)
        np.testing.assert_allclose(np.linalg.norm(between, axis=1), 3, atol=1e-5)
        angle = np.arccos((between * a).sum(1) / 9)
        np.testing.assert_allclose(angle, t * np.arccos((a * b).sum(1) / 9), atol=1e-4)
    np.testing.assert_allclose(prior.slerp(a, 2 * a, 0.25), 1.25 * a, rtol=1e-5)  # parallel
    np.testing.assert_allclose(
        prior.between(a, b, 0.25, normal=False), 0.75 * a + 0.25 * b, atol=1e-6
    )


def test_middles_of_great_circles_have_the_length_of_the_codes() -> None:
    """Why not the straight line: its middles are shorter by the root of two."""
    a, b = np.random.default_rng(0).normal(size=(2, 500, 64)).astype(np.float32)
    lengths = [
        float(np.linalg.norm(prior.between(a, b, 0.5, normal=normal), axis=1).mean())
        for normal in (True, False)
    ]
    assert lengths[0] == pytest.approx(8, rel=0.02)
    assert lengths[1] == pytest.approx(8 / math.sqrt(2), rel=0.02)


@pytest.mark.parametrize("name", plugin.names("zoo/models"))
def test_prior_codes_are_those_that_samples_are_made_of(name: str) -> None:
    torch.manual_seed(0)
    known = inspect.signature(plugin.load("zoo/models", name).build).parameters
    small = {"width": 8, "latent": 3, "hidden": 8, "components": 2, "ridge": 0.1, "couplings": 2}
    if name == "gaussian":
        del small["components"]
    try:
        game = make(name, (1, 8, 8), 3, {k: v for k, v in small.items() if k in known}).eval()
    except Unsuitable:
        pytest.skip("not for images")
    if not hasattr(game, "decode"):
        with pytest.raises(Skip, match="no decode"):
            prior.require_decoder(game)
        return
    game.fit(torch.rand(40, 1, 8, 8), 0)
    drawn = prior.draw(game, 6, seed=5)
    with probe.seeded(5):
        expected = game.sample(6).numpy()
    made = probe.through(game, "decode", drawn.codes)
    levels = getattr(game, "levels", 0)  # a flow's samples are rounded to grey levels
    np.testing.assert_allclose(made.clip(0, 1), expected, atol=0.51 / levels if levels else 1e-5)
    if hasattr(game, "encode"):  # what it encodes, it can decode
        there = probe.through(game, "encode", expected)
        assert there.shape == drawn.codes.shape
        assert probe.through(game, "decode", there).shape == expected.shape
    own = ("density", "codes", "prior")
    assert drawn.normal == (not any(hasattr(game, name) for name in own))


def test_drawing_leaves_the_random_state_alone() -> None:
    before = torch.get_rng_state()
    first = prior.draw(Linear(), 5, seed=1).codes
    assert before.equal(torch.get_rng_state())
    np.testing.assert_array_equal(first, prior.draw(Linear(), 5, seed=1).codes)
    assert not np.array_equal(first, prior.draw(Linear(), 5, seed=2).codes)


def test_arithmetic_with_orthogonal_classes_always_succeeds() -> None:
    found = arithmetic.probe(Linear(), case())
    assert value(found, "class") == 1
    assert value(found, "image_class") == 1
    draw = np.random.default_rng(9)  # from e_0, a random way of length sqrt(2)
    way = draw.normal(size=(200_000, K))
    way *= math.sqrt(2) / np.linalg.norm(way, axis=1, keepdims=True)
    ends = (np.eye(K)[0] + way).argmax(1)
    expected = float((ends == 1).mean())
    assert 0.01 < expected < 1 / K
    assert value(found, "class", "random direction") == pytest.approx(expected, abs=0.02)
    assert value(found, "class", "shuffled labels") == pytest.approx(expected, abs=0.03)
    assert found.pictures["classes"].shape == (K, K, *SHAPE)
    np.testing.assert_array_equal(
        found.pictures["classes"].reshape(K, K, K).argmax(2), np.tile(np.arange(K), (K, 1))
    )


def test_where_the_class_is_lost_arithmetic_gives_one_in_k() -> None:
    """A decoder whose class is a hash of the code: any move ends in a class at random."""

    class Scrambled(Linear):
        def decode(self, z: Tensor) -> Tensor:
            hashed = 1e4 * (1e3 * z[:, 0]).sin()
            return torch.eye(K)[hashed.long() % K].unflatten(1, SHAPE)

        def noise(self, n: int) -> Tensor:
            return torch.randn(n, K)

    found = arithmetic.probe(Scrambled(), case())
    for against in (None, *arithmetic.CHANCES):
        assert value(found, "class", against) == pytest.approx(1 / K, abs=0.025)


def test_a_constant_decoder_gives_chance() -> None:
    found = arithmetic.probe(Constant(), case())
    for name, chance in (("class", 0.0), ("ink", 0.5), ("slant", 0.5), ("image_ink", 0.5)):
        for against in (None, *arithmetic.CHANCES):
            assert value(found, name, against) == chance
    assert (found.pictures["ink"].reshape(2, 7, K).argmax(2) == 3).all()


def test_a_stroke_that_is_a_direction_obeys() -> None:
    class Bright(Plain):
        """Ink is the first number of the code; the others change nothing."""

        def noise(self, n: int) -> Tensor:
            return 0.1 * torch.randn(n, K)

        def decode(self, z: Tensor) -> Tensor:
            return (0.5 + z[:, :1]).expand(-1, K).unflatten(1, SHAPE)

    found = arithmetic.probe(Bright(), case(samples=4000))
    assert value(found, "ink") == 1
    assert value(found, "ink", "random direction") == pytest.approx(0.5, abs=0.04)
    assert value(found, "ink", "shuffled labels") == pytest.approx(0.5, abs=0.1)
    amounts = found.pictures["ink"].mean(axis=(2, 3, 4))
    assert (np.diff(amounts, axis=1) > 0).all()


def test_ink_and_slant_in_closed_form() -> None:
    images = np.zeros((3, 1, 9, 9), dtype=np.float32)
    rows = np.arange(9)
    images[0, 0, rows, 4] = 1  # upright
    images[1, 0, rows, 8 - rows] = 0.5  # a column to the right, a row upwards
    np.testing.assert_allclose(arithmetic.ink(images), [1 / 9, 1 / 18, 0])
    np.testing.assert_allclose(arithmetic.slant(images), [0, 1, 0], atol=1e-9)
    np.testing.assert_allclose(arithmetic.slant(images[..., ::-1]), [0, -1, 0], atol=1e-9)


def test_means_by_class() -> None:
    found = arithmetic.means(np.array([[1.0, 2], [3, 4], [9, 9]]), np.array([0, 0, 2]), 3)
    np.testing.assert_array_equal(found[[0, 2]], [[2, 3], [9, 9]])
    assert np.isnan(found[1]).all()


def test_colour_images_and_data_without_classes_say_why() -> None:
    shape = (5, 1, 2)

    class Colourful(Linear):
        def decode(self, z: Tensor) -> Tensor:
            return z.unflatten(1, shape)

    there = dataclasses.replace(court(), shape=shape, classes=0)
    asked = probe.Case(there, np.full(80, -1), SETTINGS, 0)
    found = [probe_(Colourful(), asked) for probe_ in (arithmetic.probe, interpolation.probe)]
    notes = {row.measure: row.note for one in found for row in one.rows if row.value is None}
    missing = {"class", "image_class", "two_classes", "image_two_classes"}
    assert {k for k, note in notes.items() if note == "the data have no classes"} == missing
    strokes = {"ink", "slant", "image_ink", "image_slant"}
    assert {k for k, note in notes.items() if note.startswith("colour")} == strokes
    assert not found[0].pictures and found[1].pictures["images"].shape == (3, 7, *shape)
    rows = reconstruction.probe(Colourful(), asked).rows
    assert {row.measure for row in rows if row.value is None} == {"same_class"}


def test_hungarian_accuracy() -> None:
    draw = np.random.default_rng(0)
    labels = draw.integers(4, size=200)
    assert codes.hungarian(np.array([2, 0, 3, 1])[labels], labels) == 1
    noisy = np.where(draw.random(200) < 0.4, draw.integers(4, size=200), labels)
    best = max((np.array(p)[noisy] == labels).mean() for p in itertools.permutations(range(4)))
    assert codes.hungarian(noisy, labels) == pytest.approx(best)
    assert codes.hungarian(np.zeros(200, int), labels) == np.bincount(labels).max() / 200
    more = labels + 4 * (np.arange(200) % 2)  # two categories a class: one of them is wasted
    assert codes.hungarian(more, labels) == pytest.approx(
        sum(max(np.bincount(more[labels == k])) for k in range(4)) / 200
    )


def test_mutual_information() -> None:
    draw = np.random.default_rng(0)
    a, b = draw.integers(3, size=300), draw.integers(4, size=300)
    b[:150] = a[:150]
    joint = np.zeros((3, 4))
    np.add.at(joint, (a, b), 1 / 300)
    p, q = joint.sum(1), joint.sum(0)
    kept = joint > 0
    information = (joint[kept] * np.log(joint[kept] / np.outer(p, q)[kept])).sum()
    expected = information / ((stats.entropy(p) + stats.entropy(q)) / 2)
    assert codes.nmi(a, b) == pytest.approx(expected)
    assert codes.nmi(a, b) == pytest.approx(normalized_mutual_info_score(b, a))
    assert codes.nmi((a + 1) % 3, a) == pytest.approx(1)


class Category(Linear):
    def codes(self, x: Tensor) -> Tensor:
        return (x.flatten(1).argmax(1) + 3) % K

    def sample(self, n: int) -> Tensor:
        return self.decode(self.noise(n))


def test_categories_that_are_the_classes_under_other_names() -> None:
    found = codes.probe(Category(), case())
    assert value(found, "hungarian_accuracy") == 1
    assert value(found, "nmi") == pytest.approx(1)
    assert value(found, "hungarian_accuracy", "k-means on pixels") == 1  # the data are ten blobs
    chance = value(found, "hungarian_accuracy", "shuffled codes")
    assert chance is not None and 1 / K < chance < 0.45  # the best of many assignments
    sheet = found.pictures["codes"].reshape(K, codes.COLUMNS, K)
    there = sheet.any(2)
    assert there[:, 0].all()
    expected = np.broadcast_to((np.arange(K)[:, None] - 3) % K, there.shape)
    np.testing.assert_array_equal(sheet.argmax(2)[there], expected[there])
    with pytest.raises(Skip, match="no categorical code"):
        codes.probe(Linear(), case())


class Asked(Linear):
    """Gives the class that it is asked for; the odd ones only if `obeys`."""

    def __init__(self, *, obeys: bool):
        super().__init__()
        self.obeys = obeys

    def sample(self, n: int, labels: Tensor | None = None) -> Tensor:
        assert labels is not None
        return self.decode(torch.eye(K)[labels if self.obeys else labels // 2 * 2])


def test_samples_by_class() -> None:
    found = conditioning.probe(Asked(obeys=True), case())
    assert value(found, "asked_class") == 1
    assert value(found, "asked_class", "real images") == 1
    chance = value(found, "asked_class", "shuffled labels")
    assert chance is not None and abs(chance - 1 / K) < 4 * math.sqrt(0.09 / 60)
    sheet = found.pictures["classes"].reshape(K, -1, K)
    assert sheet.shape[1] == 6  # of 60 samples
    assert (sheet.argmax(2) == np.arange(K)[:, None]).all()
    half = conditioning.probe(Asked(obeys=False), case())
    assert value(half, "asked_class") == 0.5
    with pytest.raises(Skip, match="by class"):
        conditioning.probe(Category(), case())


def test_an_identity_has_ratio_zero() -> None:
    found = reconstruction.probe(Linear(), case())
    assert value(found, "pixel_ratio") == value(found, "feature_ratio") == 0
    assert value(found, "same_class") == 1
    sheet = found.pictures["reconstruction"]
    np.testing.assert_array_equal(sheet[0], sheet[1])


def test_any_other_image_has_ratio_one() -> None:
    class Amnesiac(Linear):
        def decode(self, z: Tensor) -> Tensor:
            there = torch.from_numpy(court().train.x)
            return there[torch.randint(len(there), (len(z),))].unflatten(1, SHAPE)

    found = reconstruction.probe(Amnesiac(), case())
    assert value(found, "pixel_ratio") == pytest.approx(1, abs=0.08)
    assert value(found, "feature_ratio") == pytest.approx(1, abs=0.08)
    assert value(found, "same_class") == pytest.approx(1 / K, abs=0.12)


def test_partners_and_errors() -> None:
    partner = reconstruction.partners(50, np.random.default_rng(0))
    assert (partner != np.arange(50)).all()
    assert sorted(partner) == list(range(50))
    x, y = np.zeros((2, 4)), np.array([[1.0, 1, 1, 1], [3, 0, 4, 0]])
    assert reconstruction.rmse(x, y) == pytest.approx(math.sqrt(29 / 8))
    assert reconstruction.distance(x, y) == pytest.approx((2 + 5) / 2)


def test_linear_codes_interpolate_like_pixels() -> None:
    """With the code an image and a straight path, the middle is the blend of pixels."""

    class Straight(Linear):
        def codes(self, x: Tensor) -> Tensor:
            return x.flatten(1).argmax(1)

    class Positive(Straight):
        def noise(self, n: int) -> Tensor:
            return super().noise(n).clamp(0, 1)

    found = interpolation.probe(Positive(), case())
    for name in ("fid", "precision", "two_classes", "image_fid", "image_precision"):
        own, blended = value(found, name), value(found, name, "pixels blended")
        assert own == pytest.approx(blended, rel=1e-3, abs=1e-6)
    assert value(found, "image_two_classes") == 1  # two bright pixels, no third
    assert found.note == "path: straight line"
    assert found.pictures["prior"].shape == (3, 5, *SHAPE)
    assert found.pictures["images"].shape == (3, 7, *SHAPE)
    ends = found.pictures["images"][:, [0, -1]]
    np.testing.assert_allclose(ends, found.pictures["images"][:, [1, -2]], atol=1e-6)


def test_paths_through_a_third_class_are_counted() -> None:
    labels = np.array([[0, 0, 1, 2], [0, 3, 2, 2], [1, 1, 2, 2]])
    assert interpolation.only(labels, labels[0], labels[-1]) == 2 / 3
    assert interpolation.only(labels, labels[0], labels[0]) is None  # all of one class
    first, second = interpolation.pairs(court().test, 60, np.random.default_rng(0))
    there = court().test.labels
    assert (there[first] != there[second]).all() and len(set(first)) == 60


class Truncated(Plain):
    """Its samples are its noise."""

    classes = K

    def sample(
        self, n: int, labels: Tensor | None = None, truncation: float | None = None
    ) -> Tensor:
        assert labels is not None and (labels.bincount(minlength=K) == n // K).all()
        z = torch.randn(n, K)
        if truncation is not None:
            torch.nn.init.trunc_normal_(z, a=-truncation, b=truncation)
        return z.unflatten(1, SHAPE)


def test_truncated_noise() -> None:
    cut = truncation.drawn(Truncated(), 2000, 0.5, 0)
    inside = stats.truncnorm(-0.5, 0.5)
    assert np.abs(cut).max() <= 0.5
    assert float(cut.std()) == pytest.approx(inside.std(), rel=0.02)
    assert stats.kstest(cut.ravel()[:5000], inside.cdf).pvalue > 0.01
    wide, free = (truncation.drawn(Truncated(), 2000, bound, 0) for bound in (8.0, None))
    for x in (wide, free):
        assert stats.kstest(x.ravel()[:5000], "norm").pvalue > 0.01
    found = truncation.probe(Truncated(), case())
    assert {row.at for row in found.rows} == {0.5, 8.0, None}
    assert all(row.value == row.baseline for row in found.rows if row.at is None)
    assert found.pictures["truncation"].shape == (3, 10, *SHAPE)
    with pytest.raises(Skip, match="cannot be truncated"):
        truncation.probe(Category(), case())


def test_runs_without_a_model_say_so(tmp_path: Path) -> None:
    card = {"data": "d", "variant": "v", "family": "f", "seed": 4}
    for status in ("diverged", "skipped"):
        text = json.dumps(card | {"status": status, "note": "why"})
        (tmp_path / "run.json").write_text(text)
        record, pictures = suite(tmp_path, tmp_path / "none", tmp_path / "none", SETTINGS)
        assert (record["status"], record["note"]) == (status, "why")
        assert record["probes"] == {} == pictures


def test_the_stage_imports_pytorch_only_for_a_model() -> None:
    text = "import gbench.tracks.generation.stages.latent, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", text], cwd=Path(__file__).parents[3], check=True)


def test_points_are_left_out_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = {"data": "d", "variant": "v", "family": "f", "seed": 0, "status": "ok", "note": ""}
    (tmp_path / "run.json").write_text(json.dumps(card))
    points = Samples(np.zeros((3, 2)), np.zeros((3, 2)), np.zeros(3, int))
    there = Court("d", (2,), 8, 0, points, points, points, np.zeros((8, 2)), 0.1, {}, Path())
    monkeypatch.setattr(Court, "load", classmethod(lambda cls, *_: there))
    record, pictures = suite(tmp_path, tmp_path, tmp_path, SETTINGS)
    keeps_its_type(record, LatentRecord)
    assert (record["status"], record["note"]) == ("skipped", POINTS)
    assert pictures == {}
