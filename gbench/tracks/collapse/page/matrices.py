"""What the page shows: the table's matrix of trainings, batch norm's, and the gallery's."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gbench.report import reading
from gbench.report.records import Records


@dataclass(frozen=True, kw_only=True)
class Matrices(Records):
    """The table's records, which every shared section reads, and those of the other matrices."""

    placement: Records
    gallery: Records


def read(params: Mapping[str, Any], root: Path) -> Matrices:
    """
    Raises:
        DataError: a file of the tree cannot be read.
        UserError: a metric of params.yaml has no file.
    """
    table, placement, gallery = (
        reading.read({**params, **params.get(matrix, {})}, root)
        for matrix in ("table", "placement", "gallery")
    )
    return Matrices(**vars(table), placement=placement, gallery=gallery)
