"""Few labels: who keeps a label, what reaches a training, and how errors are compared."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import scipy.stats
import torch
from sklearn.metrics import accuracy_score
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD

from gbench.core.batches import Batches
from gbench.core.budget import Budget
from gbench.core.checkpoint import Checkpoint
from gbench.core.game import Game
from gbench.core.learn import Diverged
from gbench.core.train import adam, train
from gbench.params import read
from gbench.params.check import find
from gbench.tracks.generation.measure import few_labels
from gbench.tracks.generation.measure.few_labels import (
    LeftOut,
    SemiSupervised,
    Supervised,
    error,
    masked,
)
from gbench.tracks.generation.measure.record import FewLabelsLeftOut, FewLabelsRecord, Training
from gbench.zoo.models import sgan
from gbench.zoo.shared.dataset import Dataset, Examples
from tests.interruptions import timeless
from tests.records import keeps_its_type

ROOT = Path(__file__).parents[3]
CPU = torch.device("cpu")


def examples(n: int = 60, classes: int = 3) -> Examples:
    """Images whose brightness grows with their class, so that it can be learned."""
    y = torch.arange(n) % classes
    return Examples((torch.rand(n, 1, 4, 4) + y[:, None, None, None]) / classes, y)


def small(**arguments: Any) -> sgan.SGAN:
    torch.manual_seed(0)
    arguments = {"latent": 3, "width": 8} | arguments
    return sgan.build((1, 4, 4), 3, **arguments)


# --- The draw -------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", range(3))
def test_a_draw_is_balanced_nested_and_its_own(draw: int) -> None:
    data = Examples(torch.zeros(90, 1), torch.tensor([0] * 60 + [1] * 20 + [2] * 10))
    kept = {n: masked(data, n, 3, draw).y for n in (6, 15, 17, 60)}
    assert [(kept[6] == c).sum().item() for c in range(3)] == [2, 2, 2]
    assert [(kept[15] == c).sum().item() for c in range(3)] == [5, 5, 5]
    assert sorted((kept[17] == c).sum().item() for c in range(3)) == [5, 6, 6]
    assert [(kept[60] == c).sum().item() for c in range(3)] == [30, 20, 10]  # as far as there are
    for fewer, more in ((6, 15), (15, 17), (17, 60)):
        assert ((kept[fewer] < 0) | (kept[fewer] == kept[more])).all()
    assert all(((y < 0) | (y == data.y)).all() for y in kept.values())
    assert masked(data, 15, 3, draw).y.equal(kept[15])
    assert not masked(data, 15, 3, draw + 1).y.equal(kept[15])


def test_every_example_of_a_class_is_as_likely_to_keep_its_label() -> None:
    """1 of 10 for each class: over 2,000 draws each example is kept 200 +- 13 times."""
    data = Examples(torch.zeros(20, 1), torch.arange(20) % 2)
    counts = sum((masked(data, 2, 2, draw).y >= 0).long() for draw in range(2000))
    assert isinstance(counts, Tensor)
    assert scipy.stats.chisquare(counts.numpy()).pvalue > 1e-3


def test_with_all_labels_nothing_changes() -> None:
    data = examples()
    assert masked(data, "all", 3, 0).y.equal(data.y)
    assert masked(data, 60, 3, 0).y.equal(data.y)


@pytest.mark.parametrize("n", [2, 61])
def test_labels_that_cannot_be_drawn(n: int) -> None:
    with pytest.raises(LeftOut, match=f"{n} labels .* 3 classes and 60 training examples"):
        masked(examples(), n, 3, 0)


# --- The two trainings ----------------------------------------------------------------------------


def test_the_classifiers_loss_is_supervised_plus_unsupervised() -> None:
    """With a single labelled example every batch of labels is that one."""
    data, game = examples(6), small(dropout=0.0)
    one = Examples(data.x[:1], data.y[:1])
    semi = SemiSupervised(game, one, size=5)
    torch.manual_seed(1)
    unsupervised = game.critic_loss(data._replace(y=torch.full_like(data.y, -1)))
    torch.manual_seed(1)
    found = semi("critic", data)
    expected = unsupervised + cross_entropy(game.predict(one.x), one.y)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    torch.manual_seed(1)
    generator = semi("generator", data)
    torch.manual_seed(1)
    assert generator.item() == game.generator_loss(data).item()


def test_the_classifier_alone_starts_and_steps_as_within_the_game() -> None:
    game, twin = small(lr=0.01, betas=(0.4, 0.9)), small(lr=0.01, betas=(0.4, 0.9))
    (player,) = Supervised(twin).players().values()
    ours = game.players()["critic"]
    assert (player.lr, player.betas, player.steps) == (ours.lr, ours.betas, ours.steps)
    assert all(map(torch.equal, player.parameters(), ours.parameters()))
    data = examples(6)
    expected = cross_entropy(twin.eval().predict(data.x), data.y)
    assert player.loss(data).item() == pytest.approx(expected.item())


def test_an_unlabelled_player_knows_the_progress_of_the_training() -> None:
    game = small()
    semi = SemiSupervised(game, examples(6), size=2)
    for _ in train(semi, Batches(examples(), 8, 0), adam(semi), 4):
        pass
    assert game.progress == 0.75


@pytest.mark.parametrize("training", few_labels.TRAININGS)
def test_a_round_never_waits_for_its_device(training: str) -> None:
    """On PyTorch's meta device a look at a value is an error."""
    with torch.device("meta"):
        data = Examples(torch.rand(20, 1, 4, 4), torch.arange(20) % 3)
    game = small().to("meta")
    wrapped = SemiSupervised(game, data, 4) if "semi" in training else Supervised(game)
    descent = {name: SGD(player.parameters(), 0.1) for name, player in wrapped.players().items()}
    (_, losses), *_ = train(wrapped, Batches(data, 8, 0), descent, 2)
    assert {loss.device.type for loss in losses.values()} == {"meta"}


def weights(training: str, train_: Examples) -> dict[str, Tensor]:
    """All parameters after a few rounds."""
    game = small()
    arranged, part = few_labels.TRAININGS[training](game, train_, 8)
    for _ in train(arranged, Batches(part, 8, 0), adam(arranged), 5):
        pass
    return {name: value.clone() for name, value in game.state_dict().items()}


@pytest.mark.parametrize("training", few_labels.TRAININGS)
def test_no_label_beyond_the_n_reaches_a_training(
    training: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the same draw, other labels where they are hidden change no weight; one seen does."""
    data = examples()
    order = few_labels.round_the_classes(data.y, 3, 0)
    monkeypatch.setattr(few_labels, "round_the_classes", lambda *_: order)
    hidden, seen = data.y.clone(), data.y.clone()
    hidden[order[9:]] = (hidden[order[9:]] + 1) % 3
    seen[order[0]] = (seen[order[0]] + 1) % 3
    expected, same, other = (
        weights(training, masked(Examples(data.x, y), 9, 3, 0)) for y in (data.y, hidden, seen)
    )
    assert all(same[name].equal(value) for name, value in expected.items())
    assert not all(other[name].equal(value) for name, value in expected.items())


def test_unlabelled_examples_reach_the_semi_supervised_training_alone() -> None:
    data = examples()
    known = masked(data, 9, 3, 0)
    other = known._replace(x=torch.where((known.y < 0)[:, None, None, None], 1 - data.x, data.x))
    for training, reached in (("semi_supervised", True), ("supervised", False)):
        first, second = weights(training, known), weights(training, other)
        assert all(second[name].equal(value) for name, value in first.items()) is not reached


def test_the_same_first_weights_and_none_of_the_generators_moved() -> None:
    """The supervised training ends with the generator that both began with."""
    before, after = small().state_dict(), weights("supervised", masked(examples(), 9, 3, 0))
    moved = {name for name, value in before.items() if not value.equal(after[name])}
    assert moved == {name for name in before if name.startswith("critic.")}


@pytest.mark.parametrize(("asked", "norms"), [(True, 2), (False, 0)])
def test_a_dense_generator_has_batch_norm_where_asked(asked: bool, norms: int) -> None:
    game = small(network="dense", batch_norm=asked)
    found = [module for module in game.modules() if isinstance(module, nn.BatchNorm1d)]
    assert len(found) == norms
    assert all(module in [*game.generator.modules()] for module in found)
    assert game.critic.independent


# --- Errors ---------------------------------------------------------------------------------------


class Brightness(Game):
    """Predicts by the mean pixel; logits as [B, 3]."""

    def predict(self, x: Tensor) -> Tensor:
        return -(x.flatten(1).mean(1, keepdim=True) * 3 - torch.tensor([0.4, 1.5, 2.7])).square()


def test_the_error_is_one_less_scikit_learns_accuracy() -> None:
    data = examples(1500)
    data = data._replace(y=torch.where(torch.rand(1500) < 0.2, (data.y + 1) % 3, data.y))
    predicted = Brightness().predict(data.x).argmax(1)
    expected = 1 - accuracy_score(data.y.numpy(), predicted.numpy())
    assert 0.1 < expected < 0.5
    assert error(Brightness(), data, chunk=700) == pytest.approx(expected, abs=1e-12)


def test_logits_that_are_not_finite_are_no_prediction() -> None:
    class Broken(Game):
        def predict(self, x: Tensor) -> Tensor:
            return torch.full((len(x), 3), torch.nan)

    with pytest.raises(Diverged, match="not finite"):
        error(Broken(), examples())


# --- The stage ------------------------------------------------------------------------------------


def prepared(root: Path, train_: Examples, classes: int = 3, **section: Any) -> dict[str, Any]:
    """Parameters with a small model, and data where the stage finds them."""
    data = Dataset("digits", train_, examples(30), examples(45), classes, "made up")
    data.save(root / "data" / "digits")
    params = copy.deepcopy(read(ROOT / "params.yaml"))
    values = {"network": "dense", "latent": 3, "width": 8, "rounds": 12, "batch": 8}
    params["few_labels"] |= {"values": {"sgan": values | section}}
    return params


def run(params: dict[str, Any], root: Path, labels: str, draw: int = 0) -> dict[str, Any]:
    path = few_labels.execute(params, "digits", "sgan", labels, draw, device=CPU, root=root)
    assert path == root / "results/few_labels/digits/sgan" / labels / f"{draw}.json"
    record = json.loads(path.read_text())
    left_out = record["status"] == "skipped"
    keeps_its_type(record, FewLabelsLeftOut if left_out else FewLabelsRecord)
    for training in record["trainings"].values():
        keeps_its_type(training, Training)
    return record


def test_a_cell_is_recorded_and_comes_out_the_same_again(tmp_path: Path) -> None:
    params = prepared(tmp_path, examples())
    card, again = run(params, tmp_path, "9"), run(params, tmp_path, "9")
    assert timeless(card) == timeless(again)
    assert (card["status"], card["n_labels"], card["n_test"]) == ("ok", 9, 45)
    assert (card["rounds"], card["batch"], card["hyperparameters"]["width"]) == (12, 8, 8)
    for found in card["trainings"].values():
        assert found["status"] == "ok"
        assert (found["test_error"] * 45) % 1 == pytest.approx(0, abs=1e-9)
        assert (found["validation_error"] * 30) % 1 == pytest.approx(0, abs=1e-9)
    assert not [*(tmp_path / "work" / "checkpoints").glob("*")]
    assert run(params, tmp_path, "all")["n_labels"] == 60


@pytest.mark.parametrize("saved", [20, 50])
def test_a_cell_that_was_interrupted_goes_on_to_the_same_numbers(
    saved: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the 20th round of the first training, or of the second; each has 30."""
    params = prepared(tmp_path, examples(), rounds=30)
    unbroken = run(params, tmp_path, "9")
    monkeypatch.setenv("GBENCH_CHECKPOINT_SECONDS", "0")
    save, calls = Checkpoint.save, []

    def interrupted(self: Checkpoint, state: dict[str, Any]) -> None:
        save(self, state)
        calls.append(state["round"])
        if len(calls) == saved:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(params, tmp_path, "9")
    assert calls[-1] == 20
    assert timeless(run(params, tmp_path, "9")) == timeless(unbroken)
    assert len(calls) < 60 + 20  # it did not begin anew


def test_what_is_left_out_says_why(tmp_path: Path) -> None:
    params = prepared(tmp_path, examples())
    assert "61 labels cannot be drawn" in run(params, tmp_path, "61")["note"]
    params["quick"] = True
    assert "quick_seeds' draws only: [0]" in run(params, tmp_path, "9", draw=1)["note"]
    assert run(params, tmp_path, "9")["rounds"] == 1
    params["quick"] = False
    unlabelled = examples()._replace(y=torch.full((60,), -1))
    card = run(prepared(tmp_path, unlabelled, classes=0), tmp_path, "9")
    assert (card["status"], card["trainings"]) == ("skipped", {})
    assert "labels" in card["note"]
    points = Examples(torch.rand(60, 2), torch.arange(60) % 3)
    card = run(prepared(tmp_path, points), tmp_path, "9")
    assert (card["status"], card["note"]) == ("skipped", "points are not classified")


def test_a_training_that_diverges_says_where_and_leaves_the_other(tmp_path: Path) -> None:
    x = examples().x.clone()
    known = masked(examples(), 9, 3, 0).y >= 0
    x[~known] = torch.nan
    params = prepared(tmp_path, examples()._replace(x=x))
    card = run(params, tmp_path, "9")["trainings"]
    assert card["supervised"]["status"] == "ok"
    assert card["semi_supervised"]["status"] == "diverged"
    assert card["semi_supervised"]["test_error"] is None
    assert "diverged at round" in card["semi_supervised"]["note"]


# --- params.yaml ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"models": ["gan"], "values": {"gan": {}}}, "'gan' does not learn to classify"),
        ({"models": ["sgna"]}, "'sgna' is not defined under models (did you mean sgan?)"),
        ({"values": {}}, "few_labels.values.sgan: missing"),
        ({"values": {"sgan": {"widht": 3}}}, "few_labels.values.sgan.widht: unknown"),
        ({"values": {"sgan": {"on": {"mnits": {}}}}}, "few_labels.values.sgan.on.mnits: unknown"),
        ({"labels": [20, 20]}, "few_labels.labels: 20 stands there 2 times"),
        ({"labels": [1]}, "few_labels.labels: 1 is under 2"),
        ({"labels": ["al"]}, "few_labels.labels: ['al'] is not a list"),
        ({"labels": []}, "few_labels.labels: must be a list"),
        ({"draws": [0, -1]}, "few_labels.draws: -1 is not a whole number from 0"),
        ({"drws": [0]}, "few_labels.drws: unknown (did you mean draws?)"),
    ],
)
def test_one_mistake_is_told(section: dict[str, Any], message: str) -> None:
    params = copy.deepcopy(read(ROOT / "params.yaml"))
    params["few_labels"] |= section
    (told,) = find(params)
    assert message in told


def test_no_models_switch_the_section_off() -> None:
    params = copy.deepcopy(read(ROOT / "params.yaml"))
    params["few_labels"]["models"] = []
    assert list(find(params)) == []


def test_values_replace_those_of_the_models_entry_first_for_all_data_then_for_one() -> None:
    params: dict[str, Any] = {
        "quick": False,
        "models": {"sgan": {"width": 1, "lr": 1.0, "rounds": 5, "on": {"mnist": {"width": 2}}}},
        "few_labels": {"values": {"sgan": {"lr": 2.0, "on": {"mnist": {"lr": 3.0}}}}},
    }
    assert few_labels.arguments(params, "sgan", "digits") == (
        {"width": 1, "lr": 2.0},
        Budget(5, 64),
    )
    assert few_labels.arguments(params, "sgan", "mnist") == ({"width": 2, "lr": 3.0}, Budget(5, 64))
