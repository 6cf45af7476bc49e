"""The page's views as Markdown, for readers of the repository."""

import re
from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

from gbench.report.kit.view import (
    Block,
    Cell,
    Figures,
    Fold,
    Grid,
    Group,
    Head,
    Listing,
    Prose,
    Raw,
    Row,
    View,
)


def text(value: str) -> str:
    """Plain text that Markdown shows as it is, also within a table; tags of markup are left out."""
    value = value.striptags() if isinstance(value, Markup) else value
    return re.sub(r"([\\`*_<>|\[\]])", r"\\\1", value).replace("\n", " ")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; the first column to the left, numbers to the right."""
    marks = ["---", *("---:" for _ in head[1:])]
    return ["| " + " | ".join(row) + " |" for row in (head, marks, *rows)]


def grid(view: Grid) -> list[str]:
    """One table, or one a group with its title above it."""
    head = [view.first, *map(_head, view.heads)]
    if not view.apart:
        return ["", *table(head, [_row(row) for group in view.groups for row in group.rows])]
    return [line for group in view.groups for line in _group(head, group)]


def _group(head: Sequence[str], group: Group) -> list[str]:
    title = ["", text(group.title)] if group.title else []
    return [*title, "", *table(head, map(_row, group.rows))]


def _head(head: Head) -> str:
    if head.plain is not None:
        return text(head.plain)
    return f"{text(head.title)} {head.arrow}".strip()


def _row(row: Row) -> list[str]:
    name = f"*{text(row.title)}*" if row.kind == "control" else text(row.title)
    name += "".join(f" ({text(stamp.text)})" for stamp in row.stamps)
    if row.why:
        return [name, text(row.why), *("" for _ in row.cells[1:])]
    return [name, *map(cell, row.cells)]


def cell(view: Cell) -> str:
    """The value with its signs; the reason where there is none."""
    if view.plain is not None:
        return text(view.plain)
    if not view.text and view.gap:
        return text(view.gap)
    sign = view.sign.symbol if view.sign else ""
    interval = text(view.interval).replace("±\\<", "±<")  # no tag begins with a digit
    value = " ".join(filter(None, (sign, text(view.text), interval)))
    return {"best": f"**{value}**", "tied": f"= {value}"}.get(view.verdict, value)


def lines(views: Iterable[View], level: int = 4) -> Iterator[str]:
    """All views; of figures only the titles that say what is seen, of pictures nothing.

    Args:
        level: of the headings of blocks.
    """
    for view in views:
        if isinstance(view, Grid):
            yield from grid(view)
        elif isinstance(view, Prose):
            lead = f"**{text(view.lead)}** " if view.lead else ""
            said = f"[{text(view.text)}]({view.href})" if view.href else text(view.text)
            yield from ("", f"{lead}{said}")
        elif isinstance(view, Listing):
            yield ""
            yield from (_item(*item) for item in view.items)
        elif isinstance(view, Fold):
            end = "" if view.summary.endswith(".") else ":"
            yield from ("", text(view.summary) + end, *lines(view.views, level))
        elif isinstance(view, Block):
            yield from ("", f"{'#' * level} {text(view.title)}", *_told(view.lede))
            yield from lines(view.views, level + 1)
            yield from _told(f"Cannot show: {view.blind}" if view.blind else "")
        elif isinstance(view, Figures):
            titles = [figure.title for figure in view.figures if ":" in figure.title]
            yield from ["", *(f"- {text(title)}" for title in titles)] if titles else []
        elif isinstance(view, Raw):
            yield from view.markdown


def _item(lead: str, rest: str) -> str:
    return f"- **{text(lead)}**: {text(rest)}" if lead else f"- {text(rest)}"


def _told(said: str) -> list[str]:
    return ["", text(said)] if said else []
