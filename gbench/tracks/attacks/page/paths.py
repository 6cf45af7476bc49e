"""What a defence is worth to attackers of different knowledge: the same norm, path by path."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gbench.report.kit.cells import plain
from gbench.report.kit.section import Drawing, Finding, Part, Section
from gbench.report.kit.view import Block, Cell, Grid, Group, Head, Prose, Row, View
from gbench.report.numbers import short
from gbench.stats.wilson import interval
from gbench.tracks.attacks.page.attacked import Attacked, Share, budget, done, robustness

TOLERANCE = 1e-6  # as the ledger's
GROUPS = {  # title and what the attacker does
    "oblivious": ("Unaware", "attacks the bare classifier and shows the defence what it found"),
    "none": ("Decisions, scores, transfer", "queries the defence, without any gradient of it"),
    "bpda": ("BPDA", "takes the projection for the identity when it differentiates"),
    "unrolled": ("Unrolled", "differentiates through every step of the projection"),
    "latent": ("Latent", "seeks a wrong image among those that the generator makes"),
    "exact": ("Exact gradient", "differentiates the defence as it stands"),
}
HEADS = (
    Head("Norm, eps", "The headline budget.", kind="text"),
    Head("Images", "On which an attacker of that kind was run."),
    Head("Accuracy left", "By the worst attack of that kind per image; Wilson's 95 % interval.",
         "higher"),
    Head("Attacks", "Of that attacker.", kind="text"),
)  # fmt: skip
BARE = "What the attacks of the unaware attacker leave of the bare classifier, on the same images."


@dataclass(frozen=True)
class Path:
    """What one kind of attacker leaves.

    Attributes:
        share: left by the worst attack of that kind, of the images that any was run on.
        attacks: their titles.
    """

    share: Share
    attacks: list[str]
    title: str = ""
    what: str = ""


def group_of(attack: Mapping[str, Any]) -> str:
    """The key in `GROUPS`."""
    return "oblivious" if attack["knowledge"] == "oblivious" else str(attack["gradient"])


def distances(one: Attacked, attacks: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """[n] of the nearest image that one of the attacks found, on those that any was run on."""
    rows = [one.images[f"distance/{attack['name']}"] for attack in attacks]
    nearest = np.full(max(map(len, rows)), np.inf)
    for row in rows:
        nearest[: len(row)] = np.minimum(nearest[: len(row)], row)
    return nearest


def path(one: Attacked, attacks: Sequence[Mapping[str, Any]], eps: float, *named: str) -> Path:
    """What some attacks together leave at a budget."""
    nearest = distances(one, attacks)
    left, n = int((nearest > eps * (1 + TOLERANCE)).sum()), len(nearest)
    titles = list(dict.fromkeys(attack["title"] for attack in attacks))
    return Path(Share.of(left / n, interval(left, n), n), titles, *named)


def paths(one: Attacked, norm: str) -> list[Path]:
    """One a kind of attacker, the unaware first."""
    known = [a for a in one.attacks(norm) if f"distance/{a['name']}" in one.images]
    by_group = {group: [a for a in known if group_of(a) == group] for group in GROUPS}
    eps = one.card["headline"][norm]
    return [path(one, found, eps, *GROUPS[group]) for group, found in by_group.items() if found]


def bare(one: Attacked, norm: str) -> Share | None:
    """What the oblivious attacks leave of the bare classifier on the same images."""
    result = one.card["undefended"].get(norm)
    return one.left(norm, result) if result and result["broken_by"] else None


def _defences(part: Part) -> Iterator[View]:
    """A block a defence."""
    for one in (one for one in done(part) if one.card["defence"]):
        anchor = f"defence-{part.key}-{one.name}"
        rows = [row for norm, eps in one.card["headline"].items() for row in _rows(one, norm, eps)]
        grid = Grid(
            f"{anchor}-table", f"{one.title} by attacker", HEADS, [Group("", rows)], "Attacker"
        )
        yield Block(anchor, one.title, [grid, Prose(_notes(one), "small")])


def _rows(one: Attacked, norm: str, eps: float) -> Iterator[Row]:
    found, alone, place = paths(one, norm), bare(one, norm), plain(budget(norm, eps))
    if found and alone:
        cells = [place, Cell(str(alone.n)), alone.cell(), plain("the unaware attacker's")]
        yield Row("No defence", cells, tip=BARE)
    for way in found:
        attacks = plain(", ".join(way.attacks))
        cells = [place, Cell(str(way.share.n)), way.share.cell(), attacks]
        yield Row(way.title, cells, tip=f"The attacker {way.what}.")


def _notes(one: Attacked) -> str:
    card = one.card
    alone = Share.of(card["clean_accuracy"], card["clean_wilson"])
    unlearnt = card["untrained_generator"]
    blank = Share.of(unlearnt["defended_clean_accuracy"], unlearnt["defended_clean_wilson"])
    return (
        f"Without attack {one.clean}, the bare classifier {alone}. With an untrained generator in "
        f"place of the trained one: {blank} without attack. Mean squared error of what the "
        f"classifier sees: {short(card['reconstruction_error'])}. An attack on fewer images counts "
        "on those alone, so that rows with other numbers of images do not compare image by image."
    )


def _falls(parts: Sequence[Part]) -> Iterator[Finding]:
    for part in parts:
        defended = [one for one in done(part) if one.card["defence"]]
        if told := "; ".join(filter(None, map(fall, defended))):
            place = budget(*next(iter(done(part)[0].card["headline"].items())))
            yield Finding(f"Defences on {part.key}:", f"at {place} {told}.", part.anchor)


def fall(one: Attacked) -> str:
    """From the unaware attacker to the worst of those who know, at the first norm; may be empty."""
    norm = next(iter(one.card["headline"]))
    found, alone = paths(one, norm), bare(one, norm)
    unaware = [way for way in found if way.title == GROUPS["oblivious"][0]]
    aware = [way for way in found if way not in unaware]
    if not unaware or not aware or not alone:
        return ""
    first, last = unaware[0], min(aware, key=lambda way: way.share.value)
    falls = "falls to" if last.share.high < first.share.low else "cannot be distinguished from"
    return (
        f"{one.title} keeps {first.share} of the images when the attacker does not know of it "
        f"({alone} without it) and {falls} {last.share} under “{last.title}” "
        f"({last.share.n} images)"
    )


DEFENCES = Section(
    id="defences",
    title="What a defence is worth to those who know of it",
    lede="The same images, the same budget, and attackers of growing knowledge. A defence that "
    "looks strong to those who do not know of it and weak to those who do was never a defence. The "
    "number that counts is the lowest.",
    blind="attackers who know more, or try longer, than those in these rows.",
    frame=robustness,
    written=None,
    empty="no defence was attacked",
    show=(Drawing(_defences),),
    findings=(_falls,),
    nav="Defences",
)
