"""The page on mode collapse: the shared sections, with the room's own between them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gbench.report.kit import page
from gbench.report.kit.made import Facts, Page
from gbench.report.kit.section import Section
from gbench.report.sections import protocol
from gbench.report.sections.along import ALONG
from gbench.report.sections.costs import COSTS
from gbench.report.sections.found import cautions
from gbench.report.sections.losses import LOSSES
from gbench.report.sections.means import means
from gbench.report.sections.pictures import PICTURES
from gbench.report.sections.scores import SCORES
from gbench.report.sections.stamps import READING
from gbench.report.sections.subjects import subjects
from gbench.tracks.collapse.page import gallery, matrices, placement
from gbench.tracks.collapse.page.gain import GAIN
from gbench.tracks.collapse.page.matrices import Matrices
from gbench.tracks.collapse.page.oscillation import OSCILLATION
from gbench.tracks.collapse.page.plain import reaches
from gbench.tracks.collapse.page.published import PUBLISHED


def write(params: Mapping[str, Any], root: Path, out: Path, guests: Sequence[Section] = ()) -> Path:
    """Writes collapse/index.html and the data next to it; returns the page's path.

    Args:
        params: all of the track's params.yaml.
        root: the track's folder, where data/, runs/ and results/ lie.
        out: of the reports.
        guests: sections of other rooms.

    Raises:
        DataError: a file of the tree cannot be read.
        UserError: a metric of params.yaml has no file.
    """
    made = replace(PAGE, sections=(*PAGE.sections, *guests))
    return page.write(made, matrices.read(params, root), out / "collapse")


def _facts(results: Matrices) -> Facts:
    data = {one.name: one for one in (*results.data, *results.placement.data)}
    own = ((name, protocol.of_data(one)) for name, one in data.items())
    return [("", protocol.facts(results, "make collapse")), *own]


def _failures(results: Matrices) -> list[str]:
    found = (*protocol.failures(results), *protocol.failures(results.placement))
    return [*dict.fromkeys(found)]


# The page has as many files as dvc.yaml names: what it shows besides has none.
PAGE = Page(
    title="gbench, mode collapse",
    eyebrow="Mode collapse, and what is said to cure it",
    sections=(
        replace(SCORES, findings=(cautions, reaches), derived={}),
        PUBLISHED,
        GAIN,
        gallery.GALLERY,
        OSCILLATION,
        placement.PLACEMENT,
        PICTURES,
        replace(LOSSES, written=None),
        replace(ALONG, written=None, derived={}),
        COSTS,
    ),
    subjects=subjects,
    facts=_facts,
    failures=_failures,
    nothing="Run `make collapse`.",
    reading=READING,
    metrics=means,
    style=gallery.STYLE + placement.STYLE,
    script=gallery.SCRIPT,
)
