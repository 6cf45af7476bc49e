"""The sections of every pipeline that scores samples: how many, by which metrics and judge."""

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from gbench.core.near import near
from gbench.params.check.values import fits
from gbench.params.track import Plugin

DRAWN: dict[str, Any] = {  # what every training keeps, scored or not
    "evaluation": "gbench.protocol.settings:Evaluation",
    "along": "gbench.zoo.shared.along:Along",
}
JUDGED: dict[str, Any] = {"judge": "gbench.protocol.judge:build"}
METRICS = Plugin(
    "protocol/metrics",
    "METRIC.measure",
    file=False,  # a metric has a title, and a table one column of it
    check="gbench.protocol.sections:limits",
)
CHECKS = ("gbench.protocol.sections:along", "gbench.protocol.sections:evaluation")


def limits(path: str, given: Mapping[str, Any], module: ModuleType) -> Iterator[str]:
    """Numbers under the least or over the greatest that they may be."""
    for key, (least, most) in module.METRIC.limits.items():
        if key in given and fits(given[key], float) and not least <= given[key] <= most:
            yield f"{path}.{key}: {given[key]} is not in [{least:g}, {most:g}]"


def along(params: Mapping[str, Any]) -> Iterator[str]:
    """The section `along`: how often, how many, how finely, and which metrics."""
    section = params["along"]
    yield from under("along", section, {"points": 0, "n": 2, "landscape": 0})
    yield from switched_on("along.metrics", section.get("metrics"), params.get("metrics", {}))


def evaluation(params: Mapping[str, Any]) -> Iterator[str]:
    """The section `evaluation`: how many samples and batches, and which metrics are repeated."""
    section = params["evaluation"]
    yield from under("evaluation", section, {"n": 2, "batches": 1})
    repeated = section.get("repeated")
    yield from switched_on("evaluation.repeated", repeated, params.get("metrics", {}))


def under(path: str, section: Mapping[str, Any], least: Mapping[str, int]) -> Iterator[str]:
    for key, bound in least.items():
        if fits(section.get(key), int) and section[key] < bound:
            yield f"{path}.{key}: {section[key]} is under {bound}"


def switched_on(path: str, chosen: object, metrics: Mapping[str, Any]) -> Iterator[str]:
    for name in chosen if isinstance(chosen, list) else ():
        if name not in metrics:
            yield f"{path}: {name!r} is not switched on under metrics{near(name, metrics)}"
