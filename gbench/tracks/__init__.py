"""The tracks: a room each, with its question, what it measures, and its page.

A track is a pipeline of its own in tracks/<name>/, whose params.yaml says `track: <name>`; its room
is gbench/tracks/<name>/, where `track.py` says what the rest of gbench must know of it.  A pipeline
may use several rooms, as the root's does (`track: [generation, attacks]`): then its parameters are
those of all of them, and the first writes its page.  Nothing outside lists the rooms: a folder with
that file is one.  A name that begins with an underscore is an example, which no list shows.

A process computes on one thread: stages run side by side, and the same samples then get the same
numbers, to the last bit.
"""

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gbench.core.files import UserError
from gbench.params.track import Track, union

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when NumPy and PyTorch are first imported
HERE = Path(__file__).parent


def names() -> list[str]:
    """The rooms, in alphabetical order."""
    return sorted(file.parent.name for file in HERE.glob("[!_]*/track.py"))


def load(name: str) -> Track:
    """A room's TRACK.

    Raises:
        UserError: there is no such room.
    """
    if not (HERE / name / "track.py").is_file():
        there = ", ".join(names())
        raise UserError(f"{name!r} has no room gbench/tracks/{name}; there are: {there}")
    return importlib.import_module(f"gbench.tracks.{name}.track").TRACK


def rooms(params: Mapping[str, Any]) -> list[str]:
    """The rooms that a pipeline uses; the first is its own.

    Raises:
        UserError: `track` names none.
    """
    named = params.get("track")
    chosen = [named] if isinstance(named, str) else named
    if not isinstance(chosen, list) or not chosen or not all(isinstance(k, str) for k in chosen):
        raise UserError(f"must be the name of a room or a list of them: {', '.join(names())}")
    return chosen


def of(params: Mapping[str, Any]) -> Track:
    """What a pipeline's rooms say, taken together.

    Raises:
        UserError: `track` names none, or one that does not exist.
    """
    return union([load(name) for name in rooms(params)])
