"""A page: its sections evaluated once, and written as HTML, Markdown and CSV files."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gbench import __version__
from gbench.core.files import replacing, write_json
from gbench.report.kit import crosses, lines, markdown, table
from gbench.report.kit.section import (
    Crosses,
    Drawing,
    Finding,
    Folded,
    Headed,
    Item,
    Lines,
    Part,
    Results,
    Section,
    Subject,
    Table,
)
from gbench.report.kit.tidy import Frame, write_csv
from gbench.report.kit.view import Block, Fold, Head, Prose, View, heads
from gbench.report.marks import cite, mark

HERE = Path(__file__).parent
Facts = Sequence[tuple[str, Sequence[tuple[str, str]]]]


def _no_facts(results: Results) -> Facts:
    return ()


def _no_failures(results: Results) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Page:
    """
    Attributes:
        title: of the browser's tab.
        eyebrow: the line above the findings.
        subjects: of all sections, from the results and a part's key: the same subject has the
            same mark everywhere.
        facts: the protocol: (data set or "", its (name, value) rows).
        failures: what did not run and why, besides the sections that are empty.
        reading: (title, text) entries of the glossary that explain no column.
        most: of the findings that are shown.
        metrics: nested numbers for metrics.json, by which DVC compares runs; None for no file.
        style, script: added to the kit's own.
    """

    title: str
    eyebrow: str
    sections: Sequence[Section]
    subjects: Callable[[Results, str], Sequence[Subject]]
    facts: Callable[[Results], Facts] = _no_facts
    failures: Callable[[Results], Sequence[str]] = _no_failures
    reading: Sequence[tuple[str, str]] = ()
    footer: str = ""
    nothing: str = "Run `dvc repro`."
    most: int = 12
    metrics: Callable[[Results], Any] | None = None
    style: str = ""
    script: str = ""


@dataclass(frozen=True)
class Made:
    """A section with everything that is drawn of it.

    Attributes:
        views: by part.
        empty: why nothing is; empty if something is.
    """

    section: Section
    frame: Frame
    views: Sequence[tuple[Part, Sequence[View]]]
    empty: str = ""

    @property
    def parts(self) -> list[Part]:
        return [part for part, _ in self.views]

    @property
    def files(self) -> list[str]:
        """The names of the files with its data."""
        own = [self.section.id] if self.section.written else []
        return [f"{name}.csv" for name in (*own, *self.section.also)] + [*self.section.links]


def make(page: Page, section: Section, results: Results) -> Made:
    """Computes a section: frame, parts, tests, views."""
    frame = section.frame(results)
    subjects = section.subjects or page.subjects
    keys = [*dict.fromkeys(frame[section.by])] if section.by else [""] * min(1, len(frame))
    found = []
    for key in keys:
        of = frame[frame[section.by] == key] if section.by else frame
        part = Part(section, key, of, results, subjects(results, key))
        made = [*views(part, section.show)]
        if any(not isinstance(view, Prose) for view in made):  # words alone are about nothing
            found.append((part, made))
    empty = section.empty if isinstance(section.empty, str) else section.empty(results)
    return Made(section, frame, found, "" if found else empty)


def views(part: Part, items: Iterable[Item]) -> Iterator[View]:
    """What the items come to for one part."""
    for item in items:
        if isinstance(item, Table):
            yield from table.views(part, item)
        elif isinstance(item, Lines):
            yield from lines.views(part, item)
        elif isinstance(item, Crosses):
            yield from crosses.views(part, item)
        elif isinstance(item, Drawing):
            yield from item.make(part)
        else:
            yield from _within(part, item)


def _within(part: Part, item: Folded | Headed) -> Iterator[View]:
    inner = [*views(part, item.show)]
    if inner and isinstance(item, Folded):
        summary = item.summary if isinstance(item.summary, str) else item.summary(part)
        yield Fold(summary, inner, item.open)
    elif inner and isinstance(item, Headed):
        yield Block(f"{part.anchor}-{item.id}", item.title, inner, item.lede, item.blind)


@dataclass
class Glossary:
    """Every column shown, each once.

    Attributes:
        anchors: of each head.
        full: those with a formula, which have an entry of their own.
        brief: (title of the section, the others).
    """

    anchors: dict[Head, str] = field(default_factory=dict)
    full: list[tuple[str, Head]] = field(default_factory=list)
    brief: list[tuple[str, list[tuple[str, Head]]]] = field(default_factory=list)
    _named: dict[tuple[str, ...], str] = field(default_factory=dict)

    def add(self, made: Made) -> None:
        """The heads of a section's tables."""
        entries: list[tuple[str, Head]] = []
        for head in dict.fromkeys(h for _, shown in made.views for h in heads(shown)):
            within = "" if head.formula else made.section.id
            name = (within, head.key, head.over, head.title, "" if head.key else head.asks)
            if name in self._named:
                self.anchors[head] = self._named[name]
                continue
            anchor = self._free(f"metric {within} {head.key or head.title}")
            self._named[name] = self.anchors[head] = anchor
            (self.full if head.formula else entries).append((anchor, head))
        if entries:
            self.brief.append((made.section.title, entries))

    def _free(self, name: str) -> str:
        """An id made of the name's letters that no other entry has."""
        slug = "-".join("".join(c if c.isalnum() or c == "_" else " " for c in name).split())
        taken = {*self._named.values()}
        numbered = (f"{slug}-{k}" for k in count(2))
        return next(one for one in chain([slug], numbered) if one not in taken)


def write(page: Page, results: Results, out: Path) -> Path:
    """Writes index.html, report.md and the CSV files into `out`; returns the page's path."""
    sections = [make(page, section, results) for section in page.sections]
    for one in sections:
        write_data(one, results, out)
    if page.metrics:
        write_json(out / "metrics.json", page.metrics(results))
    failures = [*(f"{one.section.title}: {one.empty}" for one in sections if one.empty)]
    failures += page.failures(results)
    found = findings(page, sections)
    drawn = [one for one in sections if one.views]
    html(page, results, drawn, found, failures, out / "index.html")
    text = "\n".join(report(page, results, drawn, found, failures)) + "\n"
    with replacing(out / "report.md") as temporary:
        temporary.write_text(text)
    return out / "index.html"


def write_data(made: Made, results: Results, out: Path) -> None:
    """The CSV files of a section, which are written also where nothing is drawn."""
    section = made.section
    if section.written:
        write_csv(out / f"{section.id}.csv", section.written(made.frame))
    for name, also in section.also.items():
        write_csv(out / f"{name}.csv", also(results))


def findings(page: Page, sections: Sequence[Made]) -> list[Finding]:
    """What the sections found, in their order."""
    found = [
        finding
        for one in sections
        if one.views
        for find in one.section.findings
        for finding in find(one.parts)
    ]
    if not any(one.views for one in sections):
        return [Finding("Nothing was measured yet.", page.nothing, "not-shown")]
    return found[: page.most] or [Finding("No finding:", "no test supports a sentence.", "")]


def html(
    page: Page,
    results: Results,
    drawn: Sequence[Made],
    found: Sequence[Finding],
    failures: Sequence[str],
    path: Path,
) -> None:
    """Renders the page into `path`."""
    glossary = Glossary()
    for one in drawn:
        glossary.add(one)
    written = environment({"anchors": glossary.anchors}).get_template("page.html").render(
        page=page,
        drawn=drawn,
        findings=found,
        failures=failures,
        facts=page.facts(results),
        glossary=glossary,
        style=Markup((HERE / "page.css").read_text() + page.style),
        script=Markup((HERE / "page.js").read_text() + page.script),
    )  # fmt: skip
    with replacing(path) as temporary:
        temporary.write_text(written)


def environment(more: Mapping[str, Any]) -> Environment:
    """Of the kit's templates: all text is escaped, and a missing name is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["cite"] = cite
    made.globals |= {"mark": mark, "version": __version__, **more}
    return made


def report(
    page: Page,
    results: Results,
    drawn: Sequence[Made],
    found: Sequence[Finding],
    failures: Sequence[str],
) -> Iterator[str]:
    """The lines of report.md."""
    text = markdown.text
    yield from (f"# {text(page.title)}", "", "The same numbers as `index.html`.", "")
    yield from ("## What was found", "")
    yield from (f"- **{text(finding.lead)}** {text(finding.text)}" for finding in found)
    for title, rows in page.facts(results):
        yield from ("", f"## Protocol{': ' if title else ''}{text(title)}", "")
        yield from (f"- {name}: {text(value)}" for name, value in rows)
    for one in drawn:
        yield from ("", f"## {text(one.section.title)}", "", text(one.section.lede))
        for part, shown in one.views:
            yield from ("", f"### {text(one.section.named(part.key))}") if part.key else ()
            yield from markdown.lines(shown)
        yield from ("", f"Cannot show: {text(one.section.blind)}")
    if failures:
        yield from ("", "## What is not shown, and why", "", *(f"- {text(f)}" for f in failures))
    yield from ("", "## What the columns mean", "", *meanings(drawn))


def meanings(drawn: Sequence[Made]) -> Iterator[str]:
    """A line a column, each once."""
    text = markdown.text
    every = (head for one in drawn for _, shown in one.views for head in heads(shown))
    for head in {(head.over, head.title, head.asks): head for head in every}.values():
        about = ", ".join(filter(None, (head.over, head.direction)))
        more = f" Cannot see: {text(head.blind)}" if head.blind else ""
        more += f" Source: {text(head.source)}" if head.source else ""
        told = f" ({text(about)})" if about else ""
        yield f"- **{text(head.title)}**{told}: {text(head.asks)}{more}"
