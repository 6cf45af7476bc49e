"""Samples as training data and features under a linear probe, where the answers are known."""

import inspect
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from gbench.core import plugin
from gbench.core.game import Game, Unsuitable
from gbench.params import read
from gbench.protocol import judge
from gbench.protocol.evaluation import Court
from gbench.protocol.evidence import Samples, Skip
from gbench.stats import estimate
from gbench.stats.wilson import interval
from gbench.tracks.generation.measure.record import ReferencesRecord, UsefulnessRecord
from gbench.tracks.generation.measure.usefulness import (
    answers,
    case,
    classifier,
    features,
    probe,
    samples,
)
from gbench.tracks.generation.measure.usefulness.settings import Settings
from gbench.tracks.generation.measure.usefulness.suite import left_out, references, suite
from gbench.zoo.data import digits, ring
from gbench.zoo.shared.dataset import Dataset, Examples
from gbench.zoo.shared.run import execute, make
from tests.records import keeps_its_type

ROOT = Path(__file__).parents[3]
SETTINGS = Settings(
    examples=5000, width=4, steps=80, batch=32, lr=1e-2, labels=[20, "all"], draws=3, inverse_l2=10
)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Digits, and a judge of them."""
    root = tmp_path_factory.mktemp("tree")
    data = digits.build()
    data.save(root / "data" / "digits")
    judge.build(data, width=4, features=16, steps=120, lr=1e-2).save(
        root / "judges" / "digits", data, 0.0
    )
    return root


@pytest.fixture(scope="module")
def there(tree: Path) -> case.Case:
    return case.Case.load(tree / "data" / "digits", tree / "judges" / "digits", SETTINGS, 0, CPU)


@pytest.fixture(scope="module")
def reference(tree: Path) -> dict[str, Any]:
    return references(tree / "data" / "digits", tree / "judges" / "digits", SETTINGS, 0)


# --- Samples as training data ---------------------------------------------------------------------


class Memoriser(Game):
    """Asked for a class, it hands out the next training image of that class, in their order."""

    def __init__(self, train: Examples):
        super().__init__()
        self.register_buffer("x", train.x)
        self.y = train.y

    def sample(self, n: int, labels: Tensor | None = None) -> Tensor:
        assert labels is not None and n == len(labels)
        found = torch.empty(n, *self.x.shape[1:])
        for label in labels.unique():
            wanted = labels == label
            found[wanted] = self.x[self.y == label][: int(wanted.sum())]
        return found


def test_a_memoriser_scores_what_its_training_images_score(
    there: case.Case, reference: dict[str, Any]
) -> None:
    whole = samples.scores(Memoriser(there.real), there)
    found = reference["classification"]
    assert whole["own"] == found["real"]["own"] == found["memoriser"]["own"]
    assert whole["joined"] == found["memoriser"]["joined"]
    assert found["real"]["own"]["value"] > 0.8


def test_the_ceiling_is_the_classifier_taught_the_training_split(
    there: case.Case, reference: dict[str, Any]
) -> None:
    data = digits.build()
    plain = classifier.tested(data.train, data.test, 10, SETTINGS, 0)
    assert reference["classification"]["real"]["own"]["value"] == plain.accuracy
    counts = data.test.y.bincount(minlength=10)
    shares = torch.tensor(plain.per_class, dtype=torch.double)
    assert float((shares * counts).sum() / counts.sum()) == pytest.approx(plain.accuracy)
    assert (
        classifier.tested(data.train, data.test, 10, SETTINGS, 1) != plain
    )  # another seed, another network


def test_shuffled_labels_teach_nothing(there: case.Case, reference: dict[str, Any]) -> None:
    """Images that are alike go to one class, right or wrong together, so one shuffle is off by more
    than Wilson's interval over images allows: the interval is over shuffles."""
    found = []
    for seed in range(10):
        shuffled = there.train[np.random.default_rng(seed).permutation(997)]
        wrong = Examples(there.real.x, torch.from_numpy(shuffled))
        found.append(classifier.tested(wrong, there.held_out, 10, SETTINGS, seed).accuracy)
    middle = estimate(found)
    assert middle is not None and middle.low <= 0.1 <= middle.high
    assert middle.high < 0.2
    assert reference["classification"]["shuffled"]["own"]["value"] < 0.4


def test_a_class_that_is_given_for_another_is_lost(there: case.Case) -> None:
    class Confused(Memoriser):
        """Eights for threes."""

        def sample(self, n: int, labels: Tensor | None = None) -> Tensor:
            assert labels is not None
            x = super().sample(n, labels)
            x[labels == 3] = self.x[self.y == 8][torch.arange(int((labels == 3).sum())) % 90]
            return x

    found = samples.scores(Confused(there.real), there)
    lost = found["own"]["per_class"]
    assert lost[3] < 0.3
    assert np.mean([lost[k] for k in (0, 1, 2, 4, 5, 6, 7, 9)]) > 0.8


def test_samples_that_cannot_be_asked_for_have_the_judges_labels(there: case.Case) -> None:
    class Blind(Game):
        def sample(self, n: int) -> Tensor:
            return there.real.x[:n]

    found = samples.scores(Blind(), there)
    for training in ("own", "joined"):
        assert found[training] == samples.absent(samples.UNASKED)
    seen = there.court.see(there.court.train.x).labels
    labelled = Examples(there.real.x, torch.from_numpy(seen))
    again = classifier.tested(labelled, there.held_out, 10, SETTINGS, 0)
    assert found["judged"]["value"] == again.accuracy


def test_samples_that_are_not_finite_are_a_reason(there: case.Case) -> None:
    class Broken(Game):
        def sample(self, n: int) -> Tensor:
            return torch.full((n, 1, 8, 8), math.nan)

    found = samples.scores(Broken(), there)
    assert {score["value"] for score in found.values()} == {None}
    assert all("997 of 997 samples hold NaN" in score["note"] for score in found.values())


def test_samples_are_drawn_by_the_seed_and_leave_no_trace() -> None:
    class Noise(Game):
        def sample(self, n: int) -> Tensor:
            return torch.randn(n, 1)

    before = torch.get_rng_state()
    labels = np.zeros(2500, dtype=np.int64)
    first, again, other = (samples.drawn(Noise(), labels, seed, False) for seed in (3, 3, 4))
    assert first.shape == (2500, 1)
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()
    assert torch.equal(before, torch.get_rng_state())


def test_a_subset_is_balanced_and_in_order() -> None:
    y = np.repeat(np.arange(3), [100, 50, 7])
    np.testing.assert_array_equal(case.subset(y, 3, 157, 0), np.arange(157))
    found = case.subset(y, 3, 20, 0)
    assert sorted(np.bincount(y[found])) == [6, 7, 7]
    assert (np.diff(found) > 0).all()
    assert (found != case.subset(y, 3, 20, 1)).any()
    assert np.bincount(y[case.subset(y, 3, 60, 0)])[2] == 7  # all that there are


# --- Linear probes --------------------------------------------------------------------------------


def test_one_hot_features_tell_all(there: case.Case) -> None:
    train, test = np.eye(10)[there.train], np.eye(10)[there.test]
    for row in probe.accuracies(there, train, test):
        assert set(row["values"]) == {1.0}


def test_noise_tells_nothing(there: case.Case) -> None:
    draw = np.random.default_rng(0)
    train, test = draw.normal(size=(997, 5)), draw.normal(size=(400, 5))
    for row in probe.accuracies(there, train, test):
        for value in row["values"]:
            low, high = interval(round(value * 400), 400, z=3.0)
            assert low <= 0.1 <= high


def test_draws_are_balanced_nested_and_reproducible(there: case.Case) -> None:
    y = there.train
    small, large = (probe.chosen(y, 10, n, 2, 3) for n in (20, 45))
    for few, many in zip(small, large, strict=True):
        assert set(np.bincount(y[few])) == {2}
        assert set(np.bincount(y[many])) == {4, 5}
        assert {*few} < {*many} and len({*many}) == 45
    again, other = probe.chosen(y, 10, 20, 2, 3), probe.chosen(y, 10, 20, 3, 3)
    np.testing.assert_array_equal(small, again)
    every = [frozenset(draw.tolist()) for draw in [*small, *other]]
    assert len(set(every)) == 6
    (whole,) = probe.chosen(y, 10, len(y), 0, 3)
    np.testing.assert_array_equal(whole, np.arange(len(y)))
    for n in (9, 998):
        with pytest.raises(Skip, match=f"{n} labels cannot be drawn"):
            probe.chosen(y, 10, n, 0, 1)


def test_the_probe_minimises_what_it_says() -> None:
    """At the minimum the gradient of |W|^2 / 2 + C (sum of cross entropies) vanishes."""
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(40, 3)), draw.integers(3, size=40)
    fitted = LogisticRegression(C=2.0, max_iter=2000, tol=1e-10).fit(x, y)
    weight = torch.tensor(fitted.coef_, requires_grad=True)
    bias = torch.tensor(fitted.intercept_, requires_grad=True)
    logits = torch.tensor(x) @ weight.T + bias
    entropy = torch.nn.functional.cross_entropy(logits, torch.tensor(y), reduction="sum")
    (weight.square().sum() / 2 + 2.0 * entropy).backward()
    assert weight.grad is not None and bias.grad is not None
    assert float(weight.grad.abs().max()) < 1e-3 and float(bias.grad.abs().max()) < 1e-3
    test, y_test = draw.normal(size=(500, 3)), draw.integers(3, size=500)
    with torch.no_grad():
        named = (torch.tensor(test) @ weight.T + bias).argmax(1).numpy()
    assert probe.accuracy(x, y, test, y_test, 2.0) == pytest.approx(
        (named == y_test).mean(), abs=4e-3
    )
    with pytest.raises(Skip, match="one class only"):
        probe.accuracy(x, np.ones(40, int), test, y_test, 2.0)


def test_standardised_features_have_unit_length() -> None:
    draw = np.random.default_rng(0)
    x = np.hstack([draw.normal(3, [1, 10, 0.1], size=(200, 3)), np.full((200, 1), 7.3)])
    train, test = probe.standardised(x, 2 * x)
    assert np.square(train).sum(1).mean() == pytest.approx(3 / 4)  # one of four is constant
    assert (train[:, 3] == 0).all() and np.isfinite(test).all()
    scaled, _ = probe.standardised(5 * x - 2, x)
    np.testing.assert_allclose(scaled, train, atol=1e-10)


# --- Features -------------------------------------------------------------------------------------

SMALL = {"width": 8, "latent": 3, "components": 2, "hidden": 8, "chains": 10}


def untrained(name: str) -> Game:
    build = plugin.load("zoo/models", name).build
    known = inspect.signature(build).parameters
    return make(name, (1, 8, 8), 4, {k: v for k, v in SMALL.items() if k in known}).eval()


@pytest.mark.parametrize("name", plugin.names("zoo/models"))
def test_features_are_of_each_image_by_itself(name: str) -> None:
    try:
        game = untrained(name)
    except Unsuitable as reason:
        pytest.skip(str(reason))
    x = torch.rand(6, 1, 8, 8)
    answered = 0
    for of in features.KINDS.values():
        try:
            found = features.extracted(of(game), x)
        except Skip as skip:
            assert "critic" in str(skip) or "encoder" in str(skip)
            continue
        answered += 1
        assert found.shape[0] == 6 and found.shape[1] > 1
        torch.manual_seed(1)
        alone = features.extracted(of(game), x[2:3])
        np.testing.assert_allclose(found[2:3], alone, atol=1e-5)
    has_critic = isinstance(getattr(game, "critic", None), torch.nn.Module)
    assert answered or name == "progan" or not (has_critic or hasattr(game, "encode"))


def test_what_a_critic_cannot_give() -> None:
    packed = make("gan", (1, 8, 8), 0, {"width": 8, "latent": 3}, ["packing"]).eval()
    with pytest.raises(Skip, match="several inputs together"):
        features.critic(packed)
    with pytest.raises(Skip, match="no critic"):
        features.critic(untrained("gaussian"))
    with pytest.raises(Skip, match="3 of 3 samples hold NaN"):
        features.extracted(lambda x: x * math.nan, torch.ones(3, 1, 2, 2))


def test_who_saw_the_labels() -> None:
    seen = {name for name in plugin.names("zoo/models") if answers.needs_labels(name)}
    assert seen == {"cgan", "acgan", "biggan", "sgan", "ppgn"}


# --- Records --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def record(tree: Path) -> Iterator[dict[str, Any]]:
    params = read(ROOT / "params.yaml")
    params["models"]["cgan"] = {"width": 4, "latent": 3, "rounds": 3, "batch": 8}
    params["along"]["points"] = 0
    run = execute(params, "digits", "cgan", 2, device=CPU, root=tree, began=0.0)
    yield suite(run, tree / "data" / "digits", tree / "judges" / "digits", SETTINGS)


def test_the_record_of_a_run(record: dict[str, Any], tree: Path) -> None:
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    keeps_its_type(record, UsefulnessRecord)
    assert (record["status"], record["seed"], record["labelled"]) == ("ok", 2, True)
    assert record["protocol"] == {"n_train": 997, "n_test": 400, "classes": 10}
    assert set(record["classification"]) == set(samples.TRAININGS)
    assert all(0 <= found["value"] <= 1 for found in record["classification"].values())
    critic = record["features"]["critic"]
    assert [(r["labels"], r["n"], len(r["values"])) for r in critic["rows"]] == [
        ("20", 20, 3),
        ("all", 997, 1),
    ]
    assert all(len(r["untrained"]) == len(r["values"]) for r in critic["rows"])
    assert record["features"]["encoder"] == {"rows": [], "note": "no encoder"}
    again = suite(
        tree / "runs/digits/cgan/2", tree / "data/digits", tree / "judges/digits", SETTINGS
    )
    assert again | {"seconds": 0} == record | {"seconds": 0}


def test_references_have_pixels_and_the_judge(reference: dict[str, Any]) -> None:
    assert json.loads(json.dumps(reference, allow_nan=False)) == reference
    means = {
        name: [np.mean(row["values"]) for row in found["rows"]]
        for name, found in reference["features"].items()
    }
    assert means["pixels"][1] > means["pixels"][0] > 0.4
    assert means["judge"][0] > means["pixels"][0]  # it has seen all labels


@pytest.mark.parametrize("status", ["diverged", "skipped"])
def test_runs_without_a_model_say_so(tmp_path: Path, status: str) -> None:
    card = {"data": "d", "variant": "v", "family": "f", "seed": 4, "status": status, "note": "why"}
    (tmp_path / "run.json").write_text(json.dumps(card))
    record = suite(tmp_path, tmp_path / "none", tmp_path / "none", SETTINGS)
    keeps_its_type(record, UsefulnessRecord)
    assert (record["status"], record["note"]) == (status, "why")
    assert record["classification"] == record["features"] == {}


def test_quick_mode_has_no_references_at_other_seeds() -> None:
    found = left_out("digits", 2, SETTINGS)
    assert found["status"] == "skipped" and "quick" in found["note"]
    keeps_its_type(found, ReferencesRecord)


def test_data_that_are_left_out_say_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = ring.build(train=50, validation=10, test=10)
    data.save(tmp_path / "data")
    judge.build(data).save(tmp_path / "judge", data, 0.0)
    found = references(tmp_path / "data", tmp_path / "judge", SETTINGS, 0)
    keeps_its_type(found, ReferencesRecord)
    assert (found["status"], found["note"]) == ("skipped", case.POINTS)
    x = Samples(np.zeros((4, 4)), np.zeros((4, 1)), np.zeros(4, int))

    def stands(classes: int, kind: str) -> None:
        there = Court("d", (1, 2, 2), classes, 1, x, x, x, None, 0.0, {"kind": kind}, Path())
        monkeypatch.setattr(Court, "load", classmethod(lambda cls, *_: there))

    for classes, kind, why in ((0, "pixels", case.LABELS), (1000, "parts", case.STACKS)):
        stands(classes, kind)
        found = references(tmp_path / "data", tmp_path / "judge", SETTINGS, 0)
        assert (found["status"], found["note"]) == ("skipped", why)


def test_the_stage_imports_pytorch_only_for_a_model() -> None:
    of = "gbench.tracks.generation.stages"
    text = f"import {of}.usefulness, {of}.references, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", text], cwd=ROOT, check=True)


def test_the_data_are_read_as_they_were_prepared(there: case.Case, tree: Path) -> None:
    data = Dataset.load(tree / "data" / "digits")
    for found, split in ((there.real, data.train), (there.held_out, data.test)):
        assert torch.equal(found.x, split.x) and torch.equal(found.y, split.y)
