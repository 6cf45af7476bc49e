"""A page as HTML: one file that holds everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gbench import __version__
from gbench.core.files import replacing
from gbench.report.kit.made import Hero, Made, Page
from gbench.report.kit.section import Results
from gbench.report.kit.view import Head, Stamp, heads
from gbench.report.marks import cite, mark

HERE = Path(__file__).parent


@dataclass
class Glossary:
    """Every column shown, each once.

    Attributes:
        anchors: of each head.
        full: those with a formula, which have an entry of their own.
        brief: (title of the section, the others).
        stamps: of each anchor, from all parts.
    """

    anchors: dict[Head, str] = field(default_factory=dict)
    full: list[tuple[str, Head]] = field(default_factory=list)
    brief: list[tuple[str, list[tuple[str, Head]]]] = field(default_factory=list)
    stamps: dict[str, dict[Stamp, None]] = field(default_factory=dict)
    _named: dict[tuple[str, ...], str] = field(default_factory=dict)

    def add(self, made: Made) -> None:
        """The heads of a section's tables."""
        entries: list[tuple[str, Head]] = []
        for head in dict.fromkeys(h for _, shown in made.views for h in heads(shown)):
            within = "" if head.formula else made.section.id
            name: tuple[str, ...] = (within, head.entry)
            if not head.entry:
                name = (within, head.key, head.over, head.title, "" if head.key else head.asks)
            if name not in self._named:
                title = head.entry or head.key or head.title
                self._named[name] = anchor = self._free(f"metric {within} {title}")
                (self.full if head.formula else entries).append((anchor, head))
            self.anchors[head] = self._named[name]
            if head.stamp:
                self.stamps.setdefault(self._named[name], {})[head.stamp] = None
        if entries:
            self.brief.append((made.section.title, entries))

    def _free(self, name: str) -> str:
        """An id made of the name's letters that no other entry has."""
        slug = "-".join("".join(c if c.isalnum() or c == "_" else " " for c in name).split())
        taken = {*self._named.values()}
        numbered = (f"{slug}-{k}" for k in count(2))
        return next(one for one in chain([slug], numbered) if one not in taken)


def write(
    page: Page,
    results: Results,
    drawn: Sequence[Made],
    head: Hero,
    path: Path,
) -> None:
    """Renders the page into `path`."""
    glossary = Glossary()
    for one in drawn:
        glossary.add(one)
    written = environment({"anchors": glossary.anchors}).get_template("page.html").render(
        page=page,
        drawn=drawn,
        head=head,
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
