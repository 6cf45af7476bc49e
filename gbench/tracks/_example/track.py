"""How bright generated images are: what the rest of gbench must know of this track."""

from gbench.params.track import Track
from gbench.protocol.sections import CHECKS as PROTOCOL_CHECKS
from gbench.protocol.sections import DRAWN
from gbench.zoo.sections import CHECKS as ZOO_CHECKS
from gbench.zoo.sections import PLUGINS, SWITCHES

TRACK = Track(
    title="Brightness",
    question="Are a model's images as bright as real ones?",
    page="gbench.tracks._example.page.page:write",
    sections={
        **SWITCHES,
        **DRAWN,
        "brightness": "gbench.tracks._example.measure.brightness:Settings",
    },
    plugins=PLUGINS,
    checks=(*ZOO_CHECKS, *PROTOCOL_CHECKS),
)
