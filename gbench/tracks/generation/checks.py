"""Mistakes in the sections of params.yaml that are this track's own."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_type_hints

from gbench.core import plugin
from gbench.core.near import near
from gbench.params.check.entries import one
from gbench.params.check.rules import seeds
from gbench.params.check.values import fits, repeated, unknown
from gbench.tracks.generation.measure.latent import settings as latent_settings
from gbench.tracks.generation.measure.likelihood import settings as likelihood_settings
from gbench.tracks.generation.measure.sensitivity import settings as sensitivity_settings
from gbench.tracks.generation.measure.usefulness import settings as usefulness_settings
from gbench.tracks.generation.track import NAMED

Params = Mapping[str, Any]


def outside(path: str, named: object, params: Params) -> Iterator[str]:
    """The sets of samples that `gbench evaluate` scored and the report is to show."""
    datasets, models = params.get("datasets"), params.get("models")
    if not isinstance(datasets, dict) or not isinstance(models, dict):
        return  # told there
    if not isinstance(named, list):
        yield f"{path}: must be a list such as [digits/stylegan], not {named!r}"
        return
    for entry in named:
        data, slash, name = str(entry).partition("/")
        if not slash or not name or "/" in name:
            yield f"{path}: {entry!r} is no data set and name such as digits/stylegan"
        elif data not in datasets:
            yield f"{path}: {entry!r}: no {data!r} under datasets{near(data, datasets)}"
        elif name in models:
            yield f"{path}: {entry!r} has the name of a model; evaluate it under another"
    yield from repeated(path, named)


def latent(params: Params) -> Iterator[str]:
    """The section `latent`, where its keys and types are right."""
    section = params["latent"]
    needed = {*latent_settings.LEAST, "truncations"}
    if needed <= section.keys() and isinstance(section["truncations"], list):
        yield from latent_settings.mistakes(section)


def usefulness(params: Params) -> Iterator[str]:
    """The section `usefulness`, where its keys are there."""
    section = params["usefulness"]
    if {*usefulness_settings.Settings._fields} <= section.keys():
        yield from usefulness_settings.mistakes(section)


def sensitivity(params: Params) -> Iterator[str]:
    """The section `sensitivity`: its numbers, and the metrics that it leaves out."""
    section = params["sensitivity"]
    yield from sensitivity_settings.mistakes(section)
    left_out, there = section.get("without"), plugin.names("protocol/metrics")
    for name in left_out if isinstance(left_out, list) else ():
        if name not in there:
            yield f"sensitivity.without: {name!r} is no metric{near(name, there)}"


def likelihood(params: Params) -> Iterator[str]:
    """The section `likelihood`, where its keys and types are right."""
    section, lists = params["likelihood"], likelihood_settings.LISTS
    needed = {*likelihood_settings.LEAST, *lists, "tolerance"}
    if needed <= section.keys() and all(isinstance(section[key], list) for key in lists):
        yield from likelihood_settings.mistakes(section)


def few_labels(params: Params) -> Iterator[str]:
    """The section `few_labels`: its lists, and the models that it names."""
    section, path = params["few_labels"], "few_labels"
    lists = {"models": list[str], "labels": list[int | Literal["all"]], "values": dict[str, Any]}
    if not all(fits(section.get(name), kind) for name, kind in lists.items()):
        return  # told by their types
    yield from seeds(f"{path}.draws", section.get("draws"), params)
    if not section["labels"]:
        yield f"{path}.labels: must be a list such as [20, 50, all], not []"
    for n in section["labels"]:
        if n != "all" and n < 2:
            yield f"{path}.labels: {n} is under 2, one a class at least"
    for name in ("models", "labels"):
        yield from repeated(f"{path}.{name}", section[name])
    yield from semi_supervised(section, params)


def semi_supervised(section: Mapping[str, Any], params: Params) -> Iterator[str]:
    """The models of `few_labels`, and what stands there in place of their own values."""
    values, defined, path = section["values"], params["models"], "few_labels"
    yield from unknown(f"{path}.values", values, defined)
    for name in values.keys() & defined.keys():
        yield from one(NAMED, name, values[name], params["datasets"], f"{path}.values.{name}")
    for name in section["models"]:
        if name not in defined:
            yield f"{path}.models: {name!r} is not defined under models{near(name, defined)}"
        elif name not in values:
            yield f"{path}.values.{name}: missing; {{}} leaves the model as it is under models"
        elif name in plugin.names("zoo/models"):
            module = plugin.load("zoo/models", name)
            if not hasattr(get_type_hints(module.build)["return"], "classifier"):
                yield f"{path}.models: {name!r} does not learn to classify from unlabelled examples"


def turing(params: Params) -> Iterator[str]:
    """The section `turing`: how many images, how long, and the models that it names."""
    section, switched_on = params["turing"], params["variants"]
    for key, least in {"images": 1, "mixture": 2, "seed": 0, "seconds": 0}.items():
        if fits(section.get(key), float) and section[key] < least:
            yield f"turing.{key}: {section[key]} is under {least}"
    chosen = section.get("models")
    if chosen == []:
        yield "turing.models: must be all, or a list such as [gan, vae], not []"
    for name in chosen if isinstance(chosen, list) else ():
        if name not in switched_on:
            yield f"turing.models: {name!r} is not among variants{near(name, switched_on)}"
    yield from repeated("turing.models", chosen if isinstance(chosen, list) else [])
