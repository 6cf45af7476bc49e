"""The page of the generation track."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from gbench.report import reading
from gbench.report.kit import page
from gbench.report.kit.made import Facts, Page
from gbench.report.kit.section import Part, Section
from gbench.report.kit.view import Stamp
from gbench.report.records import Records
from gbench.report.sections import protocol, scores
from gbench.report.sections.along import ALONG
from gbench.report.sections.costs import COSTS
from gbench.report.sections.losses import LOSSES
from gbench.report.sections.means import means
from gbench.report.sections.pictures import PICTURES
from gbench.report.sections.stamps import READING
from gbench.report.sections.subjects import data_of, subjects
from gbench.report.sections.tradeoffs import TRADE_OFFS
from gbench.report.sensitivity import blind_here
from gbench.tracks.generation.page import outside
from gbench.tracks.generation.page.glance import glance
from gbench.tracks.generation.page.latent import LATENT
from gbench.tracks.generation.page.likelihood import LIKELIHOOD


def _blind(part: Part) -> Mapping[str, Stamp]:
    """A stamp on each metric that misses here a fault that it is for."""
    found = blind_here(data_of(part.results, part.key))
    return {k: Stamp("blind here", why, f"#sensitivity-{part.key}") for k, why in found.items()}


def _facts(records: Records) -> Facts:
    return [
        ("", protocol.facts(records)),
        *((data.name, protocol.of_data(data)) for data in records.data),
    ]


PAGE = Page(
    title="gbench report",
    eyebrow="Generative models under one protocol",
    sections=(
        scores.section(_blind, outside.explained),
        PICTURES,
        TRADE_OFFS,
        LOSSES,
        ALONG,
        LATENT,
        LIKELIHOOD,
        COSTS,
    ),
    subjects=partial(subjects, warned=outside.warned),
    facts=_facts,
    failures=protocol.failures,
    reading=READING,
    metrics=means,
    glance=glance,
)


def write(params: Mapping[str, Any], root: Path, out: Path, guests: Sequence[Section] = ()) -> Path:
    """Writes index.html, report.md and the data beside them into `out`; returns the page's path.

    Args:
        params: all of params.yaml; says which data, variants, seeds and metrics are shown.
        root: where data/, judges/, runs/ and results/ lie.
        guests: sections of other rooms, shown before the costs.

    Raises:
        DataError: a file of the tree cannot be read.
        UserError: a metric of params.yaml has no file.
    """
    records = outside.added(reading.read(params, root))
    *own, last = PAGE.sections
    return page.write(replace(PAGE, sections=(*own, *guests, last)), records, out)
