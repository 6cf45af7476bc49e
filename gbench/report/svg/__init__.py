"""Small charts as SVG text.

Colours are CSS variables of the page, so that a chart follows light and dark; text stays text.
"""

from gbench.report.svg.ladder import Rung, ladder
from gbench.report.svg.marks import DASHES, colour, marker
from gbench.report.svg.panel import FONT, HEIGHT, WIDTH, Panel, spread
from gbench.report.svg.scale import Scale, fit
from gbench.report.svg.strips import bars, ruler

__all__ = [
    "DASHES",
    "FONT",
    "HEIGHT",
    "WIDTH",
    "Panel",
    "Rung",
    "Scale",
    "bars",
    "colour",
    "fit",
    "ladder",
    "marker",
    "ruler",
    "spread",
]
