"""Who stands: every target by norm, how hard it was attacked, and whether that can be trusted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gbench.report.findings import at_headline, norm_name, share, title_of
from gbench.report.numbers import listed
from gbench.report.records import Attacked, Data

KINDS = ("white box", "targeted", "score", "decision", "transfer")  # asked of every target
THROUGH = ("exact", "bpda", "unrolled")  # gradient paths through a defence
STRENGTHS = {
    "T0": "white-box attacks alone",
    "T1": "white box with and without a given class, by scores, by decisions, and by transfer",
    "T2": "as T1, and a defence also by attackers who differentiate it, beside such as do not know "
    "of it",
}


@dataclass(frozen=True)
class Cell:
    """Accuracy left at the headline budget of one norm.

    Attributes:
        accuracy, low, high: and Wilson's 95 % interval.
        by: the attack that broke most images.
    """

    accuracy: float
    low: float
    high: float
    by: str


@dataclass(frozen=True)
class Line:
    """
    Attributes:
        strength: "T0", "T1" or "T2", how completely it was attacked.
        missing: what is lacking to the strength that it needs.
        flags: why its numbers are not reliable: text, and the norm in which, or none if in all.
        cells: by norm; None where nothing was attacked.
        thin: the norms in which fewer than two attacks differentiated a defence.
    """

    attacked: Attacked
    title: str
    strength: str
    missing: list[str]
    flags: list[Mapping[str, str]]
    cells: Mapping[str, Cell | None]
    thin: list[str]

    @property
    def ranked(self) -> bool:
        """Whether it may lead in some norm: attacked as completely as its kind demands, and no
        caution about the target itself.  Any caution about a defence is one about itself: what it
        hides in one norm it may hide in another, where fewer attacks were made."""
        doubted = self.flags if self.attacked.card["defence"] else self.about("")
        return not self.missing and not doubted

    def about(self, norm: str) -> list[Mapping[str, str]]:
        """The cautions of one norm; of all norms where it is empty."""
        return [flag for flag in self.flags if flag["norm"] == norm]

    @property
    def doubted(self) -> list[str]:
        """The norms in which there are cautions, or too few attacks."""
        cautioned = [flag["norm"] for flag in self.flags if flag["norm"]]
        return list(dict.fromkeys([*cautioned, *self.thin]))

    def ranks(self, norm: str) -> bool:
        """Whether it may lead in this norm."""
        return self.ranked and not self.about(norm) and norm not in self.thin


def norms(data: Data) -> dict[str, float]:
    """The headline budgets by norm, of the first target that was attacked."""
    done = (one.card["headline"] for one in data.attacked if one.status == "ok")
    return dict(next(done, {}))


def lines(data: Data) -> list[Line]:
    """The targets that were attacked: first those that may lead, by what the first norm left."""
    done = [attacked for attacked in data.attacked if attacked.status == "ok"]
    found = [_line(attacked, done) for attacked in done]
    return sorted(
        found,
        key=lambda line: (
            not line.ranked,
            *((not line.ranks(norm), -_left(cell)) for norm, cell in line.cells.items()),
        ),
    )


def _left(cell: Cell | None) -> float:
    return cell.accuracy if cell else 0.0


def spared(attacked: Attacked, every: Sequence[Attacked]) -> Iterator[Mapping[str, str]]:
    """By norm, the kinds of attack that all bare classifiers faced and this target did not."""
    bare = [one for one in every if not one.card["defence"]]
    for norm in attacked.card["headline"] if bare else ():
        demanded = set.intersection(*(faced(one, norm) for one in bare))
        if there := faced(attacked, norm):
            for kind in sorted(demanded - there):
                text = f"no attack of the kind {kind} was made in {norm_name(norm)}"
                yield {"text": text, "norm": norm}


def thin(card: Mapping[str, Any]) -> list[str]:
    """The norms in which fewer than two attacks without a given class differentiated a defence."""
    if not card["defence"]:
        return []
    through = [a["norm"] for a in card["attacks"] if a["gradient"] in THROUGH and not a["targeted"]]
    return [norm for norm in card["headline"] if through.count(norm) < 2]


def faced(attacked: Attacked, norm: str) -> set[str]:
    """What the attacks of a norm see; a given class only makes them weaker."""
    attacks = attacked.card["attacks"]
    free = (one for one in attacks if one["norm"] == norm and not one["targeted"])
    return {str(attack["knowledge"]) for attack in free} - {"exhaustive"}


def _line(attacked: Attacked, every: Sequence[Attacked]) -> Line:
    card = attacked.card
    strength, missing = strength_of(card["attacks"], defended=bool(card["defence"]))
    cells = {norm: _cell(attacked, norm) for norm in card["headline"]}
    flags = [*card["flags"], *spared(attacked, every)]
    return Line(attacked, title_of(attacked), strength, missing, flags, cells, thin(card))


def _cell(attacked: Attacked, norm: str) -> Cell | None:
    worst = attacked.card["worst_case"].get(norm)
    there = [attack for attack in attacked.card["attacks"] if attack["norm"] == norm]
    result = at_headline(attacked, norm, worst) if worst and there else None
    if result is None:
        return None
    titles = {attack["name"]: attack["title"] for attack in there}
    broken: Mapping[str, int] = worst["broken_by"]
    most = max(broken, key=lambda name: broken[name], default="")
    by = titles[most] if most and broken[most] else "no attack"
    return Cell(result[0], result[1][0], result[1][1], by)


def kinds_of(attacks: Sequence[Mapping[str, Any]]) -> set[str]:
    """What the attacks make use of; "through the defence" where one was differentiated."""
    found = {str(attack["knowledge"]) for attack in attacks}
    found |= {"targeted" for attack in attacks if attack["targeted"]}
    if any(attack["gradient"] in THROUGH for attack in attacks):
        found.add("through the defence")
    return found


def strength_of(attacks: Sequence[Mapping[str, Any]], *, defended: bool) -> tuple[str, list[str]]:
    """How completely a target was attacked, and what its kind demands besides."""
    there = kinds_of(attacks)
    wanted = [*KINDS, "through the defence", "oblivious"] if defended else [*KINDS]
    missing = [kind for kind in wanted if kind not in there]
    if not missing:
        return ("T2" if defended else "T1"), []
    plain = [kind for kind in KINDS if kind not in there]
    return ("T1" if not plain else "T0"), missing


def leaders(board: Sequence[Line], norm: str) -> Iterator[Line]:
    """Those that may lead and whose interval reaches the best accuracy's, the best first."""
    fit = [(line, cell) for line in board if line.ranks(norm) and (cell := line.cells.get(norm))]
    fit.sort(key=lambda pair: -pair[1].accuracy)
    for line, cell in fit:
        if cell.high >= fit[0][1].low:
            yield line


def told(board: Sequence[Line], norm: str, eps: str) -> str:
    """A sentence on who leads in one norm; empty if nobody may."""
    first = [*leaders(board, norm)]
    if not first:
        return ""
    cell = first[0].cells[norm]
    assert cell
    text = f"at {eps} {first[0].title} keeps {share(cell.accuracy, (cell.low, cell.high))}"
    rest = [line.title for line in first[1:]]
    return f"{text}, not told apart from {listed(rest)}" if rest else text
