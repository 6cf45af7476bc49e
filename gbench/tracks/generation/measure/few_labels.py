"""Classification where few training examples have a label: a model that learns from all examples
against its own classifier, trained on the labelled ones alone.

Salimans, Goodfellow, Zaremba, Cheung, Radford and Chen, "Improved Techniques for Training GANs",
2016, arXiv:1606.03498, section 6.1: labels are drawn at random, as many of each class, several
times.  Here a draw also seeds the first weights and the batches of both trainings, so that their
errors compare in pairs.  Deviations from the program of the paper's authors: L_unsupervised is not
halved, as it is not in the paper, and errors are of the last weights, not of their moving average.

A model can take part if it has, besides `predict(x) -> [B, classes]`, an attribute `classifier`:
the module that `predict` goes through; and if its losses take batches without labels (y = -1).
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from gbench.core import entry, plugin
from gbench.core.batches import Batches
from gbench.core.budget import Budget
from gbench.core.checkpoint import Checkpoint, resumable
from gbench.core.device import describe
from gbench.core.files import write_json
from gbench.core.game import Batch, Game, Player, Unsuitable
from gbench.core.learn import Course, Diverged, finite, play
from gbench.core.run import CORE, files_in, fingerprint
from gbench.core.train import adam
from gbench.tracks.generation.measure.record import FewLabelsLeftOut, FewLabelsRecord, Training
from gbench.zoo.shared.dataset import Dataset, Examples
from gbench.zoo.shared.run import MODELS, make, sources

Classifying = Any  # a Game that has `predict` and `classifier`
NONE = -1  # the label of an example that has none


class FewLabels(NamedTuple):
    """The section `few_labels` of params.yaml.

    Attributes:
        models: that are trained; each learns from unlabelled examples as well.
        labels: how many training examples have a label, or "all".
        draws: seeds of the choice of these examples and of the trainings.
        values: by model, the values here in place of those under `models`, which are chosen
            for its samples.
    """

    models: list[str]
    labels: list[int | Literal["all"]]
    draws: list[int]
    values: dict[str, Any]


class LeftOut(Exception):
    """Nothing is trained; the text says why."""


def masked(examples: Examples, n: int | Literal["all"], classes: int, draw: int) -> Examples:
    """The examples with y = -1 in all but n of them.

    Each class keeps as many labels, or one more where n is no multiple of the classes.  The labels
    of a draw are nested: the 20 are among the 50.

    Raises:
        LeftOut: n is less than one per class, or more than there are examples.
    """
    if n == "all":
        return examples
    if not classes <= n <= len(examples.y):
        there = f"{classes} classes and {len(examples.y)} training examples"
        raise LeftOut(f"{n} labels cannot be drawn, at least one a class: there are {there}")
    kept = round_the_classes(examples.y.cpu(), classes, draw)[:n].to(examples.y.device)
    y = torch.full_like(examples.y, NONE)
    y[kept] = examples.y[kept]
    return examples._replace(y=y)


def round_the_classes(y: Tensor, classes: int, seed: int) -> Tensor:
    """A random order [N] of examples with labels y [N]: one of each class, another of each, ..."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(y), generator=generator)
    of_class = y[order][:, None] == torch.randperm(classes, generator=generator)  # [N, classes]
    lap = of_class.cumsum(0)[of_class]
    return order[(lap * classes + of_class.int().argmax(1)).argsort()]


class SemiSupervised(Game):
    """A game without labels, whose classifier is taught labelled examples besides.

    The loss of the player who moves the classifier becomes L_supervised + L_unsupervised: to its
    own is added the mean cross entropy of labelled examples, drawn with replacement.  They are a
    batch of their own, as in the program of the paper's authors: among all examples, most batches
    would hold one label or none.

    Args:
        game: has `classifier` and `predict`.
        labelled: from which is drawn.
        size: of a batch of them.
    """

    def __init__(self, game: Classifying, labelled: Examples, size: int):
        super().__init__()
        self.game, self.labelled, self.size = game, labelled, size

    def players(self) -> dict[str, Player]:
        taught = owner(self.game)
        return {
            name: player._replace(loss=partial(self.loss, player, name == taught))
            for name, player in self.game.players().items()
        }

    def loss(self, player: Player, taught: bool, batch: Batch) -> Tensor:
        self.game.progress = self.progress
        unsupervised = player.loss(batch._replace(y=torch.full_like(batch.y, NONE)))
        return unsupervised + self.supervised() if taught else unsupervised

    def supervised(self) -> Tensor:
        x, y = self.labelled
        chosen = torch.randint(len(y), (self.size,), device=y.device)
        return cross_entropy(self.game.predict(x[chosen]), y[chosen])


class Supervised(Game):
    """A game's classifier alone, with the step size and the number of updates that it has there."""

    def __init__(self, game: Classifying):
        super().__init__()
        self.game = game

    def players(self) -> dict[str, Player]:
        player = self.game.players()[owner(self.game)]
        return {"classifier": player._replace(loss=self.loss, modules=[self.game.classifier])}

    def loss(self, batch: Batch) -> Tensor:
        return cross_entropy(self.game.predict(batch.x), batch.y)


def owner(game: Classifying) -> str:
    """The name of the player who moves the game's classifier."""
    (name,) = (k for k, player in game.players().items() if game.classifier in player.modules)
    return name


def semi_supervised(game: Classifying, train: Examples, size: int) -> tuple[Game, Examples]:
    """All examples, and batches of labelled ones besides."""
    known = train.y >= 0
    return SemiSupervised(game, Examples(train.x[known], train.y[known]), size), train


def supervised(game: Classifying, train: Examples, size: int) -> tuple[Game, Examples]:
    """The labelled examples alone."""
    known = train.y >= 0
    return Supervised(game), Examples(train.x[known], train.y[known])


Arrange = Callable[[Classifying, Examples, int], tuple[Game, Examples]]
TRAININGS: dict[str, Arrange] = {"semi_supervised": semi_supervised, "supervised": supervised}


@torch.no_grad()
def error(game: Classifying, examples: Examples, chunk: int = 1000) -> float:
    """The share of the examples that `predict` puts into a wrong class, in [0, 1].

    Raises:
        Diverged: a logit is not finite.
    """
    game.eval()
    logits = torch.cat([game.predict(x) for x in examples.x.split(chunk)])
    return float((finite(logits, "logits").argmax(1) != examples.y).double().mean())


def arguments(params: dict[str, Any], model: str, data: str) -> tuple[dict[str, Any], Budget]:
    """The keyword arguments of the model's `build`, and its budget, with what `values` changes."""
    changes = entry.on(params["few_labels"]["values"][model], data)
    values = entry.on(params["models"][model], data) | changes
    return entry.arguments(values, plugin.load(MODELS, model), data, entry.share(params))


def execute(
    params: dict[str, Any],
    data: str,
    model: str,
    labels: str,
    draw: int,
    *,
    device: torch.device,
    root: Path = Path(),
) -> Path:
    """Trains and tests both networks of one draw, and writes
    results/few_labels/<data>/<model>/<labels>/<draw>.json.

    Args:
        params: all of params.yaml.
        labels: a number of them, or "all".
        device: to train on.
        root: of the repository.

    Raises:
        DataError: the prepared data cannot be read.
    """
    out = root / "results" / "few_labels" / data / model / labels / f"{draw}.json"
    module = plugin.load(MODELS, model)
    build, budget = arguments(params, model, data)
    record: FewLabelsLeftOut = {
        "data": data,
        "model": model,
        "title": module.TITLE,
        "source": module.SOURCE,
        "labels": labels,
        "draw": draw,
        "hyperparameters": build,
        "rounds": budget.rounds,
        "batch": budget.batch,
        "precision": budget.precision,
        "status": "skipped",
        "note": "",
        "trainings": {},
    }
    try:
        if params["quick"] and draw not in params["quick_seeds"]:
            raise LeftOut(f"quick mode makes quick_seeds' draws only: {params['quick_seeds']}")
        dataset = Dataset.load(root / "data" / data, device)
        if dataset.kind == "points":
            raise LeftOut("points are not classified")
        n: int | Literal["all"] = "all" if labels == "all" else int(labels)
        make(model, dataset.shape, dataset.classes, build)  # which needs classes
        dataset = replace(dataset, train=masked(dataset.train, n, dataset.classes, draw))
    except (LeftOut, Unsuitable) as reason:
        record["note"] = str(reason)
        write_json(out, record)
        return out
    inputs = files_in([Path(__file__), CORE, *sources(module, root / "data" / data)])
    identity = fingerprint(record, str(device), files=inputs)
    unfinished = root / "work" / "checkpoints"
    checkpoints = {
        training: resumable(unfinished, f"{training}-{data}-{model}-{identity}")
        for training in TRAININGS
    }
    trainings: dict[str, Training] = {}
    for training, arrange in TRAININGS.items():
        torch.manual_seed(draw)
        game = make(model, dataset.shape, dataset.classes, build).to(device)
        trainings[training] = outcome(
            game, arrange, dataset, budget, draw, checkpoints[training], device
        )
    made: FewLabelsRecord = {
        **record,
        "status": "ok",
        "n_labels": int((dataset.train.y >= 0).sum()),
        "n_validation": len(dataset.validation.x),
        "n_test": len(dataset.test.x),
        "trainings": trainings,
        **describe(device),
    }
    write_json(out, made)
    for checkpoint in checkpoints.values():
        checkpoint.discard()
    return out


def outcome(
    game: Classifying,
    arrange: Arrange,
    dataset: Dataset,
    budget: Budget,
    seed: int,
    checkpoint: Checkpoint,
    device: torch.device,
) -> Training:
    """Trains, and measures the errors; to diverge is an outcome, not an error."""
    found: Training = {
        "status": "ok",
        "note": "",
        "validation_error": None,
        "test_error": None,
        "seconds": 0.0,
    }
    arranged, train = arrange(game, dataset.train, budget.batch)
    batches = Batches(train, budget.batch, seed)
    course = Course(arranged, adam(arranged), batches, budget.rounds, device)
    try:
        play(course, budget.precision, seed, checkpoint)
        found["validation_error"] = error(game, dataset.validation)
        found["test_error"] = error(game, dataset.test)
    except Diverged as reason:
        found["status"], found["note"] = "diverged", str(reason)
    found["seconds"] = course.seconds["train"]
    return found
