"""The tracks: a room each, with its question, what it measures, and its page.

A track is a pipeline of its own in tracks/<name>/, whose params.yaml says `track: <name>`; its room
is gbench/tracks/<name>/, where `track.py` says what the rest of gbench must know of it.  Nothing
outside lists the rooms: a folder with that file is one.

A process computes on one thread: stages run side by side, and the same samples then get the same
numbers, to the last bit.
"""

import importlib
import os
from pathlib import Path
from types import ModuleType

from gbench.core.files import UserError

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when NumPy and PyTorch are first imported


def names() -> list[str]:
    """The rooms, in alphabetical order."""
    return sorted(file.parent.name for file in Path(__file__).parent.glob("*/track.py"))


def load(name: str) -> ModuleType:
    """Imports a room's `track.py`.

    Raises:
        UserError: there is no such room.
    """
    if name not in names():
        raise UserError(
            f"{name!r} has no room gbench/tracks/{name}; there are: {', '.join(names())}"
        )
    return importlib.import_module(f"gbench.tracks.{name}.track")
