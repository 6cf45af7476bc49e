"""Everything statistical about a table, computed once for table, sentences and CSV files."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from gbench.report.numbers import listed
from gbench.report.section import ZERO, Column, Part, Subject, Table
from gbench.report.tidy import Frame
from gbench.report.tidy import rows as rows_of
from gbench.stats import (
    ALPHA,
    Estimate,
    Verdict,
    compare,
    estimate,
    holm,
    mean_ranks,
    paired_p,
)

Values = Mapping[Any, float]  # by unit
Signed = Mapping[str, tuple[int, float]]  # by row: the sign, and the corrected p-value


def middle(values: Values, *, medians: bool = False) -> Estimate | None:
    """The mean with its 95 % t-interval, or the median without one; None without values."""
    if not medians or not values:
        return estimate([*values.values()])
    ordered = sorted(values.values())
    half = len(ordered) // 2
    return Estimate((ordered[half] + ordered[~half]) / 2, None, len(ordered))


def signs(own: Mapping[str, Values], other: Mapping[str, Values], better: str) -> Signed:
    """How each row's value compares with another: 1 better, -1 worse, 0 not distinguishable.

    Paired t-tests over common units, Holm-corrected over the rows; rows with fewer than two common
    units are left out.
    """
    gains, tested = {}, {}
    for row in own.keys() & other.keys():
        units = [unit for unit in own[row] if unit in other[row]]
        if len(units) >= 2:
            first, second = ([side[row][unit] for unit in units] for side in (own, other))
            gains[row] = (sum(first) - sum(second)) * (1 if better == "higher" else -1)
            tested[row] = paired_p(first, second)
    adjusted = dict(zip(tested, holm([*tested.values()]), strict=True))
    side = {row: (1 if gain > 0 else -1) for row, gain in gains.items()}
    return {row: (side[row] if p < ALPHA else 0, p) for row, p in adjusted.items()}


@dataclass(frozen=True)
class Tested:
    """The values of one table, or of one block of it, and their tests.

    Attributes:
        columns: by key, those that have a value.
        found: values by column's key, row and unit.
        notes: by column's key and row, the notes of units without a value, by unit.
        subjects: by name, in the order of rows.
        rivals: the rows that are compared with each other and ranked.
        block: the title of the block; "" for a whole table.
    """

    columns: Mapping[str, Column]
    found: Mapping[str, Mapping[str, Values]]
    notes: Mapping[str, Mapping[str, Mapping[Any, str]]]
    subjects: Mapping[str, Subject]
    rivals: Collection[str]
    block: str = ""

    def values(self, row: str, key: str) -> Values:
        """By unit; empty if there are none."""
        return self.found.get(key, {}).get(row, {})

    def estimate(self, row: str, key: str) -> Estimate | None:
        """Over units; None without values."""
        column = self.columns.get(key)
        return middle(self.values(row, key), medians=bool(column and column.medians))

    def losses(self, key: str) -> dict[str, dict[Any, float]]:
        """Of the rivals by row and unit, lower is better; rows without a value are left out."""
        loss = self.columns[key].loss
        return {
            row: {unit: loss(value) for unit, value in values.items()}
            for row in self.rivals
            if (values := self.values(row, key))
        }

    @cached_property
    def verdicts(self) -> Mapping[str, Mapping[str, Verdict]]:
        """By column's key and row, of the columns in which the best is sought."""
        return {
            key: compare(self.losses(key))
            for key, column in self.columns.items()
            if column.compared and not column.against
        }

    def verdict(self, row: str, key: str) -> Verdict | None:
        """Against the best of the column; None where nothing is compared."""
        return self.verdicts.get(key, {}).get(row)

    @cached_property
    def signed(self) -> Mapping[str, Signed]:
        """By key and row, of the columns that others are read against."""
        return {key: self._signed(column) for key, column in self.columns.items() if column.against}

    def _signed(self, column: Column) -> Signed:
        other = self.found.get(column.key, {})
        if column.against == ZERO:
            nothing = {row: dict.fromkeys(values, 0.0) for row, values in other.items()}
            return signs(self._of_subjects(other), nothing, column.better)
        own = self.found.get(column.against, {})
        return signs(self._of_subjects(own), other, self.columns[column.against].better)

    def _of_subjects(self, values: Mapping[str, Values]) -> dict[str, Values]:
        return {row: v for row, v in values.items() if not self.subjects[row].reference}

    def sign(self, row: str, key: str) -> int | None:
        """How the column that is read against this one compares with it; None if not tested."""
        return self.signed.get(key, {}).get(row, (None, 1.0))[0]

    def p(self, row: str, key: str) -> float | None:
        """The corrected p-value behind the sign."""
        return self.signed.get(key, {}).get(row, (None, None))[1]

    def with_verdict(self, key: str, *verdicts: str) -> list[Subject]:
        """In the order of their means, the best first."""
        judged = self.verdicts.get(key, {})
        chosen = [self.subjects[row] for row, verdict in judged.items() if verdict in verdicts]
        return sorted(chosen, key=lambda subject: self.loss(subject.name, key))

    def loss(self, row: str, key: str) -> float:
        """Of the mean: lower is better; infinite without values."""
        value = self.estimate(row, key)
        return self.columns[key].loss(value.mean) if value else float("inf")

    @cached_property
    def ranks(self) -> Mapping[str, Estimate]:
        """The rivals' mean ranks over the columns; only with an interval over units."""
        losses = [values for key in self.columns if (values := self.losses(key))]
        return {row: rank for row, rank in mean_ranks(losses).items() if rank.half is not None}

    def gap(self, row: str, key: str) -> str:
        """Why units have no value; empty if all have."""
        told = self.subjects[row].gap
        return told(key) if told else by_unit(self.notes.get(key, {}).get(row, {}))

    def reasons(self, key: str) -> str:
        """Why a column has no value at all: the notes, each once."""
        every = (n for notes in self.notes.get(key, {}).values() for n in notes.values())
        return "; ".join(dict.fromkeys(filter(None, every)))

    @property
    def interval_known(self) -> bool:
        """Whether some rival has a value of two units or more."""
        return any(len(self.values(r, k)) > 1 for r in self.rivals for k in self.columns)


def by_unit(notes: Mapping[Any, str], unit: str = "seed") -> str:
    """ "seeds 0, 1: one reason; seed 2: another"."""
    units: dict[str, list[str]] = {}
    for one, note in notes.items():
        if note:
            units.setdefault(note, []).append(str(one))
    return "; ".join(
        f"{unit}{'s' if len(found) > 1 else ''} {', '.join(found)}: {note}"
        for note, found in units.items()
    )


def test(part: Part, table: Table) -> list[Tested]:
    """The tests of a table: one for all rows, or one a block, in the order of the frame."""
    return part.once(("tests", table.id), lambda: [*_tests(part, table)])


def _tests(part: Part, table: Table) -> Iterator[Tested]:
    long = table.tidy(part.frame)
    columns = table.columns(part) if callable(table.columns) else table.columns
    if not table.block:
        yield _tested(long, columns, part, table)
        return
    for block in dict.fromkeys(long[table.block]):
        of = long[long[table.block] == block]
        yield replace(_tested(of, columns, part, table), block=str(block))


def _tested(long: Frame, columns: Sequence[Column], part: Part, table: Table) -> Tested:
    found: dict[str, dict[str, dict[Any, float]]] = {}
    notes: dict[str, dict[str, dict[Any, str]]] = {}
    known = part.by_name
    for row in rows_of(long):
        key, name, unit, value = (row[c] for c in (table.by, table.row, table.unit, "value"))
        if name not in known:
            continue
        if value is None:
            notes.setdefault(key, {}).setdefault(name, {})[unit] = row.get("note") or ""
        else:
            found.setdefault(key, {}).setdefault(name, {})[unit] = float(value)
    rivals = [s.name for s in part.subjects if s.rival and not s.reference]
    return Tested({c.key: c for c in columns}, found, notes, known, rivals)


def unmeasured(tested: Tested) -> list[tuple[str, str]]:
    """(title, reasons) of the columns that have no value at all."""
    empty = [column for key, column in tested.columns.items() if not tested.found.get(key)]
    return [(column.title, why) for column in empty if (why := tested.reasons(column.key))]


def titles(subjects: Sequence[Subject]) -> str:
    """Their titles, listed."""
    return listed([subject.title for subject in subjects])
