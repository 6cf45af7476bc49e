"""The figures of the page, a file a kind."""

from gbench.report.figures.attacks import SHADES, queries, robustness
from gbench.report.figures.cost import PHASES, phases, seconds_by_phase
from gbench.report.figures.figure import Figure
from gbench.report.figures.labels import few_labels
from gbench.report.figures.latent import OPEN, Gallery, curves, galleries
from gbench.report.figures.pictures import SHOWN, examples, points_map, sheets
from gbench.report.figures.ranking import ladder
from gbench.report.figures.tradeoffs import trade_offs
from gbench.report.figures.training import losses, quality, thinned
from gbench.report.figures.usefulness import probes

__all__ = [
    "OPEN",
    "PHASES",
    "SHADES",
    "SHOWN",
    "Figure",
    "Gallery",
    "curves",
    "examples",
    "few_labels",
    "galleries",
    "ladder",
    "losses",
    "phases",
    "points_map",
    "probes",
    "quality",
    "queries",
    "robustness",
    "seconds_by_phase",
    "sheets",
    "thinned",
    "trade_offs",
]
