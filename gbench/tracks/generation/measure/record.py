"""The records that this room's stages write, and its page reads."""

from typing import Any, NotRequired, TypedDict

from gbench.core.budget import Precision
from gbench.core.record import Head, Machine, Status
from gbench.protocol.record import Protocol, Scores


class LatentRecord(Head):
    """results/latent/<data>/<variant>/<seed>.json.

    Attributes:
        probes: by name its rows, note and status.
    """

    settings: dict[str, Any]
    probes: dict[str, Any]
    seconds: float


class Likelihoods(TypedDict):
    """What was found of a model.

    Attributes:
        measured: the values, in nats.
        absent: kinds that cannot be had, and why.
        references: laws and data to read the values against.
        dimensions, levels: of the data.
    """

    measured: list[dict[str, Any]]
    absent: list[dict[str, str]]
    references: list[dict[str, Any]]
    dimensions: NotRequired[int]  # absent where there is no model
    levels: NotRequired[int]


class LikelihoodRecord(Head, Likelihoods):
    """results/likelihood/<data>/<variant>/<seed>.json."""

    settings: dict[str, Any]
    seconds: float


class SensitivityRecord(TypedDict):
    """results/sensitivity/<data>.json.

    Attributes:
        held_out: scores of held-out data, a draw in each place.
        generators: by name title, what, fault, plain, and the scores of the same draws.
    """

    data: str
    draws: int
    seed: int
    protocol: Protocol
    held_out: list[Scores]
    generators: dict[str, Any]
    seconds: float


class Training(TypedDict):
    """What one of the two trainings of a draw came to; errors are shares, None if it diverged."""

    status: Status
    note: str
    validation_error: float | None
    test_error: float | None
    seconds: float


class FewLabelsLeftOut(TypedDict):
    """results/few_labels/<data>/<model>/<labels>/<draw>.json of a draw that is skipped.

    Attributes:
        labels: how many, or "all".
        trainings: by name.
    """

    data: str
    model: str
    title: str
    source: str
    labels: str
    draw: int
    hyperparameters: dict[str, Any]
    rounds: int
    batch: int
    precision: Precision
    status: Status
    note: str
    trainings: dict[str, Training]


class FewLabelsRecord(FewLabelsLeftOut, Machine):
    """results/few_labels/<data>/<model>/<labels>/<draw>.json.

    Attributes:
        n_labels, n_validation, n_test: examples.
    """

    n_labels: int
    n_validation: int
    n_test: int


class Answers(TypedDict):
    """What samples taught a classifier, and features a linear probe; empty where not asked."""

    settings: dict[str, Any]
    protocol: dict[str, Any]
    classification: dict[str, Any]
    features: dict[str, Any]
    seconds: float


class UsefulnessRecord(Head, Answers):
    """results/usefulness/<data>/<variant>/<seed>.json; `labelled` only where there is a model."""

    labelled: NotRequired[bool]


class ReferencesRecord(Answers):
    """results/references/<data>/<seed>.json."""

    data: str
    seed: int
    status: Status
    note: str
