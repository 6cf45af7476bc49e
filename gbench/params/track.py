"""What a track says of itself: plain data in gbench/tracks/<name>/track.py, called TRACK.

Imports are a cost, so whatever is heavy may be given as text: "gbench.protocol.judge:build" stands
for that module's `build`, and is imported when it is used.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

Schema = Any
"""What a section may hold, or where that is written ("module:name"):

- a type: `bool`, `list[str]`, `dict[str, float]`;
- a named tuple, whose fields are the section's keys; or a function, whose keyword-only parameters
  are: all typed, and optional where they have a default;
- `Annotated[type, rule]`: a type, and a rule that yields what else is wrong with the value:
  `rule(path, value, params)`.  See gbench.params.check.rules.
"""

Check = Callable[[Mapping[str, Any]], Iterator[str]]
"""Mistakes between sections, a line each, given all of params.yaml.  It is asked only if all
sections are there; their values may still be of a wrong type, which is told elsewhere."""


@dataclass(frozen=True)
class Plugin:
    """A section whose entries each have a file: {entry: {keyword: value}}.

    Attributes:
        folder: of the files, such as "zoo/models".
        schema: what in a file's module takes an entry's keywords, such as "build"; or "module:name"
            of a function from that module to keywords, as `gbench.params.keywords` gives them.
        by_data: whether an entry's `on` may change values on some data sets.
        file: whether an entry may name its file (`file: gan`), so that one file has several
            entries; else each has the name of its file, as where a dvc.yaml depends on it.
        apart: keys that an entry may have besides, also under `on`.
        check: "module:name" of a function (path, values, module) that yields what else is wrong
            with an entry, and with what its `on` changes.
    """

    folder: str
    schema: str = "build"
    by_data: bool = False
    file: bool = True
    apart: Sequence[str] = ()
    check: str = ""


@dataclass(frozen=True)
class Track:
    """One question, with the parameters that it has and the page that answers it.

    Attributes:
        title, question: for the strip of all tracks.
        page: "module:name" of a function (params, root, out, guests) that writes the page into
            `out`, the folder of all reports, from what lies in `root`, the pipeline's folder, with
            the sections of rooms that the pipeline borrows; it returns the page's path.
        headline: "module:name" of the section that this room adds to the page of a pipeline which
            borrows it.
        sections: of params.yaml, by name.
        plugins: those of them whose entries each have a file.
        checks: of what holds between sections; text or functions (see Check).
        optional: sections that a pipeline may lack which only borrows this room.
        commands: modules of `gbench <command>`, with add(subparsers) and execute(arguments).
    """

    title: str
    question: str
    page: str
    headline: str = ""
    sections: Mapping[str, Schema] = field(default_factory=dict)
    plugins: Mapping[str, Plugin] = field(default_factory=dict)
    checks: Sequence[Check | str] = ()
    optional: Sequence[str] = ()
    commands: Sequence[str] = ()


def resolve(named: Any) -> Any:
    """What "module:name" stands for; anything but a text stands for itself."""
    if not isinstance(named, str):
        return named
    module, _, name = named.partition(":")
    return getattr(importlib.import_module(module), name)


def union(rooms: Sequence[Track]) -> Track:
    """The track of a pipeline that uses several rooms: the first is at home, the others are guests.

    Where two have a section in common, the first one's schema stands.
    """
    home, *guests = rooms
    spare = {section for room in guests for section in room.optional}
    others = rooms[::-1]
    return Track(
        title=home.title,
        question=home.question,
        page=home.page,
        sections={k: schema for room in others for k, schema in room.sections.items()},
        plugins={k: plugin for room in others for k, plugin in room.plugins.items()},
        checks=list(dict.fromkeys(check for room in rooms for check in room.checks)),
        optional=sorted(spare - {*home.sections}),
    )


def schema_of(plugin: Plugin, module: ModuleType) -> Any:
    """What takes the keywords of an entry with this file."""
    if ":" in plugin.schema:
        return resolve(plugin.schema)(module)
    found: Any = module
    for name in plugin.schema.split("."):
        found = getattr(found, name)
    return found
