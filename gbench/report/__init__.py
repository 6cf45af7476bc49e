"""The report: records of finished stages as tables, figures and pages.  Computes no result."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gbench.report import labels, markdown, page, reading, tidy
from gbench.report.findings import findings
from gbench.report.tables import table


def write(params: Mapping[str, Any], root: Path, out: Path) -> Path:
    """Writes index.html, report.md and the tidy data into `out`; returns the page's path.

    Args:
        params: all of params.yaml; says which data, variants, seeds and metrics are shown.
        root: where data/, judges/, runs/, classifiers/ and results/ lie.
        out: made if it is not there.

    Raises:
        DataError: a file of the tree cannot be read.
        UserError: a metric of params.yaml has no file.
    """
    records = reading.read(params, root)
    tables = [table(data) for data in records.data]
    few_labels = labels.read(params, root)
    found = findings(records, tables) + labels.findings(few_labels)
    tidy.write(records, tables, few_labels, out)
    markdown.write(records, tables, few_labels, found, out / "report.md")
    return page.write(records, tables, few_labels, found, out / "index.html")
