"""What a defence is worth to attackers of different knowledge: the same norm, path by path."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gbench.report.kit.section import Drawing, Finding, Part, Section
from gbench.report.kit.view import Block, Head, Prose, Row, View
from gbench.report.numbers import short
from gbench.stats.wilson import interval
from gbench.tracks.attacks.page.attacked import (
    Attacked,
    Share,
    accuracy,
    budget,
    done,
    robustness,
)
from gbench.tracks.attacks.page.tables import row, table

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


class Path(NamedTuple):
    """What one kind of attacker leaves by its worst attack per image.

    Attributes:
        share: of the images that any of its attacks was run on.
        attacks: their titles.
    """

    share: Share
    attacks: list[str]
    title: str = ""
    what: str = ""


def group_of(attack: Mapping[str, Any]) -> str:
    """The key in `GROUPS`."""
    return "oblivious" if attack["knowledge"] == "oblivious" else str(attack["gradient"])


def path(one: Attacked, attacks: Sequence[Mapping[str, Any]], eps: float, *named: str) -> Path:
    """What some attacks together leave at a budget."""
    rows = [one.images[f"distance/{attack['name']}"] for attack in attacks]
    nearest = np.full(max(map(len, rows)), np.inf)
    for distances in rows:
        nearest[: len(distances)] = np.minimum(nearest[: len(distances)], distances)
    left, n = int((nearest > eps * (1 + TOLERANCE)).sum()), len(nearest)
    titles = list(dict.fromkeys(attack["title"] for attack in attacks))
    return Path(Share(left / n, interval(left, n), n), titles, *named)


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
        rows = [row for norm in one.card["headline"] for row in _rows(one, norm)]
        grid = table(anchor, f"{one.title} by attacker", HEADS, rows, first="Attacker")
        yield Block(anchor, one.title, [grid, Prose(_notes(one), "small")])


def _rows(one: Attacked, norm: str) -> Iterator[Row]:
    found, alone = paths(one, norm), bare(one, norm)
    place = budget(norm, one.card["headline"][norm])
    if found and alone:
        yield row("No defence", place, alone.n, alone, "the unaware attacker's", tip=BARE)
    for share, attacks, title, what in found:
        yield row(title, place, share.n, share, ", ".join(attacks), tip=f"The attacker {what}.")


def _notes(one: Attacked) -> str:
    blank = accuracy(one.card["untrained_generator"], "defended_clean")
    return (
        f"Without attack {one.clean}, the bare classifier {accuracy(one.card, 'clean')}. With an "
        f"untrained generator in place of the trained one: {blank} without attack. Mean squared "
        f"error of what the classifier sees: {short(one.card['reconstruction_error'])}. An attack "
        "on fewer images counts on those alone, so that rows with other numbers of images do not "
        "compare image by image."
    )


def _falls(parts: Sequence[Part]) -> Iterator[Finding]:
    for part in parts:
        if told := "; ".join(fall(one) for one in done(part) if one.card["defence"] and fall(one)):
            place = budget(*next(iter(done(part)[0].card["headline"].items())))
            yield Finding(f"Defences on {part.key}:", f"at {place} {told}.", part.anchor)


def fall(one: Attacked) -> str:
    """From the unaware attacker to the worst of those who know, at the first norm; may be empty."""
    norm = next(iter(one.card["headline"]))
    found, alone = paths(one, norm), bare(one, norm)
    if len(found) < 2 or found[0].title != GROUPS["oblivious"][0] or not alone:
        return ""
    first, last = found[0], min(found[1:], key=lambda way: way.share.value)
    falls = "falls to" if last.share.under(first.share) else "cannot be distinguished from"
    return (
        f"{one.title} keeps {first.share} of the images when the attacker does not know of it "
        f"({alone} without it), and this {falls} {last.share} under “{last.title}” "
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
