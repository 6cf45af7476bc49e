"""Mode collapse: remedies on mixtures and stacks, a gallery of games, and where batch norm goes."""

from gbench.params.track import Track
from gbench.protocol.sections import CHECKS as PROTOCOL_CHECKS
from gbench.protocol.sections import DRAWN, JUDGED, METRICS
from gbench.zoo.sections import CHECKS as ZOO_CHECKS
from gbench.zoo.sections import PLUGINS, SWITCHES, Matrix

TRACK = Track(
    title="Mode collapse",
    question="Which remedy makes a GAN cover more of its data, and which games circle?",
    page="gbench.tracks.collapse.page.page:write",
    sections={
        **SWITCHES,
        **DRAWN,
        **JUDGED,
        "prepared": list[str],  # the data sets of all three matrices
        "gallery": Matrix,
        "placement": Matrix,
    },
    plugins={**PLUGINS, "metrics": METRICS},
    checks=(*ZOO_CHECKS, *PROTOCOL_CHECKS),
)
