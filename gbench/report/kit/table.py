"""Tables of estimates: a spec and its tests as the view of a table."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gbench.report import svg
from gbench.report.kit.cells import absences, joined, number
from gbench.report.kit.section import Column, Part, Subject, Table
from gbench.report.kit.tested import Tested, test, unmeasured
from gbench.report.kit.view import COMPARED, Cell, Grid, Group, Head, Listing, Row, View
from gbench.report.numbers import Digits
from gbench.stats import Estimate

RANK = Head(
    "Mean rank",
    "The rank among the models at each seed, averaged over the columns and then over seeds. Every "
    "column weighs the same; a column where some model lacks a value does not count.",
    "lower",
    over="all",
    plain="Mean rank",
    key="mean_rank",
)


def views(part: Part, table: Table) -> Iterator[View]:
    """The table, and the columns that have no value with the reasons; nothing without values."""
    tests = test(part, table)
    if not any(tested.found.get(key) for tested in tests for key in tested.columns):
        return
    yield grid(part, table, tests)
    missing = [one for tested in tests for one in unmeasured(tested)]
    if missing and not table.block:
        yield Listing([(title, f"has no column: {why}") for title, why in missing])


def grid(part: Part, table: Table, tests: Sequence[Tested]) -> Grid:
    """The table's view."""
    known = {key for tested in tests for key in tested.columns if tested.found.get(key)}
    columns = [c for key, c in tests[0].columns.items() if key in known or table.block]
    if table.block:
        groups = [*_blocks(part, table, tests, columns)]
    else:
        groups = _groups(part, table, tests[0], columns)
    shown = {row.model for group in groups for row in group.rows}
    missing = {s.title: _why(part, table, tests, s) for s in part.subjects if s.name not in shown}
    name = f"{table.title} on {part.key}" if part.key else table.title
    return Grid(
        id=f"{part.anchor}-{table.id}-table",
        title=name,
        heads=[*(head(c, _scale(tests[0], table, c)) for c in columns), *[RANK][: table.rank]],
        groups=groups,
        first=table.first,
        apart=bool(table.block),
        filters=table.filters,
        absent=absences(missing),
    )


def head(column: Column, scale: svg.Scale | None = None) -> Head:
    """The head of a column."""
    names = ("title", "asks", "better", "target", "over", "stamp", "plain", "key", "formula")
    kind = "beside" if column.against else ""
    return Head(
        **{name: getattr(column, name) for name in (*names, "blind", "source")},
        kind=kind,
        log=bool(scale and scale.log),
    )


def _why(part: Part, table: Table, tests: Sequence[Tested], subject: Subject) -> str:
    """Why a subject has no row."""
    if table.why:
        return table.why(part, subject)
    notes = [n for t in tests for by in t.notes.values() for n in by.get(subject.name, {}).values()]
    return joined(*dict.fromkeys(notes)) or "not measured"


def _blocks(
    part: Part, table: Table, tests: Sequence[Tested], columns: Sequence[Column]
) -> Iterator[Group]:
    """A group a block, of the subjects that have a value in it."""
    for tested in tests:
        chosen = [s for s in part.subjects if any(tested.values(s.name, c.key) for c in columns)]
        if chosen:
            yield Group(tested.block, _rows(part, table, tested, columns, chosen))


def _groups(part: Part, table: Table, tested: Tested, columns: Sequence[Column]) -> list[Group]:
    """Subjects by the groups that they name, references first."""
    chosen = [
        subject
        for subject in part.subjects
        if table.every or any(tested.values(subject.name, c.key) for c in columns)
    ]
    rows = {row.model: row for row in _rows(part, table, tested, columns, chosen)}
    groups = []
    ordered = sorted(chosen, key=lambda s: not s.reference)
    for reference, block in dict.fromkeys((s.reference, s.block) for s in ordered):
        members = [rows[s.name] for s in chosen if (s.reference, s.block) == (reference, block)]
        groups.append(Group(block, members, "controls" if reference else "models"))
    return groups


def _rows(
    part: Part, table: Table, tested: Tested, columns: Sequence[Column], chosen: Sequence[Subject]
) -> list[Row]:
    found = [_column(part, table, tested, column, chosen) for column in columns]
    return [
        _row(part, table, s, [cells[k] for cells in found], [_rank(tested, s)][: table.rank])
        for k, s in enumerate(chosen)
    ]


def _row(
    part: Part, table: Table, subject: Subject, cells: Sequence[Cell], rank: Sequence[Cell]
) -> Row:
    note = table.note(part, subject) if table.note else ""
    gaps = {cell.gap for cell in cells}
    empty = len(gaps) == 1 and all(cell.sort is None for cell in cells)
    return Row(
        subject.title,
        [*cells, *rank],
        subject.name,
        subject.index,
        joined(note, subject.meaning),
        subject.stamps,
        subject.block,
        "control" if subject.reference else "",
        gaps.pop() if empty else "",
    )


def _column(
    part: Part, table: Table, tested: Tested, column: Column, chosen: Sequence[Subject]
) -> list[Cell]:
    means = [e.mean for s in chosen if (e := tested.estimate(s.name, column.key))]
    digits = Digits(means) if column.places is None else column.places
    scale = _scale(tested, table, column)
    return [_cell(part, table, tested, column, s, digits, scale) for s in chosen]


def _cell(
    part: Part,
    table: Table,
    tested: Tested,
    column: Column,
    subject: Subject,
    digits: Digits | int,
    scale: svg.Scale | None,
) -> Cell:
    values, gap = tested.values(subject.name, column.key), tested.gap(subject.name, column.key)
    more = table.tip(part, subject.name, column.key) if table.tip else ""
    if not values and table.every:
        return Cell(gap=gap or "not measured", tip=joined(more, gap))
    cell = number(
        values,
        digits,
        unit=subject.unit or table.unit,
        medians=column.medians,
        tip=joined(more, gap),
        verdict=tested.verdict(subject.name, column.key) or "",
        sign=COMPARED.get(tested.sign(subject.name, column.key)),  # type: ignore[arg-type]
        gap=gap if values else "",
        kind="beside" if column.against else "",
    )
    value = tested.estimate(subject.name, column.key)
    if scale is None or value is None:
        return cell
    return replace(cell, ruler=_ruler(scale, value, _floor(tested, table, column), subject))


def _ruler(scale: svg.Scale, value: Estimate, floor: float | None, subject: Subject) -> str:
    paint = "var(--soft)" if subject.reference else svg.colour(subject.index or 0)
    return svg.ruler(scale, value.low, value.mean, value.high, floor, paint, subject.index or 0)


def _floor(tested: Tested, table: Table, column: Column) -> float | None:
    value = tested.estimate(table.floor, column.key) if table.floor else None
    return value.mean if value else None


def _scale(tested: Tested, table: Table, column: Column) -> svg.Scale | None:
    """Of the little rulers: covers all but the references, and the floor among these."""
    if not table.rulers:
        return None
    free = (name for name, subject in tested.subjects.items() if not subject.reference)
    found = [e for name in free if (e := tested.estimate(name, column.key))]
    floor = _floor(tested, table, column)
    known = [] if floor is None else [floor]
    shown = [end for e in found for end in (e.low, e.mean, e.high)] + known
    shown += [column.target] if column.better == "target" and shown else []
    means = [*(e.mean for e in found), *known]
    if column.better != "higher" and means and 0 < min(means) < max(means) / 25:
        return svg.fit([value for value in shown if value >= min(means) / 2], log=True)
    return svg.fit(shown, log=False)


def _rank(tested: Tested, subject: Subject) -> Cell:
    rank = tested.ranks.get(subject.name)
    if rank is None:
        return Cell("" if subject.reference else "–", plain="")
    text, half = f"{rank.mean:.1f}", "" if rank.half is None else f"±{rank.half:.1f}"
    return Cell(text, half, sort=rank.mean, plain=text)
