"""A page as Markdown, for readers of the repository."""

from collections.abc import Iterator, Sequence

from gbench.report.kit import markdown
from gbench.report.kit.made import Hero, Made, Page
from gbench.report.kit.section import Finding, Results
from gbench.report.kit.view import heads


def report(
    page: Page,
    results: Results,
    drawn: Sequence[Made],
    head: Hero,
) -> Iterator[str]:
    """The lines of report.md."""
    text = markdown.text
    yield from (f"# {text(page.title)}", "", "The same numbers as `index.html`.", "")
    yield from ("## What was found", "")
    yield from map(told, head.findings)
    yield from markdown.lines(head.glance)
    if head.places:
        yield from ("", "## Tracks", "")
        yield from (f"- **{text(p.title)}** {text(p.finding)} `{p.command}`" for p in head.places)
    for title, rows in page.facts(results):
        yield from ("", f"## Protocol{': ' if title else ''}{text(title)}", "")
        yield from (f"- {name}: {text(value)}" for name, value in rows)
    for one in drawn:
        yield from ("", f"## {text(one.section.title)}", "", text(one.section.lede))
        for part, shown in one.views:
            yield from ("", f"### {text(one.section.named(part.key))}") if part.key else ()
            yield from markdown.lines(shown)
        if rest := head.rest.get(one.section.id):
            yield from ("", *map(told, rest))
        yield from ("", f"Cannot show: {text(one.section.blind)}")
    if head.failures:
        why = (f"- {text(failure)}" for failure in head.failures)
        yield from ("", "## What is not shown, and why", "", *why)
    yield from ("", "## What the columns mean", "", *meanings(drawn))


def meanings(drawn: Sequence[Made]) -> Iterator[str]:
    """A line a column, each once."""
    text = markdown.text
    every = (head for one in drawn for _, shown in one.views for head in heads(shown))
    for head in {(h.entry or h.over, h.entry or h.title, h.asks): h for h in every}.values():
        about = ", ".join(filter(None, (head.over, head.direction)))
        more = f" Cannot see: {text(head.blind)}" if head.blind else ""
        more += f" Source: {text(head.source)}" if head.source else ""
        of = f" ({text(about)})" if about else ""
        yield f"- **{text(head.entry or head.title)}**{of}: {text(head.asks)}{more}"


def told(finding: Finding) -> str:
    """A finding as an item of a list."""
    return f"- **{markdown.text(finding.lead)}** {markdown.text(finding.text)}"
