"""What the page shows: the table's matrix of trainings, batch norm's, and the gallery's."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gbench.report import reading
from gbench.report.records import Data, Records


@dataclass(frozen=True, kw_only=True)
class Matrices(Records):
    """The table's records, which every shared section reads, and those of the other matrices."""

    placement: Records
    gallery: Records

    @property
    def every(self) -> list[Data]:
        """The data sets of table and placement, each once."""
        named = {data.name: data for data in (*self.placement.data, *self.data)}
        return [
            *{data.name: named[data.name] for data in (*self.data, *self.placement.data)}.values()
        ]


def read(params: Mapping[str, Any], root: Path) -> Matrices:
    """
    Raises:
        DataError: a file of the tree cannot be read.
        UserError: a metric of params.yaml has no file.
    """
    table, placement, gallery = (
        reading.read(params | more, root) for more in ({}, params["placement"], params["gallery"])
    )
    return Matrices(**vars(table), placement=placement, gallery=gallery)
