"""The page of the generation track."""

from gbench.report import protocol, tidy
from gbench.report.kit.made import Facts, Page
from gbench.report.records import Records
from gbench.report.sections.costs import COSTS
from gbench.report.sections.losses import LOSSES
from gbench.report.sections.scores import SCORES
from gbench.report.sections.subjects import subjects
from gbench.report.sections.tradeoffs import TRADE_OFFS
from gbench.tracks.generation.page.glance import glance
from gbench.tracks.generation.page.latent import LATENT
from gbench.tracks.generation.page.likelihood import LIKELIHOOD

READING = (
    (
        "Stamps",
        "Only where the interval supports them. Near copies: the interval of the copying z lies "
        "below −1.96 and below every value of real data. Copies: besides, that of the "
        "nearest-neighbour ratio lies below 0.5. Collapse: that of coverage or recall lies below "
        "half of what real data get. Misses modes: that of the modes found lies below their "
        "number.",
    ),
    (
        "Intervals and tests",
        "The unit is a training seed. Intervals are Student's t over seeds; with one seed there is "
        "none. = means “not distinguishable”, not “equal”. Holm, “A Simple Sequentially Rejective "
        "Multiple Test Procedure”, 1979; Wilson, “Probable Inference”, 1927.",
    ),
)


def _facts(records: Records) -> Facts:
    return [
        ("", protocol.facts(records)),
        *((data.name, protocol.of_data(data)) for data in records.data),
    ]


PAGE = Page(
    title="gbench report",
    eyebrow="Generative models under one protocol",
    sections=(SCORES, TRADE_OFFS, LOSSES, LATENT, LIKELIHOOD, COSTS),
    subjects=subjects,
    facts=_facts,
    failures=protocol.failures,
    reading=READING,
    metrics=tidy.metrics,
    glance=glance,
)
