"""Runs of generative models: a model of the zoo, trained on a data set, and its samples.

A run's folder holds what `gbench.core.run` says, and besides samples and the critic's landscape at
a few rounds in `along.safetensors`, `samples.safetensors`, and, where several batches are drawn,
those after the first in `batches.safetensors`.
"""

import inspect
import time
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from gbench.core import entry, plugin
from gbench.core import run as core
from gbench.core.budget import Budget
from gbench.core.files import DataError, OutOfRange, UserError
from gbench.core.game import Game, Unsuitable
from gbench.core.record import Planned, planned
from gbench.zoo.shared.along import Along
from gbench.zoo.shared.dataset import Dataset
from gbench.zoo.shared.samples import keep

MODELS, TRICKS = "zoo/models", "games/tricks"
HERE = Path(__file__).parent
SOURCES = (HERE.parents[1] / "games", HERE)  # the code that trains, whatever the model


def execute(
    params: dict[str, Any],
    data: str,
    variant: str,
    seed: int,
    *,
    device: torch.device,
    root: Path = Path(),
    began: float,
) -> Path:
    """Trains one run and writes its folder runs/<data>/<variant>/<seed>, whole or not at all.

    Args:
        params: all of params.yaml.
        device: to train on.
        root: of the repository.
        began: `time.perf_counter()` when the process started, for the cost of imports.

    Raises:
        DataError: the prepared data cannot be read.
    """
    imported = time.perf_counter()
    given = params["models"][variant]
    model = entry.implementation(given, variant)
    module = plugin.load(MODELS, model)
    arguments, budget = entry.arguments(given, module, data, entry.share(params))
    tricks = entry.tricks(given, data)
    record = with_titles(module, data, variant, seed, arguments, tricks, budget)
    out = root / "runs" / data / variant / str(seed)
    if note := entry.left_out(params, variant, seed):
        return core.leave_out(out, record, note)

    dataset = Dataset.load(root / "data" / data, device)
    loaded = time.perf_counter()
    tests, batches = len(dataset.test.x), params["evaluation"].get("batches", 1)
    n = min(params["evaluation"]["n"], tests)
    along = Along(**params["along"])
    along = along._replace(n=min(along.n, tests), metrics=[])
    plan = core.Plan(
        record,
        lambda: make(model, dataset.shape, dataset.classes, arguments, tricks).to(device),
        dataset.train,
        budget,
        keep(dataset, seed, along, n, batches),
        decides=(n, batches, along),
        sources=sources(module, root / "data" / data),
        card={
            "model": model,
            "shape": dataset.shape,
            "classes": dataset.classes,
            "build": arguments,
            "tricks": tricks,
        },
        seconds={"import": imported - began, "data": loaded - imported},
    )
    return core.execute(plan, out, root / "work" / "checkpoints", device)


def sources(module: ModuleType, data: Path) -> list[Path]:
    """The files and folders that decide the numbers of a model on a prepared data set."""
    return [Path(module.__file__ or ""), *data.glob("*.safetensors"), *SOURCES]


def with_titles(
    module: ModuleType,
    data: str,
    variant: str,
    seed: int,
    arguments: dict[str, Any],
    tricks: list[Any],
    budget: Budget,
) -> Planned:
    """What is known of a run before it begins; its tricks have a title and a source as well."""
    parts = [(module, {}), *map(applied, tricks)]
    return planned(
        module,
        arguments | ({"tricks": tricks} if tricks else {}),
        budget,
        data=data,
        variant=variant,
        seed=seed,
        title=" + ".join(part.TITLE + told(keywords) for part, keywords in parts),
        source="; ".join(part.SOURCE for part, _ in parts),
    )


def applied(listed: Any) -> tuple[ModuleType, dict[str, Any]]:
    """A listed trick's file and keywords."""
    name, keywords = entry.trick(listed)
    return plugin.load(TRICKS, name), keywords


def told(keywords: dict[str, Any]) -> str:
    """What a title says of a trick's keywords: " (samples 3)"."""
    return f" ({', '.join(f'{key} {value}' for key, value in keywords.items())})" * bool(keywords)


def make(
    model: str,
    shape: tuple[int, ...],
    classes: int,
    arguments: dict[str, Any],
    tricks: Iterable[Any] = (),
) -> Game:
    """An untrained model for examples of a shape, and of so many classes if it is conditional.

    Args:
        model: the file that it is built from.
        tricks: applied to it in this order, a name or {name: keywords} each.

    Raises:
        Unsuitable: it needs labels where there are none, or another kind of data; or a trick does
            not suit it as it is built for these data, or those before it.
        OutOfRange: a trick has a value that would suit no model.
    """
    return with_tricks(plain(model, shape, classes, arguments), tricks)


def plain(model: str, shape: tuple[int, ...], classes: int, arguments: dict[str, Any]) -> Game:
    """Calls `build(shape, *, ...)`, which knows no classes, or `build(shape, classes, *, ...)`."""
    build = plugin.load(MODELS, model).build
    if "classes" not in inspect.signature(build).parameters:
        return build(shape, **arguments)
    if classes < 2:
        raise Unsuitable("needs labels of at least 2 classes")
    return build(shape, classes, **arguments)


def with_tricks(game: Game, tricks: Iterable[Any]) -> Game:
    for name, keywords in map(entry.trick, tricks):
        try:
            game = plugin.load(TRICKS, name).apply(game, **keywords)
        except OutOfRange:
            raise
        except UserError as error:
            raise Unsuitable(f"the trick {name} does not go here: {error}")
    return game


def untrained(folder: Path | str, device: torch.device | str = "cpu", seed: int = 0) -> Game:
    """The model of a run's folder as it was before training, its weights drawn by the seed.

    Raises:
        DataError: the run diverged, was skipped, or cannot be read.
    """
    card = core.card(Path(folder))
    try:
        what = card["model"], tuple(card["shape"]), card["classes"], card["build"]
    except KeyError as error:
        raise DataError(f"{folder}/model.safetensors does not say how it is built: no {error}")
    torch.manual_seed(seed)
    return make(*what, card.get("tricks", [])).to(device).eval()


def load(folder: Path | str, device: torch.device | str = "cpu") -> Game:
    """The trained model of a run's folder, ready to sample: `load("runs/digits/gan/0").sample(9)`.

    Raises:
        DataError: the run diverged, was skipped, or cannot be read.
    """
    return core.restore(untrained(folder, device), Path(folder), device)
