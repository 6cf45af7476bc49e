"""One pixel: which images no change of a single pixel can turn, and which pixels can."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gbench.report import pixels
from gbench.report.figures.pictures import Sheet
from gbench.report.findings import title_of
from gbench.report.records import Attacked, Data
from gbench.stats.wilson import interval

ATTACK = "one_pixel"
SIDE = 96  # CSS pixels of a map


@dataclass(frozen=True)
class Certificate:
    """
    Attributes:
        n: images asked about.
        certified: right, and no change of one pixel makes them wrong.
        low, high: Wilson's 95 % interval of that share.
        wrong: wrong without a change.
        map: the share of the images that a change of this pixel turns, white for none.
        most: the largest such share.
        candidates: changed images that an image has.
    """

    title: str
    n: int
    certified: int
    low: float
    high: float
    wrong: int
    map: Sheet
    most: float
    candidates: int


def certificates(data: Data) -> list[Certificate]:
    """Of the targets that were asked about every change of one pixel."""
    return [found for one in data.attacked if one.status == "ok" and (found := _of(one))]


def _of(attacked: Attacked) -> Certificate | None:
    broken = attacked.images.get(f"broken/{ATTACK}")
    if broken is None:
        return None
    asked, wrong = (broken >= 0).all((1, 2)), (broken == -1).all((1, 2))
    n = len(broken)
    certified = int((broken[asked].sum((1, 2)) == 0).sum())
    share = (broken[asked] > 0).sum(0) / n
    size = int(broken.shape[1] * broken.shape[2])
    return Certificate(
        title=title_of(attacked),
        n=n,
        certified=certified,
        low=interval(certified, n)[0],
        high=interval(certified, n)[1],
        wrong=int(wrong.sum()),
        map=heat(share),
        most=float(share.max(initial=0.0)),
        candidates=255 * size,
    )


def heat(share: NDArray[np.float64]) -> Sheet:
    """[H, W] shares as an image, from white to vermilion at the largest."""
    scaled = (share / (share.max() or 1.0))[..., None]
    image = np.full((*share.shape, 4), 255, np.uint8)
    image[..., :3] = (255 + scaled * (np.array([213, 94, 0]) - 255)).round()
    return Sheet(pixels.uri(image), SIDE, round(SIDE * share.shape[0] / share.shape[1]))
