"""Which targets withstand: by norm, how hard each was attacked, and whether that can be trusted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from gbench.report.kit.cells import absences, plain
from gbench.report.kit.section import Drawing, Finding, Part, Section
from gbench.report.kit.view import Cell, Fold, Grid, Group, Head, Listing, Prose, Row, Stamp, View
from gbench.report.numbers import listed, sentence
from gbench.tracks.attacks.page.attacked import Attacked, budget, done, of, robustness
from gbench.tracks.attacks.page.headline import CLEAN, IMAGES, worst_case
from gbench.tracks.attacks.page.tables import cell, row

KINDS = ("white box", "targeted", "score", "decision", "transfer")  # demanded of every target
THROUGH = ("exact", "bpda", "unrolled")  # gradient paths through a defence
STRENGTHS = {
    "T0": "white-box attacks alone",
    "T1": "white box with and without a given class, by scores, by decisions, and by transfer",
    "T2": "as T1, and a defence also by attackers who differentiate it, next to such as do not "
    "know of it",
}
FEW = "Fewer than two attacks differentiated the defence in this norm."
DEMANDED = (
    "Bare classifiers need T1, defences T2; in each norm a defence must face every kind of attack "
    "that all bare classifiers faced."
)


@dataclass(frozen=True)
class Line:
    """A target on the board.

    Attributes:
        every: all targets that were attacked, itself among them.
    """

    one: Attacked
    every: Sequence[Attacked]

    @cached_property
    def strength(self) -> tuple[str, list[str]]:
        """How completely it was attacked, and what is lacking to the strength that it needs."""
        return strength_of(self.one.card["attacks"], defended=bool(self.one.card["defence"]))

    @cached_property
    def flags(self) -> list[Mapping[str, str]]:
        """Why its numbers are not reliable: text, and the norm in which, or none if in all."""
        return [*self.one.card["flags"], *spared(self.one, self.every)]

    @property
    def ranked(self) -> bool:
        """Whether it may lead in some norm: attacked as completely as its kind demands, and no
        caution about the target itself.  Any caution about a defence is one about itself: what it
        hides in one norm it may hide in another, where fewer attacks were made."""
        doubted = self.flags if self.one.card["defence"] else self.about("")
        return not self.strength[1] and not doubted

    def about(self, norm: str) -> list[Mapping[str, str]]:
        """The cautions of one norm; of all norms where it is empty."""
        return [flag for flag in self.flags if flag["norm"] == norm]

    @cached_property
    def doubted(self) -> list[str]:
        """The norms in which there are cautions, or too few attacks."""
        cautioned = [flag["norm"] for flag in self.flags if flag["norm"]]
        return list(dict.fromkeys([*cautioned, *thin(self.one.card)]))

    def ranks(self, norm: str) -> bool:
        """Whether it may lead in this norm."""
        return self.ranked and norm not in self.doubted

    @property
    def doubt(self) -> str:
        """Where it cannot lead; empty if it may everywhere."""
        where = listed([*map(budget, self.doubted)]) if self.ranked else ""
        return f"{self.one.title} in {where}" if where else "" if self.ranked else self.one.title


def lines(every: Sequence[Attacked]) -> list[Line]:
    """First those that may lead, by what the first norm left."""

    def place(line: Line) -> tuple[Any, ...]:
        left = {norm: line.one.worst(norm) for norm in line.one.card["headline"]}
        values = ((n, -share.value if share else 0.0) for n, share in left.items())
        return (not line.ranked, *((not line.ranks(norm), value) for norm, value in values))

    return sorted((Line(one, every) for one in every), key=place)


def spared(one: Attacked, every: Sequence[Attacked]) -> Iterator[Mapping[str, str]]:
    """By norm, the kinds of attack that all bare classifiers faced and this target did not."""
    bare = [other for other in every if not other.card["defence"]]
    for norm in one.card["headline"] if bare else ():
        demanded = set.intersection(*(faced(other, norm) for other in bare))
        if there := faced(one, norm):
            for kind in sorted(demanded - there):
                text = f"no attack of the kind {kind} was made in {budget(norm)}"
                yield {"text": text, "norm": norm}


def faced(one: Attacked, norm: str) -> set[str]:
    """What the attacks of a norm see; a given class only makes them weaker."""
    free = (attack for attack in one.attacks(norm) if not attack["targeted"])
    return {str(attack["knowledge"]) for attack in free} - {"exhaustive"}


def thin(card: Mapping[str, Any]) -> list[str]:
    """The norms in which fewer than two attacks without a given class differentiated a defence."""
    if not card["defence"]:
        return []
    through = [a["norm"] for a in card["attacks"] if a["gradient"] in THROUGH and not a["targeted"]]
    return [norm for norm in card["headline"] if through.count(norm) < 2]


def strength_of(attacks: Sequence[Mapping[str, Any]], *, defended: bool) -> tuple[str, list[str]]:
    """How completely a target was attacked, and what its kind demands besides."""
    there = {str(attack["knowledge"]) for attack in attacks}
    there |= {"targeted" for attack in attacks if attack["targeted"]}
    there |= {"through the defence" for attack in attacks if attack["gradient"] in THROUGH}
    wanted = [*KINDS, *(["through the defence", "oblivious"] if defended else [])]
    missing = [kind for kind in wanted if kind not in there]
    if not missing:
        return ("T2" if defended else "T1"), []
    return ("T0" if {*KINDS} - there else "T1"), missing


def told(board: Sequence[Line], norm: str, place: str) -> str:
    """A sentence on which targets lead in one norm; empty if none may."""
    may = (line.one for line in board if line.ranks(norm))
    fit = [(one, left) for one in may if (left := one.worst(norm))]
    if not fit:
        return ""
    (first, best), *others = sorted(fit, key=lambda pair: -pair[1].value)
    tied = [one.title for one, left in others if not left.under(best)]
    text = f"at {place} {first.title} keeps {best}"
    return f"{text}, which cannot be distinguished from {listed(tied)}" if tied else text


def _board(part: Part) -> Iterator[View]:
    missing = {one.title: one.card["note"] for one in of(part) if not one.ok}
    if not (found := lines(done(part))):
        yield Listing([*missing.items()])
        return
    norms: Mapping[str, float] = done(part)[0].card["headline"]
    strengths = f"{' '.join(f'{name}: {what}.' for name, what in STRENGTHS.items())} {DEMANDED}"
    heads = [Head("Attacked", f"How completely. {strengths}", kind="text"), IMAGES, CLEAN]
    heads += [worst_case(*item) for item in norms.items()]
    rows = [(line.ranked, _row(part, line, [*norms])) for line in found]
    groups = [
        Group("Ranked" if ranked else "Not ranked", [row for r, row in rows if r == ranked])
        for ranked in dict.fromkeys(ranked for ranked, _ in rows)
    ]
    yield Grid(
        f"{part.anchor}-table", f"Worst cases on {part.key}", heads, groups, "Target",
        apart=True, absent=absences(missing),
    )  # fmt: skip
    yield Prose(strengths, "small")
    if every := [(line.one.title, flag["text"]) for line in found for flag in line.flags]:
        yield Fold("Every caution", [Listing(every)])


def _row(part: Part, line: Line, norms: Sequence[str]) -> Row:
    one, (strength, missing), stamps = line.one, line.strength, []
    tip = sentence(f"{STRENGTHS[strength]}.")
    if missing:
        strength, tip = f"{strength}, incomplete", f"{tip} Missing: {', '.join(missing)}."
    if line.flags:
        where = f" in {listed([*map(budget, line.doubted)])}" if line.ranked else ""
        texts = "; ".join(flag["text"] for flag in line.flags)
        stamps = [Stamp(f"not reliable{where}: {len(line.flags)}", texts)]
    more = {"model": one.name, "href": f"#attacks-{part.key}-{one.name}", "stamps": stamps}
    left = (_cell(line, norm) for norm in norms)
    return row(one.title, plain(strength, tip=tip), one.card["n"], one.clean, *left, **more)


def _cell(line: Line, norm: str) -> Cell:
    """What is left in a norm, and in the tip the attack that broke most."""
    left = line.one.worst(norm)
    if left is None:
        return Cell(gap="not attacked")
    titles = {attack["name"]: attack["title"] for attack in line.one.attacks(norm)}
    broken: Mapping[str, int] = line.one.card["worst_case"][norm]["broken_by"]
    most = max(broken, key=lambda name: broken[name], default="")
    by = titles[most] if most and broken[most] else "no attack"
    tips = [f"Most images were broken by {by}."]
    tips += [f"Caution: {flag['text']}." for flag in line.about(norm)]
    tips += [FEW] if norm in thin(line.one.card) else []
    shown = cell(left)
    mark = "†" if norm in line.doubted else ""
    return replace(shown, text=shown.text + mark, tip=" ".join(tips))


def _leaders(parts: Sequence[Part]) -> Iterator[Finding]:
    """Which targets lead, and which cannot."""
    for part in parts:
        board = lines(done(part))
        norms = board[0].one.card["headline"].items() if board else ()
        leading = (told(board, norm, budget(norm, eps)) for norm, eps in norms)
        if text := "; ".join(filter(None, leading)):
            lead = f"Most robust on {part.key}:" if len(board) > 1 else f"On {part.key}:"
            yield Finding(lead, f"{text}.", part.anchor)
        if doubted := listed([line.doubt for line in board if line.doubt]):
            text = f"{doubted}: the evaluation is incomplete or has cautions."
            yield Finding(f"Not ranked on {part.key}:", text, part.anchor)


BOARD = Section(
    id="board",
    title="Which targets withstand",
    lede="Accuracy that the worst attack leaves of each image, at the headline budget of each "
    "norm, in pixel values from 0 to 1 (L0: pixels); Wilson's 95 % interval below it, and in the "
    "tip the attack that broke most. An image that is wrong without an attack counts as broken. "
    "Only a target that was attacked as completely as its kind demands is ranked. Nobody leads in "
    "a norm marked †: there is a caution, or fewer than two attacks differentiated the defence. A "
    "defence with a caution in any norm is not ranked, whatever its numbers.",
    blind="attacks that nobody has made, and how another training of the same target would do.",
    frame=robustness,
    written=None,
    links=("robustness.csv", "metrics.json"),
    empty="nothing was attacked",
    show=(Drawing(_board),),
    findings=(_leaders,),
)
