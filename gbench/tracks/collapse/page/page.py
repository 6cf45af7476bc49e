"""The page on mode collapse: the shared sections, with the room's own between them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gbench.report import tidy
from gbench.report.kit import page
from gbench.report.kit.made import Facts, Page
from gbench.report.sections import protocol
from gbench.report.sections.costs import COSTS
from gbench.report.sections.losses import LOSSES
from gbench.report.sections.scores import SCORES
from gbench.report.sections.subjects import subjects
from gbench.tracks.collapse.page import gallery, matrices, oscillation
from gbench.tracks.collapse.page.gain import GAIN
from gbench.tracks.collapse.page.matrices import Matrices
from gbench.tracks.collapse.page.placement import PLACEMENT
from gbench.tracks.collapse.page.plain import reaches
from gbench.tracks.collapse.page.published import PUBLISHED


def write(params: Mapping[str, Any], root: Path, out: Path) -> Path:
    """Writes collapse/index.html and the data next to it; returns the page's path.

    Args:
        params: all of the track's params.yaml.
        root: the track's folder, where data/, runs/ and results/ lie.
        out: of the reports.

    Raises:
        DataError: a file of the tree cannot be read.
        UserError: a metric of params.yaml has no file.
    """
    return page.write(PAGE, matrices.read(params, root), out / "collapse")


def _facts(results: Matrices) -> Facts:
    data = {one.name: one for one in (*results.data, *results.placement.data)}
    own = ((name, protocol.of_data(one)) for name, one in data.items())
    return [("", protocol.facts(results, "make collapse")), *own]


def _failures(results: Matrices) -> list[str]:
    found = [*protocol.failures(results), *protocol.failures(results.placement)]
    return [*dict.fromkeys([*found, *oscillation.unseen(results)])]


PAGE = Page(
    title="gbench, mode collapse",
    eyebrow="Mode collapse, and what is said to cure it",
    sections=(
        replace(SCORES, findings=(reaches,)),
        # INTEGRATOR: CLASSES (classes.csv), then ranking and spread without files.
        PUBLISHED,
        GAIN,
        gallery.GALLERY,
        oscillation.OSCILLATION,
        PLACEMENT,
        # INTEGRATOR: PICTURES.
        replace(LOSSES, written=None),  # INTEGRATOR: with quality along and stopping, no files.
        COSTS,
    ),
    subjects=subjects,
    facts=_facts,
    failures=_failures,
    nothing="Run `make collapse`.",
    metrics=tidy.metrics,
    style=gallery.STYLE,
    script=gallery.SCRIPT,
)
