"""Which generative models are good at what: the root's own questions."""

from dataclasses import replace
from typing import Annotated

from gbench.params.track import Track
from gbench.protocol.sections import CHECKS as PROTOCOL_CHECKS
from gbench.protocol.sections import DRAWN, JUDGED, METRICS
from gbench.zoo.sections import CHECKS as ZOO_CHECKS
from gbench.zoo.sections import MODELS, PLUGINS, RESOURCES, SWITCHES

MEASURE = "gbench.tracks.generation.measure"
CHECKS = "gbench.tracks.generation.checks"

NAMED = replace(MODELS, file=False)  # dvc.yaml depends on zoo/models/<variant>.py

TRACK = Track(
    title="Generative models",
    question="Which generative model is good at what, and how far can the numbers be trusted?",
    page="gbench.tracks.generation.page.page:write",
    sections={
        **SWITCHES,
        **DRAWN,
        **JUDGED,
        **RESOURCES,
        "outside": Annotated[list[str], f"{CHECKS}:outside"],
        "latent": f"{MEASURE}.latent.settings:Settings",
        "usefulness": f"{MEASURE}.usefulness.settings:Settings",
        "likelihood": f"{MEASURE}.likelihood.settings:Settings",
        "sensitivity": f"{MEASURE}.sensitivity.settings:Settings",
        "few_labels": f"{MEASURE}.few_labels:FewLabels",
        "turing": "gbench.tracks.generation.measure.turing:Turing",
    },
    plugins={
        **PLUGINS,
        "models": NAMED,
        "metrics": METRICS,
    },
    checks=(
        *ZOO_CHECKS,
        *PROTOCOL_CHECKS,
        f"{CHECKS}:latent",
        f"{CHECKS}:usefulness",
        f"{CHECKS}:sensitivity",
        f"{CHECKS}:likelihood",
        f"{CHECKS}:few_labels",
        f"{CHECKS}:turing",
    ),
    commands=("gbench.tracks.generation.outside.command",),
)
