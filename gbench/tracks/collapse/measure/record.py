"""The records that this room's stages write, and its page reads."""

from typing import TypedDict

from gbench.core.record import Status


class TurnoverRecord(TypedDict):
    """results/turnover/<data>/<variant>/<seed>.json.

    Attributes:
        round: [P], after which samples were kept.
        n: samples each time.
        by_mode: [P, K] samples of high quality.
        points, turnover, expected, excess: of the second half; None where there are none.
        note: why there are none.
    """

    data: str
    variant: str
    seed: int
    status: Status
    round: list[int]
    n: int
    by_mode: list[list[int]]
    note: str
    points: int | None
    turnover: float | None
    expected: float | None
    excess: float | None
