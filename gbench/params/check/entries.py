"""Sections and entries against what takes them: keywords, and the files of plug-ins."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Annotated, Any, get_args, get_origin

from gbench.core import plugin as files
from gbench.core.entry import implementation, keywords
from gbench.core.files import UserError
from gbench.params.check.values import fits, unknown, wrong_type
from gbench.params.track import Plugin, Schema, resolve, schema_of

MACHINES = ("device", "root")  # which a stage knows by itself, so that params.yaml does not say it
COUNTS = ("rounds", "batch")  # at least one, wherever they stand
Keywords = dict[str, inspect.Parameter]


def parts(schema: Schema) -> tuple[Any, list[Any]]:
    """A schema without its rules, and these."""
    schema = resolve(schema)
    if get_origin(schema) is Annotated:
        kind, *rules = get_args(schema)
        return kind, [resolve(rule) for rule in rules]
    return schema, []


def taken(schema: Any) -> Keywords | None:
    """The keywords that a schema without rules has; None if it is a plain type."""
    if isinstance(schema, Mapping):
        found = dict(schema)
    elif inspect.isfunction(schema) or hasattr(schema, "_fields"):
        found = keywords(schema)
    else:
        return None
    return {key: parameter for key, parameter in found.items() if key not in MACHINES}


def value(path: str, given: object, schema: Schema, params: Mapping[str, Any]) -> Iterator[str]:
    """One value, or a whole section, against its schema."""
    kind, rules = parts(schema)
    expected = taken(kind)
    if expected is not None:
        yield from arguments(path, given, expected, params=params)
    found = [mistake for rule in rules for mistake in rule(path, given, params)]
    yield from found
    if expected is None and not found:
        yield from wrong_type(path, given, kind)


def arguments(
    path: str,
    given: object,
    expected: Keywords,
    also: Iterable[str] = (),
    params: Mapping[str, Any] | None = None,
) -> Iterator[str]:
    """Keyword arguments against a signature."""
    if not isinstance(given, dict):
        yield f"{path}: must map keywords to values, not be {given!r}"
        return
    yield from unknown(path, given, [*expected, *also])
    for key, parameter in expected.items():
        if key in given:
            yield from value(f"{path}.{key}", given[key], parameter.annotation, params or {})
            if key in COUNTS and fits(given[key], int) and given[key] < 1:
                yield f"{path}.{key}: {given[key]} is under 1"
        elif parameter.default is parameter.empty:
            yield f"{path}.{key}: missing"


def one(
    plugin: Plugin, name: str, entry: object, datasets: Iterable[str] = (), path: str = ""
) -> Iterator[str]:
    """One entry of a plug-in section: its file, its keywords, their types.

    Args:
        name: of the entry.
        datasets: that its `on` may name.
        path: where it stands; by default under its name.
    """
    path, entry = path or name, {} if entry is None else entry
    if not isinstance(entry, dict):
        yield f"{path}: must map keywords to values, not be {entry!r}"
        return
    try:
        file = str(implementation(entry, name)) if plugin.file else name
        module = files.load(plugin.folder, file)
    except UserError as error:
        yield f"{path}: {error}"
        return
    expected, own = taken(schema_of(plugin, module)) or {}, ["file"] if plugin.file else []
    places = {path: {key: v for key, v in entry.items() if key not in ("on", *own)}}
    if not plugin.by_data:
        yield from arguments(path, without(entry, own), expected, plugin.apart)
    else:
        yield from differing(path, without(entry, own), expected, datasets, plugin.apart)
        places |= {f"{path}.on.{data}": changes for data, changes in special(entry).items()}
    for place, values in places.items():
        yield from besides(plugin, place, values, module)


def without(entry: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: given for key, given in entry.items() if key not in {*keys}}


def besides(plugin: Plugin, path: str, values: object, module: ModuleType) -> Iterator[str]:
    """What the plug-in's own check says."""
    if plugin.check and isinstance(values, dict):
        yield from resolve(plugin.check)(path, values, module)


def special(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry's `on` says, if it maps something."""
    found = entry.get("on")
    return found if isinstance(found, dict) else {}


def differing(
    path: str,
    entry: Mapping[str, Any],
    expected: Keywords,
    datasets: Iterable[str],
    apart: Iterable[str] = (),
) -> Iterator[str]:
    """Keyword arguments, and under `on` those that change on some data sets.

    Args:
        apart: what else may stand in the entry, and under `on`.
    """
    yield from arguments(path, without(entry, ["on"]), expected, ["on", *apart])
    if entry.get("on") is not None and not isinstance(entry["on"], dict):
        yield f"{path}.on: must map data sets to values, not be {entry['on']!r}"
        return
    yield from unknown(f"{path}.on", special(entry), datasets)
    for dataset, changes in special(entry).items():
        yield from arguments(f"{path}.on.{dataset}", changes or {}, expected, apart)
