"""One pixel: which images no change of a single pixel can turn, and which pixels can."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gbench.report.kit import pictures
from gbench.report.kit.section import Drawing, Finding, Part, Section
from gbench.report.kit.tidy import Frame, frame
from gbench.report.kit.view import Head, Sheet, Sheets, View
from gbench.report.numbers import listed, percent
from gbench.report.records import Records
from gbench.stats.wilson import interval
from gbench.tracks.attacks.page.attacked import Attacked, Share, every, title_of
from gbench.tracks.attacks.page.tables import by_target

ATTACK = "one_pixel"
SIDE = 96  # CSS pixels of a map
HEAD = "data target certified share images wrong candidates turned"
HEADS = (
    Head("Certified", "Images that are right and that no change of one pixel makes wrong.",
         "higher"),
    Head("Share", "The same, with Wilson's 95 % interval over images of the same kind.", "higher"),
    Head("Images", "That were classified with every change of one pixel."),
    Head("Wrong", "Without a change.", "lower"),
    Head("Changed images", "Each 8-bit image that differs in one pixel, per image."),
)  # fmt: skip


def certificates(records: Records) -> Frame:
    """A row a target that was queried about every change of one pixel.

    The last column is [H, W], the share of the images that a change of this pixel turns.
    """
    there = ((data, one) for data, one in every(records) if f"broken/{ATTACK}" in one.images)
    return frame(HEAD, ((data, one.name, *certificate(one)) for data, one in there))


def certificate(one: Attacked) -> Sequence[Any]:
    """The target's row, after its name."""
    broken = one.images[f"broken/{ATTACK}"]
    asked, wrong = (broken >= 0).all((1, 2)), (broken == -1).all((1, 2))
    n = len(broken)
    certified = int((broken[asked].sum((1, 2)) == 0).sum())
    share = Share(certified / n, interval(certified, n), n)
    turned = (broken[asked] > 0).sum(0) / n
    return certified, share, n, int(wrong.sum()), 255 * turned.size, turned


def heat(share: NDArray[np.float64]) -> NDArray[np.uint8]:
    """[H, W] shares as an image, from white to vermilion at the largest."""
    scaled = (share / (share.max() or 1.0))[..., None]
    image = np.full((*share.shape, 4), 255, np.uint8)
    image[..., :3] = (255 + scaled * (np.array([213, 94, 0]) - 255)).round()
    return image


def _maps(part: Part) -> Iterator[View]:
    named = zip(part.frame.target, part.frame.turned, strict=True)
    yield Sheets([_map(*item) for item in named], "small")


def _map(name: str, turned: NDArray[np.float64]) -> Sheet:
    alt = f"Pixels whose change turns images for {title_of(name)}"
    most = f"Full colour: {percent(float(turned.max(initial=0)))} of the images."
    picture = pictures.picture(heat(turned), alt, most, max(1, SIDE // turned.shape[1]))
    return Sheet(title_of(name), [picture], name)


def _told(parts: Sequence[Part]) -> Iterator[Finding]:
    for part in parts:
        counts = zip(part.frame.certified, part.frame.images, part.frame.target, strict=True)
        told = [f"{certified} of {n} for {title_of(name)}" for certified, n, name in counts]
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
    frame=certificates,
    written=None,
    empty="no target was queried about every change of one pixel",
    show=(by_target("One pixel", HEADS), Drawing(_maps)),
    findings=(_told,),
)
