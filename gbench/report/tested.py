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
    Apart,
    Compared,
    Estimate,
    Scale,
    Verdict,
    apart,
    compare,
    estimate,
    on_scale,
    ranks_by_seed,
)

Values = Mapping[Any, float]  # by unit
BORROWED = "at 5 %, by a test in which the rows of a column share what is known of their spread"
WITH_BEST = (
    "★ marks the best mean of a column, = every mean that cannot be distinguished from it "
    f"{BORROWED}, so that it can distinguish means whose own intervals overlap."
)
AGAINST = f"✓ the value is better, ✗ worse, = not distinguishable {BORROWED}"


def middle(values: Values, *, medians: bool = False) -> Estimate | None:
    """The mean with its 95 % t-interval, or the median without one; None without values."""
    if not medians or not values:
        return estimate([*values.values()])
    ordered = sorted(values.values())
    half = len(ordered) // 2
    return Estimate((ordered[half] + ordered[~half]) / 2, None, len(ordered))


def differences(
    own: Mapping[str, Values], other: Mapping[str, Values], scale: Scale
) -> dict[str, Values]:
    """Each row's value less another's at the units that both have, on the scale."""
    pairs = {(side, row): of for side, by in enumerate((own, other)) for row, of in by.items()}
    moved = on_scale({f"{side} {row}": of for (side, row), of in pairs.items()}, scale)
    return {
        row: {unit: value - moved[f"1 {row}"][unit] for unit, value in moved[f"0 {row}"].items()
              if unit in other[row]}
        for row in own if row in other
    }  # fmt: skip


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
        shared: whether rows share what is known of their spread (`Table.shared`).
    """

    columns: Mapping[str, Column]
    found: Mapping[str, Mapping[str, Values]]
    notes: Mapping[str, Mapping[str, Mapping[Any, str]]]
    subjects: Mapping[str, Subject]
    rivals: Collection[str]
    block: str = ""
    shared: bool = True

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
    def compared(self) -> Mapping[str, Mapping[str, Compared]]:
        """By column's key and row, of the columns in which the best is sought."""
        return {
            key: self.among(key)
            for key, column in self.columns.items()
            if column.compared and not column.against
        }

    def among(self, key: str, rows: Collection[str] | None = None) -> Mapping[str, Compared]:
        """The rivals, or some of them, against the best of them in a column."""
        losses = self.losses(key)
        chosen = {row: of for row, of in losses.items() if rows is None or row in rows}
        return compare(chosen, self.columns[key].scale)

    def verdict(self, row: str, key: str) -> Verdict | None:
        """Against the best of the column; None where nothing is compared."""
        found = self.compared.get(key, {}).get(row)
        return found.verdict if found else None

    @cached_property
    def signed(self) -> Mapping[str, Mapping[str, Apart]]:
        """By key and row, of the columns that others are read against: above 0 is better."""
        return {key: self._signed(column) for key, column in self.columns.items() if column.against}

    def _signed(self, column: Column) -> Mapping[str, Apart]:
        other, own = self.found.get(column.key, {}), self.found.get(column.against, {})
        judged = column if column.against == ZERO else self.columns[column.against]
        pair = (other, {row: dict.fromkeys(of, 0.0) for row, of in other.items()})
        own, other = pair if column.against == ZERO else (own, other)
        own = {row: of for row, of in own.items() if not self.subjects[row].reference}
        turn = 1 if judged.better == "higher" else -1
        gains = differences(own, other, judged.scale)
        turned = {row: {u: turn * v for u, v in of.items()} for row, of in gains.items()}
        return apart(turned, shared=self.shared)

    def sign(self, row: str, key: str) -> int | None:
        """How the column that is read against this one compares with it; None if not tested."""
        found = self.signed.get(key, {}).get(row)
        return found.sign if found else None

    def p(self, row: str, key: str) -> float | None:
        """The p-value behind the sign, adjusted for all rows."""
        found = self.signed.get(key, {}).get(row)
        return found.p if found else None

    def with_verdict(self, key: str, *verdicts: str) -> list[Subject]:
        """In the order of their means, the best first."""
        judged = self.compared.get(key, {})
        chosen = [self.subjects[row] for row, of in judged.items() if of.verdict in verdicts]
        return sorted(chosen, key=lambda subject: self.loss(subject.name, key))

    def loss(self, row: str, key: str) -> float:
        """Of the mean: lower is better; infinite without values."""
        value = self.estimate(row, key)
        return self.columns[key].loss(value.mean) if value else float("inf")

    @cached_property
    def ranks_by_seed(self) -> Mapping[str, Mapping[Any, float]]:
        """The rivals' ranks averaged over the columns, by row and unit."""
        found = [values for key in self.columns if (values := self.losses(key))]
        return {row: of for row, of in ranks_by_seed(found).items() if of}

    @cached_property
    def ranks(self) -> Mapping[str, Estimate]:
        """Their means over units; only with an interval."""
        found = {row: estimate([*of.values()]) for row, of in self.ranks_by_seed.items()}
        return {row: rank for row, rank in found.items() if rank and rank.half is not None}

    @cached_property
    def placed(self) -> Mapping[str, Compared]:
        """Those ranks against the best of them: one training can move a model by a whole place,
        since it moves it in all columns."""
        return compare(self.ranks_by_seed, step=1.0)

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
    by_key = {c.key: c for c in columns}
    return Tested(by_key, found, notes, known, rivals, shared=table.shared)


def unmeasured(tested: Tested) -> list[tuple[str, str]]:
    """(title, reasons) of the columns that have no value at all."""
    empty = [column for key, column in tested.columns.items() if not tested.found.get(key)]
    return [(column.title, why) for column in empty if (why := tested.reasons(column.key))]


def titles(subjects: Sequence[Subject]) -> str:
    """Their titles, listed."""
    return listed([subject.title for subject in subjects])
