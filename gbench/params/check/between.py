"""What holds between the sections of params.yaml, and within those of single stages."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_type_hints

from gbench.core import plugin
from gbench.core.entry import variants
from gbench.core.files import UserError
from gbench.params.check.entries import one, special
from gbench.params.check.lists import seeds
from gbench.params.check.values import fits, near, repeated, unknown
from gbench.zoo import data


def related(params: Mapping[str, Any]) -> Iterator[str]:
    """What holds between sections, and the cheap checks that data sets offer."""
    if not variants(params):
        yield "quick_variants: quick mode would train nothing, as none of them is among variants"
    yield from on_the_way(params["along"], params.get("metrics", {}))
    yield from repeats(params["evaluation"], params.get("metrics", {}))
    if "attack" in params:
        yield from defences(params)
        yield from budgets(params)
    if "unrestricted" in params:
        yield from unrestricted(params)
    if "track" not in params:
        yield from latents(params["latent"])
        yield from useful(params["usefulness"])
        yield from sensitivities(params["sensitivity"])
        yield from likelihoods(params["likelihood"])
        yield from few_labels(params)
        yield from turing(params["turing"], params["variants"])
    for name in params["data"]:
        if name in plugin.names("zoo/data") and name in params["datasets"]:
            module = plugin.load("zoo/data", name)
            if hasattr(module, "check"):
                try:
                    module.check(**data.arguments(dict(params), name))
                except (UserError, TypeError) as error:
                    yield str(error)


def defences(params: Mapping[str, Any]) -> Iterator[str]:
    """The section `defences`: what each protects, and with what."""
    needs = {"generator": variants(params), "classifier": params["classifiers"]}
    for name, entry in params["defences"].items():
        places = {f"defences.{name}": entry or {}}
        for one_data, changes in special(entry or {}).items():
            places[f"defences.{name}.on.{one_data}"] = changes or {}
        for place, values in places.items():
            for key, there in needs.items():
                value = values.get(key)
                if value is not None and value not in there:
                    listed = ", ".join(there)
                    yield f"{place}.{key}: {value!r} is not switched on; there are: {listed}"


def on_the_way(section: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[str]:
    """The section `along`: how often, how many, how finely, and which metrics."""
    for key, least in (("points", 0), ("n", 2), ("landscape", 0)):
        if fits(section.get(key), int) and section[key] < least:
            yield f"along.{key}: {section[key]} is under {least}"
    chosen = section.get("metrics")
    for name in chosen if isinstance(chosen, list) else ():
        if name not in metrics:
            yield f"along.metrics: {name!r} is not switched on under metrics{near(name, metrics)}"


def repeats(section: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[str]:
    """The section `evaluation`: how many samples and batches, and which metrics are repeated."""
    for key, least in (("n", 2), ("batches", 1)):
        if fits(section.get(key), int) and section[key] < least:
            yield f"evaluation.{key}: {section[key]} is under {least}"
    chosen = section.get("repeated")
    for name in chosen if isinstance(chosen, list) else ():
        if name not in metrics:
            where = "is not switched on under metrics"
            yield f"evaluation.repeated: {name!r} {where}{near(name, metrics)}"


def budgets(params: Mapping[str, Any]) -> Iterator[str]:
    """The section `attack`: the attacks that it names, and its budgets for each data set."""
    from gbench.tracks.attacks.measure.settings import settings

    section = params["attack"]
    try:
        for name in params["data"]:
            settings(name, True, "", **section)
    except UserError as error:
        yield str(error)
    except (TypeError, KeyError, AttributeError):
        return  # its keywords or types are wrong, and told above
    places = {f"attack.adaptive.{path}": entries for path, entries in section["adaptive"].items()}
    shorter = section["quick"]
    for path, entries in shorter.get("adaptive", {}).items():
        places[f"attack.quick.adaptive.{path}"] = entries
    places["attack.quick.attacks"] = shorter.get("attacks", {})
    for target, changes in (section.get("by_target") or {}).items():
        if target not in {*params["classifiers"], *params["defences"]}:
            yield f"attack.by_target.{target}: neither under classifiers nor under defences"
        places[f"attack.by_target.{target}.attacks"] = changes.get("attacks", {})
        yield from unknown(f"attack.by_target.{target}.on", special(changes), params["datasets"])
        for one_data, more in special(changes).items():
            places[f"attack.by_target.{target}.on.{one_data}.attacks"] = more.get("attacks", {})
    for place, entries in places.items():
        for name, entry in entries.items():
            yield from one("attacks", name, entry, params["datasets"], f"{place}.{name}")
    for name in section["oblivious"]:
        if name not in params["attacks"]:
            yield f"attack.oblivious: {name!r} is not defined under attacks"


def unrestricted(params: Mapping[str, Any]) -> Iterator[str]:
    """The section `unrestricted`: its generator, and enough proxies for every target."""
    section, there = params["unrestricted"], params["classifiers"]
    if section.get("generator") not in variants(params):
        listed = ", ".join(variants(params))
        yield f"unrestricted.generator: {section.get('generator')!r} is not among {listed}"
    proxies = section.get("proxies") or []
    for name in proxies:
        if name not in there:
            yield f"unrestricted.proxies: {name!r} is not defined under classifiers"
    if len({*proxies}) < 3:
        yield "unrestricted.proxies: three or more, as two are left when one is the target"


def latents(section: Mapping[str, Any]) -> Iterator[str]:
    """The section `latent`, where its keys and types are right."""
    from gbench.tracks.generation.measure.latent.settings import LEAST, mistakes

    if {*LEAST, "truncations"} <= section.keys() and isinstance(section["truncations"], list):
        yield from mistakes(section)


def useful(section: Mapping[str, Any]) -> Iterator[str]:
    """The section `usefulness`, where its keys are there."""
    from gbench.tracks.generation.measure.usefulness.settings import Settings, mistakes

    if {*Settings._fields} <= section.keys():
        yield from mistakes(section)


def sensitivities(section: Mapping[str, Any]) -> Iterator[str]:
    """The section `sensitivity`: its numbers, and the metrics that it leaves out."""
    from gbench.tracks.generation.measure.sensitivity.settings import mistakes

    yield from mistakes(section)
    left_out, there = section.get("without"), plugin.names("protocol/metrics")
    for name in left_out if isinstance(left_out, list) else ():
        if name not in there:
            yield f"sensitivity.without: {name!r} is no metric{near(name, there)}"


def likelihoods(section: Mapping[str, Any]) -> Iterator[str]:
    """The section `likelihood`, where its keys and types are right."""
    from gbench.tracks.generation.measure.likelihood.settings import LEAST, LISTS, mistakes

    if {*LEAST, *LISTS, "tolerance"} <= section.keys() and all(
        isinstance(section[key], list) for key in LISTS
    ):
        yield from mistakes(section)


def few_labels(params: Mapping[str, Any]) -> Iterator[str]:
    """The section `few_labels`: its lists, and the models that it names."""
    section, path = params["few_labels"], "few_labels"
    lists = {"models": list[str], "labels": list[int | Literal["all"]], "values": dict[str, Any]}
    if not all(fits(section.get(name), kind) for name, kind in lists.items()):
        return  # told above
    yield from seeds(f"{path}.draws", section.get("draws"))
    if not section["labels"]:
        yield f"{path}.labels: must be a list such as [20, 50, all], not []"
    for n in section["labels"]:
        if n != "all" and n < 2:
            yield f"{path}.labels: {n} is under 2, one a class at least"
    for name in ("models", "labels"):
        yield from repeated(f"{path}.{name}", section[name])
    values, defined = section["values"], params["models"]
    yield from unknown(f"{path}.values", values, defined)
    for name in values.keys() & defined.keys():
        where = f"{path}.values.{name}"
        yield from one("models", name, values[name], params["datasets"], path=where)
    for name in section["models"]:
        if name not in defined:
            yield f"{path}.models: {name!r} is not defined under models{near(name, defined)}"
        elif name not in values:
            yield f"{path}.values.{name}: missing; {{}} leaves the model as it is under models"
        elif name in plugin.names("zoo/models"):
            module = plugin.load("zoo/models", name)
            if not hasattr(get_type_hints(module.build)["return"], "classifier"):
                yield f"{path}.models: {name!r} does not learn to classify from unlabelled examples"


def turing(section: Mapping[str, Any], switched_on: list[str]) -> Iterator[str]:
    """The section `turing`: how many images, how long, and the models that it names."""
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
