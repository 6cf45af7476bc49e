"""Checks all of params.yaml before anything expensive runs, and reports every mistake at once.

It knows no section by name: what there may be, the rooms that `track:` names say.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gbench import tracks
from gbench.core.files import UserError
from gbench.params.check.entries import one, parts, taken, value
from gbench.params.check.values import unknown
from gbench.params.track import Track, resolve


def check(params: Mapping[str, Any]) -> None:
    """
    Raises:
        UserError: lists every mistake, each with its key and what is allowed.
    """
    mistakes = list(find(params))
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        listed = "\n".join(f"  - {mistake}" for mistake in mistakes)
        raise UserError(f"params.yaml has {count}:\n{listed}")


def find(params: Mapping[str, Any]) -> Iterator[str]:
    """Yields each mistake as one line."""
    try:
        track = tracks.of(params)
    except UserError as error:
        yield f"track: {error}"
        return
    sections = {*track.sections, *track.plugins}
    yield from unknown("", params, ["track", *sections])
    needed = sections - {*track.optional}
    yield from (f"{section}: missing" for section in sorted(needed - params.keys()))
    sound = {section for section in sections if section in params}
    for section in sorted(sound):
        if is_map(track, section) and not isinstance(params[section], dict):
            yield f"{section}: must map names to values, not be {params[section]!r}"
            sound.remove(section)
    yield from within(track, params, sound)
    if needed <= sound:
        for relation in track.checks:
            yield from resolve(relation)(params)


def is_map(track: Track, section: str) -> bool:
    """Whether a section maps names to values."""
    return section in track.plugins or taken(parts(track.sections[section])[0]) is not None


def within(track: Track, params: Mapping[str, Any], sections: set[str]) -> Iterator[str]:
    """The mistakes within each of these sections."""
    datasets = params.get("datasets")
    for section, plugin in track.plugins.items():
        if section in sections:
            for name, entry in params[section].items():
                known = datasets if isinstance(datasets, dict) else {}
                yield from one(plugin, name, entry, known, f"{section}.{name}")
    for section, schema in track.sections.items():
        if section in sections:
            yield from value(section, params[section], schema, params)
