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
from gbench.tracks.generation.page import few_labels, outside
from gbench.tracks.generation.page.glance import glance
from gbench.tracks.generation.page.latent import LATENT
from gbench.tracks.generation.page.likelihood import LIKELIHOOD
from gbench.tracks.generation.page.places import places
from gbench.tracks.generation.page.seen import blind_here
from gbench.tracks.generation.page.sensitivity import SENSITIVITY
from gbench.tracks.generation.page.turing import section as human
from gbench.tracks.generation.page.usefulness import USEFULNESS


def _blind(part: Part) -> Mapping[str, Stamp]:
    """A stamp on each metric that misses here a fault that it is for."""
    found = blind_here(part.results, part.key, data_of(part.results, part.key).metrics)
    return {k: Stamp("blind here", why, f"#sensitivity-{part.key}") for k, why in found.items()}


def _facts(records: Records) -> Facts:
    return [
        ("", protocol.facts(records)),
        *((data.name, protocol.of_data(data)) for data in records.data),
    ]


def _failures(records: Records) -> list[str]:
    return [*protocol.failures(records), *few_labels.failures(records)]


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
        USEFULNESS,
        LIKELIHOOD,
        few_labels.FEW_LABELS,
        human.HUMAN,
        SENSITIVITY,
        COSTS,
    ),
    subjects=partial(subjects, warned=outside.warned),
    facts=_facts,
    failures=_failures,
    reading=READING,
    metrics=means,
    glance=glance,
    places=places,
)


def write(params: Mapping[str, Any], root: Path, out: Path, guests: Sequence[Section] = ()) -> Path:
    """Writes index.html, report.md and the data beside them into `out`; returns the page's path.

    Args:
        params: all of params.yaml; says which data, variants, seeds and metrics are shown.
        root: where data/, judges/, runs/ and results/ lie.
        guests: sections of other rooms, shown before the human test.

    Raises:
        DataError: a file of the tree cannot be read.
        UserError: a metric of params.yaml has no file.
    """
    records = outside.added(reading.read(params, root))
    human.write(records, out)
    place = PAGE.sections.index(human.HUMAN)
    sections = (*PAGE.sections[:place], *guests, *PAGE.sections[place:])
    return page.write(replace(PAGE, sections=sections), records, out)
