"""The report: records of finished stages as tables, figures and pages.  Computes no result."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gbench.report import (
    labels,
    markdown,
    outside,
    page,
    reading,
    tidy,
    usefulness,
    usefulness_findings,
    usefulness_tables,
)
from gbench.report.findings import findings
from gbench.report.tables import table
from gbench.report.turing import page as turing_page
from gbench.report.turing import tally


def write(params: Mapping[str, Any], root: Path, out: Path) -> Path:
    """Writes index.html, report.md and the tidy data into `out`; returns the page's path.

    Writes turing/index.html, the human test's page, too, if the parameters have that section.

    Args:
        params: all of params.yaml; says which data, variants, seeds and metrics are shown.
        root: where data/, judges/, runs/, classifiers/, results/ and turing/ lie.
        out: made if it is not there.

    Raises:
        DataError: a file of the tree cannot be read.
        UserError: a metric of params.yaml has no file.
    """
    records = outside.added(reading.read(params, root), params, root)
    tables = [table(data) for data in records.data]
    few_labels = labels.read(params, root)
    useful = usefulness.read(records, root)
    found = findings(records, tables) + labels.findings(few_labels)
    found += usefulness_findings.findings(useful)
    human = tally.human_test(params, records, root)
    tidy.write(records, tables, few_labels, out)
    tidy.csv_file(out / "turing.csv", tally.HEAD, tally.rows(human))
    rows = usefulness.observations(records, root)
    tidy.csv_file(out / "usefulness.csv", usefulness.HEAD, rows)
    if human:
        turing_page.write(human.pools, human.settings, out / "turing" / "index.html")
    more = [*map(markdown.useful, useful), *([markdown.human(human)] if human else [])]
    markdown.write(records, tables, few_labels, found, more, out / "report.md")
    return page.write(
        records,
        tables,
        few_labels,
        found,
        out / "index.html",
        usefulness=usefulness_tables.sections(useful),
        human=human,
        human_ruler=tally.ruler,
    )
