"""The figures of the page, a file a kind."""

from gbench.report.figures.attacks import SHADES, queries, robustness
from gbench.report.figures.cost import PHASES, phases, seconds_by_phase
from gbench.report.figures.figure import Figure
from gbench.report.figures.labels import few_labels
from gbench.report.figures.pictures import SHOWN, examples, points_map, sheets
from gbench.report.figures.tradeoffs import trade_offs
from gbench.report.figures.training import losses, thinned

__all__ = [
    "PHASES",
    "SHADES",
    "SHOWN",
    "Figure",
    "examples",
    "few_labels",
    "losses",
    "phases",
    "points_map",
    "queries",
    "robustness",
    "seconds_by_phase",
    "sheets",
    "thinned",
    "trade_offs",
]
