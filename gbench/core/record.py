"""The record of a run, `run.json`: what was trained, how long, on what, and how it ended."""

from types import ModuleType
from typing import Any, Literal, TypedDict

from gbench.core.budget import Budget, Precision

Status = Literal["ok", "diverged", "skipped"]


class Head(TypedDict):
    """How each record of what was found of one run begins; see `Planned`."""

    data: str
    variant: str
    family: str
    seed: int
    status: Status
    note: str


class Planned(TypedDict):
    """What is known of a run before it begins, and all that is known of one that is skipped.

    Attributes:
        data, variant, seed: name the run.
        family: of models, for grouping.
        title, source, caveat: of the model, for the page.
        status, note: how it ended, and why if not well.
        hyperparameters: the keywords that it was built with.
        rounds, batch, precision: its budget.
    """

    data: str
    variant: str
    family: str
    title: str
    source: str
    caveat: str
    seed: int
    status: Status
    note: str
    hyperparameters: dict[str, Any]
    rounds: int
    batch: int
    precision: Precision


class Machine(TypedDict):
    """What numbers were computed on.

    Attributes:
        device: its kind and name.
        python, versions: of Python, and of the packages that numbers depend on.
    """

    device: str
    python: str
    versions: dict[str, str]


class RunRecord(Planned, Machine):
    """The record of a run that was made.

    Attributes:
        images_seen: examples, by all players together; those that there are, if it was fitted.
        parameters: how many numbers it learnt.
        seconds: by phase; "import" and "data" before it began.
        memory: peaks, in MiB.
    """

    images_seen: int
    parameters: int
    seconds: dict[str, float]
    memory: dict[str, float]


def head(card: Planned) -> Head:
    """The head of what is found of a run."""
    return {
        "data": card["data"],
        "variant": card["variant"],
        "family": card["family"],
        "seed": card["seed"],
        "status": card["status"],
        "note": card["note"],
    }


def planned(
    module: ModuleType,
    hyperparameters: dict[str, Any],
    budget: Budget,
    *,
    data: str,
    variant: str,
    seed: int,
    title: str = "",
    source: str = "",
) -> Planned:
    """
    Args:
        module: the model's file, which says FAMILY, TITLE, SOURCE and perhaps CAVEAT.
        title, source: in place of the file's own.
    """
    return {
        "data": data,
        "variant": variant,
        "family": module.FAMILY,
        "title": title or module.TITLE,
        "source": source or module.SOURCE,
        "caveat": getattr(module, "CAVEAT", ""),
        "seed": seed,
        "status": "ok",
        "note": "",
        "hyperparameters": hyperparameters,
        "rounds": budget.rounds,
        "batch": budget.batch,
        "precision": budget.precision,
    }
