"""The specs of a page: what a section shows, as data.

A `Section` turns the track's results into one tidy frame, which is also its CSV file, and names
what is drawn of it.  The frame is split into parts (a data set each); every item of `show` is
drawn once a part.  An item is a spec (`Table`, `Lines`, `Crosses`), or a `Drawing`: a function
from the part to views (`view.py`), for all that is special.  The kit knows no track: `Results` is
whatever the page's `read` returns.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from gbench.report.tidy import Frame
from gbench.report.view import Stamp, View
from gbench.stats import Scale

if TYPE_CHECKING:
    from gbench.report.tested import Tested

Results = Any
ZERO = "0"  # for `Column.against`: the test is whether the value is 0


class Finding(NamedTuple):
    """A sentence at the top of the page: first words, the rest, and where the evidence is."""

    lead: str
    text: str
    anchor: str


@dataclass(frozen=True)
class Subject:
    """What a row, mark or picture is of: a model, a control, a target.

    Attributes:
        name: its key in the frame, and `data-model` on the page.
        index: of its colour and mark; None for references.
        block: the title of the group of rows in which it stands.
        reference: is shown as a ruler for the others: never compared, shaded, in italics.
        rival: is compared with the others and ranked; never where `reference`.
        unit: what one value is of, for tips; the table's own if empty.
        gap: by column's key, why units lack a value; where None, the frame's notes say it.
    """

    name: str
    title: str
    index: int | None = None
    block: str = ""
    meaning: str = ""
    stamps: Sequence[Stamp] = ()
    reference: bool = False
    rival: bool = True
    unit: str = ""
    gap: Callable[[str], str] | None = None


def scale_of(better: str) -> Scale:
    """Logarithmic where lower is better: a distance or a cost spreads in proportion to its size."""
    return "log" if better == "lower" else "linear"


@dataclass(frozen=True)
class Column:
    """One measure.

    Attributes:
        key: its name in the frame.
        better: "lower", "higher", "target" (then `target` is the best value), or "".
        asks: the question that it answers; for tip and glossary, never empty.
        over: the heading above it.
        compared: whether each row is tested against the best one.
        against: another column's key: the cells of this one are then a baseline, signed by how
            that column's value compares with it; `ZERO`: signed by whether the value is over 0.
        medians: shows the median and every unit in place of mean and interval.
        places: decimals; by default three significant digits, decimal below decimal.
        plain: its title in Markdown, if another.
    """

    key: str
    title: str
    better: str = "higher"
    target: float = 0.0
    asks: str = ""
    over: str = ""
    compared: bool = True
    against: str = ""
    medians: bool = False
    places: int | None = None
    stamp: Stamp | None = None
    plain: str | None = None
    formula: str = ""
    blind: str = ""
    source: str = ""

    @property
    def scale(self) -> Scale:
        """On which values are compared; linear for what is read against 0 itself."""
        return "linear" if self.against == ZERO else scale_of(self.better)

    def loss(self, value: float) -> float:
        """The value turned so that lower is better."""
        if self.better == "target":
            return abs(value - self.target)
        return value if self.better == "lower" else -value

    @property
    def short(self) -> str:
        """The title without what stands in brackets."""
        return self.title.split(" (")[0]


Columns = Sequence[Column] | Callable[["Part"], Sequence[Column]]


def _same(found: Frame) -> Frame:
    return found


@dataclass(frozen=True)
class Table:
    """Rows of subjects, columns of estimates over units.

    Attributes:
        id: within the section; the table's anchor is "<section>-<part>-<id>-table".
        columns: those without any value are left out, and listed with the reasons; with blocks
            all stay, so that blocks are alike.
        tidy: turns the part's frame into long form with the columns `row`, `unit`, `by`, "value"
            and, if there is one, "note"; for frames that are not tidy by themselves.
        block: a column of that form that parts the rows into groups, each tested by itself; if
            empty, subjects stand in the groups that they name, tested together.
        every: whether each subject has a row; else only those with a value, and the others are
            listed with the reason.
        why: that reason; the frame's notes if not given.
        note: what stands before the subject's meaning in a row's tip.
        floor: the subject whose mean is the tick on the rulers.
        rulers: whether cells have them.
        rank: adds the mean rank over the columns.
        shared: whether tests let rows share what is known of their spread; not where it differs by
            design.
        tip: more text for a cell's tip, from part, subject's name and column's key.
    """

    id: str
    title: str
    columns: Columns
    tidy: Callable[[Frame], Frame] = _same
    by: str = "metric"
    row: str = "model"
    unit: str = "seed"
    block: str = ""
    every: bool = False
    why: "Callable[[Part, Subject], str] | None" = None
    note: "Callable[[Part, Subject], str] | None" = None
    floor: str = ""
    rulers: bool = False
    rank: bool = False
    filters: bool = False
    shared: bool = True
    tip: "Callable[[Part, str, str], str] | None" = None
    first: str = "Model"


@dataclass(frozen=True)
class Lines:
    """Charts of lines over x, from the part's frame: a chart a subject, or one for all.

    Attributes:
        x, y: columns of the frame; rows without y are left out.
        line: a column: a line for each of its values; "" for a single one.
        each: a column: a chart for each of its values, which are subjects' names; "" for one
            chart of all, in which lines are subjects where `line` names them.
        unit: a column: a thin line for each of its values, and the thick line is their middle.
        band: the thick line is the mean, and a band its 95 % t-interval, in place of thin lines
            and the median.
        smooth: the median over a window of that share of the x values; 0 for none.
        log: "x", "y" or "xy": axes that are logarithmic; "auto" for y where it spans 8-fold.
        trim: share of the y values beyond the frame at either end.
        rules: (value of y, its name) drawn across, from the part and the chart's subject.
        note: a text below, from the part and the chart's subject.
        tidy: chooses or renames, before all else.
    """

    x: str
    y: str
    x_title: str
    y_title: str
    line: str = ""
    each: str = "model"
    unit: str = "seed"
    band: bool = False
    smooth: float = 0.0
    log: str = ""
    trim: float = 0.0
    rules: "Callable[[Part, Subject | None], Sequence[tuple[float, str]]] | None" = None
    note: "Callable[[Part, Subject | None], str] | None" = None
    title: "Callable[[Part, Subject | None], str] | None" = None
    tidy: Callable[[Frame], Frame] = _same
    width: float = 300.0
    height: float = 212.0
    kind: str = "four"


@dataclass(frozen=True)
class Crosses:
    """Subjects by two columns of a table, with intervals and the Pareto front of the means.

    Attributes:
        table: whose tests give the values.
        pairs: (key of x, key of y), from the part; those without values are left out.
        floor: the subject whose means are drawn as lines across, with `floor_title` at them.
    """

    table: Table
    pairs: "Callable[[Part], Sequence[tuple[str, str]]]"
    floor: str = ""
    floor_title: str = ""


@dataclass(frozen=True)
class Drawing:
    """What is special: views that a function makes of a part."""

    make: "Callable[[Part], Iterable[View]]"


@dataclass(frozen=True)
class Folded:
    """Items behind a summary, or not at all if there is nothing in them."""

    summary: "str | Callable[[Part], str]"
    show: "Sequence[Item]"
    open: bool = False


@dataclass(frozen=True)
class Headed:
    """Items under a heading of their own, or not at all if there is nothing in them."""

    id: str
    title: str
    show: "Sequence[Item]"
    lede: str = ""
    blind: str = ""


Item = Table | Lines | Crosses | Drawing | Folded | Headed


@dataclass(frozen=True)
class Section:
    """One section of a page.

    Attributes:
        id: its anchor, and the name of its CSV file.
        lede: how to read it; arXiv numbers become links.
        blind: what it cannot show.
        frame: every number, or no row but the columns; rows without a value have a note.
        show: drawn once a part, in this order.
        by: the frame's column that parts it; "" for a single part.
        named: a part's title, from the value of that column.
        findings: sentences, from the parts and their tests.
        empty: why nothing can be shown, where it is so.
        written: what of the frame is written; None writes no file.
        also: more CSV files by name, from the results.
        derived: more CSV files by name, from the parts and their tests.
        failures: what did not run and why.
        metrics: for metrics.json, by part and row.
        links: further files of the page to point at.
        subjects: from the results and a part's key, in place of the page's.
        nav: the title in the bar; the section's if empty.
    """

    id: str
    title: str
    lede: str
    blind: str
    frame: Callable[[Results], Frame]
    show: Sequence[Item]
    by: str = "data"
    named: Callable[[str], str] = str
    findings: "Sequence[Callable[[Sequence[Part]], Iterable[Finding]]]" = ()
    empty: str | Callable[[Results], str] = "nothing was measured"
    written: Callable[[Frame], Frame] | None = _same
    also: Mapping[str, Callable[[Results], Frame]] = field(default_factory=dict)
    derived: "Mapping[str, Callable[[Sequence[Part]], Frame]]" = field(default_factory=dict)
    failures: Callable[[Results], Iterable[str]] | None = None
    metrics: Callable[[Results], Mapping[str, Mapping[str, Any]]] | None = None
    links: Sequence[str] = ()
    subjects: Callable[[Results, str], Sequence[Subject]] | None = None
    nav: str = ""

    def __post_init__(self) -> None:
        """
        Raises:
            ValueError: it is not said what the section cannot show.
        """
        if not self.blind:
            raise ValueError(f"the section {self.title!r} does not say what it cannot show")


@dataclass(frozen=True)
class Part:
    """What a section shows of one value of `Section.by`, usually a data set.

    Attributes:
        key: that value; "" where there is a single part.
        anchor: of its heading.
        frame: its rows.
        subjects: in the order of rows and of their marks.
    """

    section: Section
    key: str
    frame: Frame
    results: Results
    subjects: Sequence[Subject]
    known: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def anchor(self) -> str:
        return f"{self.section.id}-{self.key}" if self.key else self.section.id

    @cached_property
    def by_name(self) -> Mapping[str, Subject]:
        """The subjects by name."""
        return {subject.name: subject for subject in self.subjects}

    def once(self, key: Any, compute: "Callable[[], Any]") -> Any:
        """`compute()`, remembered under the key: a test is made once for all who show it."""
        if key not in self.known:
            self.known[key] = compute()
        return self.known[key]

    def tested(self, table: Table) -> "Tested":
        """All that is statistical about a table of this part, computed once; of its first block
        where it has blocks (`tested.test` has all)."""
        from gbench.report.tested import test

        return test(self, table)[0]
