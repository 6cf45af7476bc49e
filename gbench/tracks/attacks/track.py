"""Attacks on classifiers, bare and behind generative defences, and attacks that generate."""

from gbench.params.track import Plugin, Track
from gbench.protocol.sections import CHECKS as PROTOCOL_CHECKS
from gbench.protocol.sections import DRAWN
from gbench.zoo.sections import CHECKS as ZOO_CHECKS
from gbench.zoo.sections import PLUGINS, RESOURCES, SWITCHES

ROOM = "gbench.tracks.attacks"
ATTACKS = Plugin("tracks/attacks/attacks", "ATTACK.run", by_data=True)

TRACK = Track(
    title="Attacks and defences",
    question="What do attacks leave of a classifier, and of a defence built on a generative model?",
    page=f"{ROOM}.page.page:write",
    headline=f"{ROOM}.page.headline:HEADLINE",
    sections={
        **SWITCHES,
        **DRAWN,
        **RESOURCES,
        "classifier": f"{ROOM}.measure.training:make",
        "attack": f"{ROOM}.measure.settings:settings",
        "unrestricted": f"{ROOM}.measure.unrestricted:Settings",
    },
    plugins={
        **PLUGINS,
        "classifiers": Plugin(
            "tracks/attacks/classifiers", f"{ROOM}.checks:classifier_keywords", by_data=True
        ),
        "attacks": ATTACKS,
        "defences": Plugin("tracks/attacks/defences", by_data=True),
    },
    checks=(
        *ZOO_CHECKS,
        *PROTOCOL_CHECKS,
        f"{ROOM}.checks:defences",
        f"{ROOM}.checks:budgets",
        f"{ROOM}.checks:unrestricted",
    ),
    optional=("unrestricted",),
    commands=(f"{ROOM}.command",),
)
