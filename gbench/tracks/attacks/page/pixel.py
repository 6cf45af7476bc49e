"""One pixel: which images no change of a single pixel can turn, and which pixels can."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gbench.report.kit import pictures
from gbench.report.kit.section import Drawing, Finding, Part, Section
from gbench.report.kit.view import Cell, Grid, Group, Head, Row, Sheet, Sheets, View
from gbench.report.numbers import fixed, listed, percent
from gbench.stats.wilson import interval
from gbench.tracks.attacks.page.attacked import Attacked, Share, done, robustness

ATTACK = "one_pixel"
SIDE = 96  # CSS pixels of a map
HEADS = (
    Head("Certified", "Images that are right and that no change of one pixel makes wrong.",
         "higher"),
    Head("Share", "The same, with Wilson's 95 % interval over images of the same kind.", "higher"),
    Head("Images", "That were classified with every change of one pixel."),
    Head("Wrong", "Without a change.", "lower"),
    Head("Changed images", "Each 8-bit image that differs in one pixel, per image."),
)  # fmt: skip


@dataclass(frozen=True)
class Certificate:
    """
    Attributes:
        certified: right, and no change of one pixel makes them wrong.
        share: the same, of the images that were classified with every change.
        wrong: wrong without a change.
        turned: [H, W], the share of the images that a change of this pixel turns.
        candidates: changed images that an image has.
    """

    one: Attacked
    certified: int
    share: Share
    wrong: int
    turned: NDArray[np.float64]
    candidates: int


def certificate(one: Attacked) -> Certificate | None:
    """Of a target that was queried about every change of one pixel; None for others."""
    broken = one.images.get(f"broken/{ATTACK}")
    if broken is None:
        return None
    asked, wrong = (broken >= 0).all((1, 2)), (broken == -1).all((1, 2))
    n = len(broken)
    certified = int((broken[asked].sum((1, 2)) == 0).sum())
    return Certificate(
        one,
        certified,
        Share.of(certified / n, interval(certified, n), n),
        int(wrong.sum()),
        (broken[asked] > 0).sum(0) / n,
        255 * int(broken.shape[1] * broken.shape[2]),
    )


def certificates(part: Part) -> list[Certificate]:
    """By target."""
    return [found for one in done(part) if (found := certificate(one))]


def heat(share: NDArray[np.float64]) -> NDArray[np.uint8]:
    """[H, W] shares as an image, from white to vermilion at the largest."""
    scaled = (share / (share.max() or 1.0))[..., None]
    image = np.full((*share.shape, 4), 255, np.uint8)
    image[..., :3] = (255 + scaled * (np.array([213, 94, 0]) - 255)).round()
    return image


def _views(part: Part) -> Iterator[View]:
    if found := certificates(part):
        rows = [Row(c.one.title, _cells(c), c.one.name) for c in found]
        title = f"One pixel on {part.key}"
        yield Grid(f"{part.anchor}-table", title, HEADS, [Group("", rows)], "Target")
        yield Sheets([_map(one) for one in found], "small")


def _cells(found: Certificate) -> list[Cell]:
    counts = (str(found.share.n), str(found.wrong), fixed(found.candidates, 0))
    return [Cell(str(found.certified)), found.share.cell(), *map(Cell, counts)]


def _map(found: Certificate) -> Sheet:
    alt = f"Pixels whose change turns images for {found.one.title}"
    most = f"Full colour: {percent(float(found.turned.max(initial=0)))} of the images."
    grow = max(1, SIDE // found.turned.shape[1])
    picture = pictures.picture(heat(found.turned), alt, most, grow)
    return Sheet(found.one.title, [picture], found.one.name)


def _told(parts: Sequence[Part]) -> Iterator[Finding]:
    for part in parts:
        told = [f"{c.certified} of {c.share.n} for {c.one.title}" for c in certificates(part)]
        if told:
            text = f"no change of one pixel turns {listed(told)} on {part.key}."
            yield Finding("One pixel:", text, part.anchor)


PIXEL = Section(
    id="pixel",
    title="One pixel",
    lede="Every 8-bit image that differs in one pixel was classified, so these are not estimates "
    "of an attack but exact answers for each image; the interval is for other images of the same "
    "kind. The map shows at which pixels a change turns an image: white for none of the images, "
    "full colour for the largest share, which stands above it.",
    blind="changes of two pixels or more, and colours between the 256 levels of a pixel.",
    frame=robustness,
    written=None,
    empty="no target was queried about every change of one pixel",
    show=(Drawing(_views),),
    findings=(_told,),
)
