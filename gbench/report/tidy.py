"""Frames of plain values, and their CSV files."""

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gbench.core.files import replacing

Frame = pd.DataFrame


def frame(head: str, rows: Iterable[Sequence[Any]]) -> Frame:
    """A frame that keeps each value as it is: whole numbers stay whole, None stays None.

    Args:
        head: the columns' names, parted by spaces.
    """
    return pd.DataFrame([tuple(row) for row in rows], columns=head.split(), dtype=object)


def columns(head: str) -> Callable[[Frame], Frame]:
    """For `Section.written`: these columns alone; a frame may carry more than its file."""
    return lambda found: found[head.split()]


def where(found: Frame, **equal: Any) -> Frame:
    """The rows in which each named column has the value given."""
    for name, value in equal.items():
        found = found[found[name] == value]
    return found


def rows(found: Frame) -> Iterable[dict[str, Any]]:
    """Each row as a mapping; the dtype is object, so values come as they were put in."""
    return (dict(zip(found.columns, row, strict=True)) for row in found.itertuples(index=False))


def write_csv(path: Path, found: Frame) -> None:
    """A header and rows; six significant digits, so that files are short and runs compare."""
    with replacing(path) as temporary, temporary.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(found.columns)
        for row in found.itertuples(index=False):
            table.writerow([f"{v:.6g}" if isinstance(v, float) else v for v in row])
