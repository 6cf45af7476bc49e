"""Entries that each have a file, such as models: the file, its keywords, their values."""

import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_type_hints

from gbench.core import plugin
from gbench.core.budget import Budget
from gbench.core.entry import implementation, is_fitted, keywords, trick
from gbench.core.files import OutOfRange, UserError
from gbench.core.game import Unsuitable
from gbench.games.two_player.game import Adversarial
from gbench.params.check.values import fits, repeated, unknown, wrong_type
from gbench.tracks.attacks.measure import training
from gbench.zoo.run import make


class Plugin(NamedTuple):
    """A section whose entries each have a file.

    Attributes:
        folder: of the files.
        schema: what takes an entry's keywords, of a file's module.
    """

    folder: str
    schema: Callable[[types.ModuleType], Any]


PLUGINS = {
    "datasets": Plugin("zoo/data", lambda module: module.build),
    "models": Plugin("zoo/models", lambda module: module.build),
    "metrics": Plugin("protocol/metrics", lambda module: module.METRIC.measure),
    "classifiers": Plugin("tracks/attacks/classifiers", lambda module: module.build),
    "attacks": Plugin("tracks/attacks/attacks", lambda module: module.ATTACK.run),
    "defences": Plugin("tracks/attacks/defences", lambda module: module.build),
}
FILES = PLUGINS | {  # and those whose entries stand within others
    "tricks": Plugin("games/tricks", lambda module: module.apply),
}


def one(
    section: str,
    name: str,
    entry: object,
    datasets: Iterable[str] = (),
    path: str = "",
    *,
    named: bool = True,
) -> Iterator[str]:
    """One entry: its file, its keywords, its types.

    Args:
        path: where it stands, if not in its own section.
        named: after its file, always, as the root's dvc.yaml takes it; else a model may say which.
    """
    path = path or f"{section}.{name}"
    if entry is None:
        entry = {}
    if not isinstance(entry, dict):
        yield f"{path}: must map keywords to values, not be {entry!r}"
        return
    try:
        own = named or section != "models"
        file = name if own else str(implementation(entry, name))
        module = plugin.load(FILES[section].folder, file)
    except UserError as error:
        yield f"{path}: {error}"
        return
    schema = keywords(FILES[section].schema(module))
    schema.pop("root", None)  # comes from data_root
    if section == "classifiers":
        lesson = keywords(training.make)
        schema |= {key: lesson[key] for key in training.LESSON}
    if section in ("classifiers", "attacks", "defences"):
        yield from differing(path, entry, schema, datasets)
        return
    if section != "models":
        yield from arguments(path, entry, schema)
        if section == "metrics":
            yield from beyond(path, entry, module.METRIC.limits)
        return
    if not is_fitted(module):
        schema |= keywords(Budget)
    apart = ["tricks"] if named else ["tricks", "file"]
    yield from differing(path, entry, schema, datasets, apart)
    yield from tricks(path, entry, module)
    for dataset, changes in special(entry).items():
        yield from tricks(f"{path}.on.{dataset}", changes, module)


def special(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry's `on` says, if it maps something."""
    found = entry.get("on")
    return found if isinstance(found, dict) else {}


def differing(
    path: str,
    entry: Mapping[str, Any],
    schema: Mapping[str, Any],
    datasets: Iterable[str],
    apart: Sequence[str] = (),
) -> Iterator[str]:
    """Keyword arguments, and under `on` those that change on some data sets.

    Args:
        apart: what else may stand in the entry, and under `on` but for a model's file.
    """
    plain = {k: v for k, v in entry.items() if k != "on"}
    yield from arguments(path, plain, schema, ["on", *apart])
    if entry.get("on") is not None and not isinstance(entry["on"], dict):
        yield f"{path}.on: must map data sets to values, not be {entry['on']!r}"
        return
    yield from unknown(f"{path}.on", special(entry), datasets)
    also = [key for key in apart if key != "file"]
    for dataset, changes in special(entry).items():
        yield from arguments(f"{path}.on.{dataset}", changes or {}, schema, also)


def tricks(path: str, entry: object, module: types.ModuleType) -> Iterator[str]:
    """What an entry of a model lists under `tricks`: names, or one name with its keywords each."""
    if not isinstance(entry, dict) or "tricks" not in entry:
        return
    path, chosen = f"{path}.tricks", entry["tricks"]
    if not issubclass(get_type_hints(module.build)["return"], Adversarial):
        yield f"{path}: tricks are for adversarial games, and this model is none"
        return
    if not isinstance(chosen, list):
        yield f"{path}: must be a list such as [packing, {{r1: {{gamma: 1}}}}], not {chosen!r}"
        return
    names = []
    for listed in chosen:
        if isinstance(listed, str) or (isinstance(listed, dict) and len(listed) == 1):
            name, given = trick(listed)
            names.append(name)
            found = [*one("tricks", name, given, path=f"{path}.{name}")]
            yield from found or out_of_range(path, listed)
        else:
            yield f"{path}: {listed!r} is not a name, nor one name with its keywords"
    yield from repeated(path, names)


def out_of_range(path: str, listed: object) -> Iterator[str]:
    """The values of a trick that no model could use; whether it suits its model is told later."""
    try:
        make("gan", (2,), 0, {"width": 2}, [listed])
    except OutOfRange as error:
        yield f"{path}: {error}"
    except Unsuitable:
        pass


def arguments(
    path: str, given: object, schema: Mapping[str, Any], also: Iterable[str] = ()
) -> Iterator[str]:
    """Keyword arguments against a signature."""
    if not isinstance(given, dict):
        yield f"{path}: must map keywords to values, not be {given!r}"
        return
    yield from unknown(path, given, [*schema, *also])
    for key, parameter in schema.items():
        if key in given:
            yield from wrong_type(f"{path}.{key}", given[key], parameter.annotation)
            if key in Budget._fields and fits(given[key], int) and given[key] < 1:
                yield f"{path}.{key}: {given[key]} is under 1"
        elif parameter.default is parameter.empty:
            yield f"{path}.{key}: missing"


def beyond(
    path: str, given: Mapping[str, Any], limits: Mapping[str, tuple[float, float]]
) -> Iterator[str]:
    """Numbers under the least or over the greatest that they may be."""
    for key, (least, most) in limits.items():
        if key in given and fits(given[key], float) and not least <= given[key] <= most:
            yield f"{path}.{key}: {given[key]} is not in [{least:g}, {most:g}]"
