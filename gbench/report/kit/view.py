"""The view model: every table, figure and text of a page before it is HTML or Markdown.

Sections make views, or specs (`section.py`) that the kit turns into views.  `views.html` and
`markdown.py` walk them; nothing else of the kit writes a table.  All text is plain and is escaped
by the renderers, which also make links of arXiv numbers; only drawings are `Markup`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from markupsafe import Markup

ARROWS = {"lower": "↓", "higher": "↑", "target": "→", "": ""}


class Sign(NamedTuple):
    """A symbol, and its meaning for those who do not see it."""

    symbol: str
    means: str


class Stamp(NamedTuple):
    """A short warning, its explanation, and where the evidence is ("#anchor")."""

    text: str
    tip: str
    href: str = ""


BEST = Sign("★", "best")
TIED = Sign("=", "cannot be distinguished from the best")
COMPARED = {
    1: Sign("✓", "better than this"),
    -1: Sign("✗", "worse than this"),
    0: Sign("=", "cannot be distinguished from this"),
}


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: the value; empty with a `gap` where there is none.
        interval: in small type below it.
        tip: shown on hover and focus.
        sign: stands before the text.
        verdict: "best", "tied", or anything else: marks the cell as such.
        gap: why there is no value, or why units are missing.
        n: how many units are behind the value; shown where there is a gap.
        sort: what sorting compares; None sorts last.
        padding: spaces that bring the decimals of a column under each other.
        ruler: a small drawing below.
        share: of the cell's width that is shaded, in [0, 1].
        kind: CSS classes: "text" (to the left), "beside" and "soft" (faint), "good", "bad",
            "framed", "off" and "far" (shaded).
        plain: what Markdown writes in place of sign, text and interval.
        href: where a link leads ("#anchor").
    """

    text: str = ""
    interval: str = ""
    tip: str = ""
    sign: Sign | None = None
    verdict: str = ""
    gap: str = ""
    n: int | None = None
    sort: float | None = None
    padding: str = ""
    ruler: str = ""
    share: float | None = None
    kind: str = ""
    plain: str | None = None
    href: str = ""

    @property
    def signs(self) -> list[Sign]:
        """The verdict's sign, then the cell's own."""
        judged = {"best": BEST, "tied": TIED}.get(self.verdict)
        return [sign for sign in (judged, self.sign) if sign]


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        model: the key under which the page lights up all that belongs together; may be empty.
        index: of the colour and mark; None for references and for what has none.
        kind: "control" (in italics, a grey ring for a mark), "worst", ...
        why: the one reason why all of it is empty; its cells are then not shown.
        family: by which the table's filters choose rows.
    """

    title: str
    cells: Sequence[Cell]
    model: str = ""
    index: int | None = None
    tip: str = ""
    stamps: Sequence[Stamp] = ()
    family: str = ""
    kind: str = ""
    why: str = ""
    href: str = ""

    @property
    def keyed(self) -> bool:
        """Whether a mark stands before the title."""
        return self.index is not None or self.kind == "control"


@dataclass(frozen=True)
class Group:
    """A block of rows; `kind` "controls" is shaded, "models" can be sorted and filtered."""

    title: str
    rows: Sequence[Row]
    kind: str = ""


@dataclass(frozen=True)
class Head:
    """The head of a column.

    Attributes:
        asks: the column's definition, for the tip and the glossary; never empty.
        better: "lower", "higher", "target" or "" where neither is better.
        over: the heading above it, which neighbours of the same one share.
        kind: "text", "beside" (a column read beside the one before it), "starts".
        log: whether the little rulers are logarithmic.
        plain: the title in Markdown, where it differs.
        formula, blind, source: for the glossary; a head with them has an entry of its own.
        entry: the title in the glossary, where columns share one.
    """

    title: str
    asks: str
    better: str = ""
    target: float = 0.0
    over: str = ""
    kind: str = ""
    log: bool = False
    stamp: Stamp | None = None
    plain: str | None = None
    key: str = ""
    formula: str = ""
    blind: str = ""
    source: str = ""
    entry: str = ""

    def __post_init__(self) -> None:
        """
        Raises:
            ValueError: it is not said what the column asks.
        """
        if not self.asks:
            raise ValueError(f"the column {self.title!r} has no definition for the glossary")

    @property
    def arrow(self) -> str:
        """The better direction, with the target where there is one."""
        aim = f"\N{NARROW NO-BREAK SPACE}{self.target:g}" if self.better == "target" else ""
        return ARROWS[self.better] + aim

    @property
    def direction(self) -> str:
        """ "lower is better", "best at 1"."""
        if self.better == "target":
            return f"best at {self.target:g}"
        return f"{self.better} is better" if self.better else ""


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        id: unique on the page.
        title: for screen readers.
        first: the head of the first column.
        apart: in Markdown, a table for each group, with the group's title above it.
        filters: whether the groups of the kind "models" can be chosen by family.
        absent: (reason, titles) of what has no row.
    """

    name: ClassVar[str] = "grid"
    id: str
    title: str
    heads: Sequence[Head]
    groups: Sequence[Group]
    first: str = "Model"
    apart: bool = False
    filters: bool = False
    kind: str = ""
    absent: Sequence[tuple[str, Sequence[str]]] = ()

    @property
    def overs(self) -> list[tuple[str, str, int]]:
        """The headings above the heads, with their arrows and how many heads share each."""
        found: list[tuple[str, str, int]] = []
        for head in self.heads:
            if found and found[-1][0] == head.over:
                found[-1] = (head.over, "", found[-1][2] + 1)
            else:
                found.append((head.over, "", 1))
        return found if any(over for over, _, _ in found) else []


@dataclass(frozen=True)
class Prose:
    """A paragraph; `kind` is "", "line" (conditions), "small", "gap" or "flag".

    Attributes:
        lead: first words, in bold.
        href: where the text leads to, as a whole; empty for no link.
    """

    name: ClassVar[str] = "prose"
    text: str
    kind: str = ""
    lead: str = ""
    href: str = ""


@dataclass(frozen=True)
class Listing:
    """A list of (lead, text); leads may be empty."""

    name: ClassVar[str] = "listing"
    items: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Figure:
    """A drawing; the title says what is seen, the note what else one must know."""

    title: str
    drawing: Markup
    note: str = ""
    model: str = ""


@dataclass(frozen=True)
class Figures:
    """Figures side by side.

    Attributes:
        kind: "", "four" (small), "pair", "wide" or "maps".
        legend: a swatch and its name, each.
        heads: the measures on the axes, for the glossary.
    """

    name: ClassVar[str] = "figures"
    figures: Sequence[Figure]
    kind: str = ""
    legend: Sequence[tuple[Markup, str]] = ()
    heads: Sequence[Head] = ()


@dataclass(frozen=True)
class Picture:
    """A PNG as a data URI with its size in pixels of the page, and its text."""

    uri: str
    width: int
    height: int
    alt: str
    caption: str = ""
    below: Sequence[str] = ()


@dataclass(frozen=True)
class Sheet:
    """The pictures of one row's subject, or the reason why there are none."""

    title: str
    pictures: Sequence[Picture]
    model: str = ""
    index: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Sheets:
    """Sheets side by side; `kind` is "", "strip" (pictures of a sheet in one line) or "small"."""

    name: ClassVar[str] = "sheets"
    sheets: Sequence[Sheet]
    kind: str = ""
    title: str = ""


@dataclass(frozen=True)
class Fold:
    """Views behind a summary; printed open."""

    name: ClassVar[str] = "fold"
    summary: str
    views: "Sequence[View]"
    open: bool = False


@dataclass(frozen=True)
class Block:
    """Views under a heading of their own, with what they cannot show."""

    name: ClassVar[str] = "block"
    id: str
    title: str
    views: "Sequence[View]"
    lede: str = ""
    blind: str = ""


@dataclass(frozen=True)
class Raw:
    """What no other view can be: HTML, and lines of Markdown."""

    name: ClassVar[str] = "raw"
    html: Markup
    markdown: Sequence[str] = ()


View = Grid | Prose | Listing | Figures | Sheets | Fold | Block | Raw


def heads(views: Sequence[View]) -> Iterator[Head]:
    """Every column of the tables, and measure of the figures, also within folds and blocks."""
    for view in views:
        if isinstance(view, Grid | Figures):
            yield from view.heads
        elif isinstance(view, Fold | Block):
            yield from heads(view.views)
