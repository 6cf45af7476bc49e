"""Mistakes in the sections of params.yaml on classifiers, attacks and defences."""

import inspect
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from gbench.core.entry import implementation, keywords, variants
from gbench.core.files import UserError
from gbench.params.check.entries import one, special
from gbench.params.check.values import unknown
from gbench.tracks.attacks.measure import training
from gbench.tracks.attacks.measure.settings import settings
from gbench.tracks.attacks.track import ATTACKS

Params = Mapping[str, Any]


def classifier_keywords(module: ModuleType) -> dict[str, inspect.Parameter]:
    """Those of its `build`, and what may differ from the section `classifier`."""
    lesson = keywords(training.make)
    return keywords(module.build) | {key: lesson[key] for key in training.LESSON}


def defences(params: Params) -> Iterator[str]:
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


def budgets(params: Params) -> Iterator[str]:
    """The section `attack`: the attacks that it names, and its budgets for each data set."""
    section = params["attack"]
    try:
        for name in params["data"]:
            settings(name, True, "", **section)
    except UserError as error:
        yield str(error)
    except (TypeError, KeyError, AttributeError):
        return  # its keywords or types are wrong, and told by them
    yield from targets(params)
    for place, entries in changed(section).items():
        for name, entry in entries.items():
            if place.endswith(".attacks") and isinstance(entry, dict):  # stands before that entry
                named = {"file": implementation(params["attacks"].get(name), name)}
                entry = named | entry
            yield from one(ATTACKS, name, entry, params["datasets"], f"{place}.{name}")
    for name in section["oblivious"]:
        if name not in params["attacks"]:
            yield f"attack.oblivious: {name!r} is not defined under attacks"


def changed(section: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Where the section `attack` has numbers of attacks, and which."""
    found = {f"attack.adaptive.{path}": entries for path, entries in section["adaptive"].items()}
    quick = section["quick"]
    for path, entries in quick.get("adaptive", {}).items():
        found[f"attack.quick.adaptive.{path}"] = entries
    found["attack.quick.attacks"] = quick.get("attacks", {})
    for target, changes in (section.get("by_target") or {}).items():
        found[f"attack.by_target.{target}.attacks"] = changes.get("attacks", {})
        for data, more in special(changes).items():
            found[f"attack.by_target.{target}.on.{data}.attacks"] = more.get("attacks", {})
    return found


def targets(params: Params) -> Iterator[str]:
    """The targets and data sets that `attack.by_target` names."""
    for target, changes in (params["attack"].get("by_target") or {}).items():
        if target not in {*params["classifiers"], *params["defences"]}:
            yield f"attack.by_target.{target}: neither under classifiers nor under defences"
        yield from unknown(f"attack.by_target.{target}.on", special(changes), params["datasets"])


def unrestricted(params: Params) -> Iterator[str]:
    """The section `unrestricted`: its generator, and enough proxies for every target."""
    if "unrestricted" not in params:  # a guest's pipeline may lack it
        return
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
