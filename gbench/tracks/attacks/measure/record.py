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
