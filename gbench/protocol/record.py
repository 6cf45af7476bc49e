"""The records that the protocol's stages write, and the page reads."""

from typing import Any, TypedDict

from gbench.core.record import Head, Status


class Score(TypedDict):
    """
    Attributes:
        value: None where there is none.
        note: why there is none, or what must be known of it.
    """

    value: float | None
    note: str


Scores = dict[str, Score]  # by metric


class Protocol(TypedDict):
    """What stands next to every value.

    Attributes:
        n_generated, n_reference, n_train: examples.
        reference: the split that samples are held against.
        d: how many features there are.
        extractor, extractor_hash: what makes them.
    """

    n_generated: int
    n_reference: int
    n_train: int
    reference: str
    d: int
    extractor: str
    extractor_hash: str


class RunScores(Head):
    """results/scores/<data>/<variant>/<seed>.json.

    Attributes:
        scores: of the first n samples; empty if the run did not finish.
        by_class: as `gbench.protocol.breakdown.by_class` has it.
        neighbours: of the samples that the page shows.
        along: as `gbench.protocol.evaluation.on_the_way` has it.
        batches: by metric, a value a batch.
    """

    protocol: Protocol
    scores: Scores
    by_class: list[dict[str, Any]]
    neighbours: dict[str, list[Any]]
    along: dict[str, list[Any]]
    batches: dict[str, list[float | None]]
    seconds: float


class Check(TypedDict):
    """What must hold between the controls, and whether it does."""

    check: str
    passed: bool
    detail: str


class ControlsLeftOut(TypedDict):
    """results/controls/<data>/<seed>.json of a seed that is skipped.

    Attributes:
        controls: scores by control.
    """

    data: str
    seed: int
    status: Status
    controls: dict[str, Scores]
    checks: list[Check]


class Controls(ControlsLeftOut):
    """results/controls/<data>/<seed>.json."""

    protocol: Protocol
    by_class: dict[str, list[dict[str, Any]]]
    seconds: float


class JudgeCard(TypedDict):
    """judges/<data>/card.json.

    Attributes:
        kind, name: of what makes the features.
        test_accuracy: None without classes.
        hash: of its weights.
        features: how many.
        build: the keywords of its network.
    """

    kind: str
    name: str
    test_accuracy: float | None
    hash: str
    features: int
    seconds: float
    build: dict[str, Any]
