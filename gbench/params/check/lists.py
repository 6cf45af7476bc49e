"""Lists of what is switched on: names that are defined elsewhere, and seeds."""

from collections.abc import Iterator, Mapping
from typing import Any

from gbench.core.entry import keywords
from gbench.params import Matrix
from gbench.params.check.entries import arguments
from gbench.params.check.values import fits, near, repeated

LISTS = {  # what is on -> where it is defined
    "data": "datasets",
    "variants": "models",
    "quick_variants": "models",
}


def switched_on(
    name: str, chosen: object, definitions: str, defined: Mapping[str, Any]
) -> Iterator[str]:
    """A list of names, each defined once in its section."""
    if not isinstance(chosen, list) or not chosen:
        yield f"{name}: must be a list such as [{next(iter(defined), '')}], not {chosen!r}"
        return
    for entry in dict.fromkeys(map(str, chosen)):
        if entry not in defined:
            yield f"{name}: {entry!r} is not defined under {definitions}{near(entry, defined)}"
    yield from repeated(name, chosen)


def seeds(name: str, chosen: object) -> Iterator[str]:
    if not isinstance(chosen, list) or not chosen:
        yield f"{name}: must be a list such as [0, 1, 2], not {chosen!r}"
        return
    for seed in chosen:
        if not fits(seed, int) or seed < 0:
            yield f"{name}: {seed!r} is not a whole number from 0"
    yield from repeated(name, chosen)


def outside(named: object, datasets: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[str]:
    """The sets of samples that `gbench evaluate` scored and the report is to show."""
    if not isinstance(named, list):
        yield f"outside: must be a list such as [digits/stylegan], not {named!r}"
        return
    for entry in named:
        data, slash, name = str(entry).partition("/")
        if not slash or not name or "/" in name:
            yield f"outside: {entry!r} is no data set and name such as digits/stylegan"
        elif data not in datasets:
            yield f"outside: {entry!r}: no {data!r} under datasets{near(data, datasets)}"
        elif name in models:
            yield f"outside: {entry!r} has the name of a model; evaluate it under another"
    yield from repeated("outside", named)


def matrix(section: str, params: Mapping[str, Any]) -> Iterator[str]:
    """A track's section that is a `Matrix`: what it switches on."""
    given = params[section]
    yield from arguments(section, given, keywords(Matrix))
    for name in ("data", "variants"):
        if name in given and isinstance(defined := params.get(LISTS[name]), dict):
            yield from switched_on(f"{section}.{name}", given[name], LISTS[name], defined)
    if "seeds" in given:
        yield from seeds(f"{section}.seeds", given["seeds"])
    if set(given.get("data") or ()) & set(params.get("data") or ()):
        for name in set(given.get("variants") or ()) & set(params.get("variants") or ()):
            yield f"{section}.variants: {name!r} is among variants already, on the same data"
