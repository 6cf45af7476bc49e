"""Tables of targets: values of every kind as cells."""

from collections.abc import Iterator, Sequence
from typing import Any

from gbench.report.kit import cells
from gbench.report.kit.section import Drawing, Part
from gbench.report.kit.tidy import rows as rows_of
from gbench.report.kit.view import Cell, Grid, Group, Head, Row, View
from gbench.report.numbers import fixed, short
from gbench.tracks.attacks.page.attacked import Share, title_of


def cell(value: Any) -> Cell:
    """Words to the left, a share with its interval, a number; a dash for None."""
    if isinstance(value, Cell):
        return value
    if isinstance(value, str):
        return cells.plain(value)
    if isinstance(value, Share):
        return cells.share(value.value, value.wilson)
    if value is None:
        return Cell(cells.DASH)
    return Cell(fixed(value, 0) if value == int(value) else short(value))


def row(title: str, *values: Any, **more: Any) -> Row:
    """A row of the table."""
    return Row(title, [*map(cell, values)], **more)


def table(anchor: str, title: str, heads: Sequence[Head], rows: Sequence[Row], **more: Any) -> Grid:
    """A table whose rows are targets, if `more` does not say otherwise."""
    return Grid(f"{anchor}-table", title, heads, [Group("", rows)], **{"first": "Target", **more})


def by_target(title: str, heads: Sequence[Head]) -> Drawing:
    """The part's frame as a table: a row a target, and its columns after "data" and "target"."""

    def make(part: Part) -> Iterator[View]:
        keys = part.frame.columns[2 : 2 + len(heads)]
        rows = [
            row(title_of(one["target"]), *(one[key] for key in keys), model=one["target"])
            for one in rows_of(part.frame)
        ]
        yield table(part.anchor, f"{title} on {part.key}", heads, rows)

    return Drawing(make)
