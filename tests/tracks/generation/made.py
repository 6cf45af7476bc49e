"""Sections made as the page makes them, and their tables by title."""

from collections.abc import Iterator, Sequence

from gbench.report.kit import page
from gbench.report.kit.made import Made, Page
from gbench.report.kit.section import Finding, Section
from gbench.report.kit.view import Block, Cell, Figure, Figures, Fold, Grid, Prose, Sheets, View
from gbench.report.records import Records
from gbench.report.sections.subjects import subjects

Cells = dict[str, list[Cell]]  # by row's title


def made(section: Section, records: Records) -> Made:
    return page.make(Page("", "", (section,), subjects), section, records)


def found(one: Made) -> list[Finding]:
    return [finding for find in one.section.findings for finding in find(one.parts)]


def flat(views: Sequence[View]) -> Iterator[View]:
    """All views, also those within blocks and folds."""
    for view in views:
        yield view
        if isinstance(view, Fold | Block):
            yield from flat(view.views)


def shown(one: Made) -> list[View]:
    return [view for _, views in one.views for view in flat(views)]


def grid(one: Made, about: str) -> Grid:
    """The table whose title begins so."""
    return next(v for v in shown(one) if isinstance(v, Grid) and v.title.startswith(about))


def cells(table: Grid) -> Cells:
    return {row.title: [*row.cells] for group in table.groups for row in group.rows}


def prose(one: Made) -> str:
    return "\n".join(view.text for view in shown(one) if isinstance(view, Prose))


def figures(one: Made) -> list[Figure]:
    return [f for view in shown(one) if isinstance(view, Figures) for f in view.figures]


def sheets(one: Made) -> list[Sheets]:
    return [view for view in shown(one) if isinstance(view, Sheets)]
