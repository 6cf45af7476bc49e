"""What the root's page shows of this track, and every target on the track's own page."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gbench.report.kit.section import Drawing, Finding, Part, Section
from gbench.report.kit.view import Cell, Head, Prose, Row, View
from gbench.tracks.attacks.page.attacked import (
    Attacked,
    budget,
    done,
    failures,
    images,
    metrics,
    of,
    robustness,
    written,
)
from gbench.tracks.attacks.page.tables import row, table
from gbench.tracks.attacks.page.targets import blocks

PAGE = "attacks/index.html"  # within the root's reports
CLEAN = Head("Without attack", "Accuracy, through the defence if there is one, with Wilson's 95 % "
             "interval.", "higher")  # fmt: skip
IMAGES = Head("Images", "That were attacked.")
CAUTIONS = Head("Cautions", "Signs that the numbers are not reliable; listed with the target.")


def worst_case(norm: str, eps: float, title: str = "") -> Head:
    """The head of the column of one norm."""
    asks = f"What the worst attack leaves of each image within {budget(norm, eps)}, with Wilson's "
    return Head(f"{title}{budget(norm, eps)}", f"{asks}95 % interval.", "higher")


def _summary(part: Part) -> Iterator[View]:
    """Every target at the headline budgets of the first one that was attacked."""
    if there := done(part):
        norms = there[0].card["headline"]
        columns = (worst_case(norm, eps, "Worst case at ") for norm, eps in norms.items())
        rows = [_row(part, one, [*norms]) for one in of(part)]
        heads = [CLEAN, *columns, IMAGES, CAUTIONS]
        yield table(part.anchor, f"Worst cases on {part.key}", heads, rows)


def _row(part: Part, one: Attacked, norms: Sequence[str]) -> Row:
    more = {"model": one.name, "href": f"#attacks-{part.key}-{one.name}"}
    if not one.ok:
        return row(one.title, *[""] * (len(norms) + 3), why=one.card["note"], **more)
    cautions = Cell(str(len(one.card["flags"]) or "none"))
    return row(one.title, one.clean, *map(one.worst, norms), one.card["n"], cautions, **more)


def _more(part: Part) -> Iterator[View]:
    if (part.results.root / "reports" / PAGE).exists():
        yield Prose("More attacks, targets and norms: the page of the track on attacks", href=PAGE)


def _defences(parts: Sequence[Part]) -> Iterator[Finding]:
    """Whether a defence keeps more of the same images than the classifier alone does."""
    for part in parts:
        for one in done(part):
            if one.card["defence"] and (text := "; ".join(_kept(one))):
                yield Finding(f"{one.title} on {part.key}:", f"{text}.", part.anchor)


def _kept(one: Attacked) -> Iterator[str]:
    """By norm, in words."""
    for norm in one.card["worst_case"]:
        kept, alone = one.worst(norm), one.left(norm, one.card["undefended"].get(norm))
        if kept and alone:
            apart = kept.under(alone) or alone.under(kept)
            word = "compared with" if apart else "which cannot be distinguished from"
            yield (
                f"at {budget(norm, one.card['headline'][norm])} it keeps {kept} of the images "
                f"under its worst attack, {word} {alone} without the defence"
            )


TARGETS = Section(
    id="robustness",
    title="Every target",
    lede="Accuracy that is left when every image may be changed by at most eps. The bold line is "
    "the worst case per image; its band is Wilson's 95 % interval. An attack that was run on fewer "
    "images counts on those only, so the worst case is an upper bound. Queries are those about the "
    "image itself; those with which an attacker teaches a substitute or a generator come on top, "
    "and are in the attack's row.",
    blind="what attacks that are not here would find; how another training of the target would do.",
    frame=robustness,
    written=written,
    also={"images": images},
    empty="no classifiers are attacked: params.yaml names none for image data",
    show=(Drawing(blocks),),
    metrics=metrics,
    failures=failures,
)
HEADLINE = replace(
    TARGETS,
    title="Robustness",
    lede="Accuracy that is left when every image may be changed by at most eps. The bold line is "
    "the worst case: an image counts only if it withstands every attack of that norm; its band is "
    "Wilson's 95 % interval. Images that are wrong without an attack count as broken at 0. An "
    "attack that was run on fewer images counts on those only, so the worst case is an upper "
    "bound. A defence is always attacked through itself; attacks that do not know of it "
    "(oblivious) stand next to these.",
    also={},
    show=(Drawing(_summary), Drawing(blocks), Drawing(_more)),
    findings=(_defences,),
)
