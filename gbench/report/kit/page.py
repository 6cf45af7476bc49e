"""A page: its sections evaluated once, and written as HTML, Markdown and CSV files."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gbench.core.files import replacing, write_json
from gbench.report.kit import crosses, html, lines, table
from gbench.report.kit.made import Hero, Made, Page
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
    Table,
)
from gbench.report.kit.text import report
from gbench.report.kit.tidy import write_csv
from gbench.report.kit.view import Block, Fold, Prose, View


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


def write(page: Page, results: Results, out: Path) -> Path:
    """Writes index.html, report.md and the CSV files into `out`; returns the page's path."""
    sections = [make(page, section, results) for section in page.sections]
    for one in sections:
        write_data(one, results, out)
    if page.metrics:
        write_json(out / "metrics.json", metrics(page, results))
    failures = [*(f"{one.section.title}: {one.empty}" for one in sections if one.empty)]
    failures += page.failures(results)
    for section in page.sections:
        failures += section.failures(results) if section.failures else ()
    found = findings(sections)
    write_json(out / "findings.json", [dict(section=at, **f._asdict()) for at, f in found])
    drawn = [one for one in sections if one.views]
    head = Hero(
        [finding for _, finding in found[: page.most]] or [_none(page, drawn)],
        {one.section.id: _beyond(found[page.most :], one) for one in drawn},
        page.glance({one.section.id: one.parts for one in drawn}),
        page.places(results),
        failures,
    )
    html.write(page, results, drawn, head, out / "index.html")
    text = "\n".join(report(page, results, drawn, head)) + "\n"
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
    for name, derived in section.derived.items():
        write_csv(out / f"{name}.csv", derived(made.parts))


def metrics(page: Page, results: Results) -> dict[str, Any]:
    """The page's numbers, and those of its sections, by part and row."""
    found = {key: {**rows} for key, rows in page.metrics(results).items()} if page.metrics else {}
    for section in page.sections:
        for key, rows in (section.metrics(results) if section.metrics else {}).items():
            found[key] = found.get(key, {}) | {**rows}
    return found


def findings(sections: Sequence[Made]) -> list[tuple[str, Finding]]:
    """What the sections found, in their order, each with its section's id."""
    return [
        (one.section.id, finding)
        for one in sections
        if one.views
        for find in one.section.findings
        for finding in find(one.parts)
    ]


def _beyond(found: Sequence[tuple[str, Finding]], one: Made) -> list[Finding]:
    return [finding for at, finding in found if at == one.section.id]


def _none(page: Page, drawn: Sequence[Made]) -> Finding:
    if not drawn:
        return Finding("Nothing was measured yet.", page.nothing, "not-shown")
    return Finding("No finding:", "no test supports a sentence.", "")
