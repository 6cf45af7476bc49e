"""The records that this room's stages write, and its page reads."""

from typing import Any, NotRequired, TypedDict

from gbench.core.record import Machine, Status


class NoClassifier(TypedDict):
    """classifiers/<data>/<name>/card.json where there are no weights."""

    name: str
    data: str
    status: Status
    note: str


class ClassifierCard(NoClassifier):
    """classifiers/<data>/<name>/card.json.

    Attributes:
        test_accuracy, train_accuracy: shares.
        hash: of the weights.
        rounds, batch, lr, seed: of its training; 0 rounds if it was solved for.
        build: the keywords of its network.
        file: of its module, in gbench/tracks/attacks/classifiers.
    """

    test_accuracy: float
    train_accuracy: float
    hash: str
    seconds: float
    rounds: int
    batch: int
    lr: float
    seed: int
    build: dict[str, Any]
    file: str


class DefenceCard(TypedDict):
    """defences/<data>/<name>/card.json.

    Attributes:
        numbers: the keywords of its `build`.
        seconds: that it learnt; only if it did.
    """

    data: str
    numbers: dict[str, Any]
    status: Status
    note: str
    seconds: NotRequired[float]


class Unattacked(TypedDict):
    """results/unrestricted/<data>/<target>/unrestricted.json of a target that was not searched."""

    data: str
    target: str
    settings: dict[str, Any]
    status: Status
    note: str


class UnrestrictedRecord(Unattacked, Machine):
    """results/unrestricted/<data>/<target>/unrestricted.json.

    Attributes:
        proxies: that say whether an image still shows its class.
        found, unsearched: shares with Wilson's intervals, after the search and before it.
    """

    proxies: list[str]
    found: dict[str, Any]
    unsearched: dict[str, Any]
    seconds: float


class NotAttacked(TypedDict):
    """results/attacks/<data>/<target>/attack.json where nothing was attacked, and why."""

    status: Status
    note: str
    data: str
    target: str
    classifier: str
    defence: str | None
    attacks: list[dict[str, Any]]
    flags: list[dict[str, Any]]


class AttackRecord(NotAttacked, Machine):
    """results/attacks/<data>/<target>/attack.json.

    Attributes:
        n: images; `image_indices_sha256` says which.
        eps, headline: budgets by norm.
        attacks: a trial each; `worst_case`: of all of them, by norm.
        clean_accuracy, clean_wilson: of the bare classifier; `defended_`: through the defence.
        undefended, untrained_generator, reconstruction_error: of a defence only.
        examples: attacked images, with predictions.
        defence_parameters: the keywords of its `build`.
    """

    n: int
    image_indices_sha256: str
    eps: dict[str, list[float]]
    headline: dict[str, float]
    worst_case: dict[str, Any]
    clean_accuracy: float
    clean_wilson: list[float]
    defended_clean_accuracy: float | None
    defended_clean_wilson: NotRequired[list[float]]
    undefended: NotRequired[dict[str, Any]]
    untrained_generator: NotRequired[dict[str, Any]]
    reconstruction_error: NotRequired[float]
    examples: list[dict[str, Any]]
    defence_parameters: dict[str, Any]
    seconds: float
