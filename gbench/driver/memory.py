"""Keeps DVC from doing two things twice: parsing a parameter file, and hashing a dependency."""

import os
import stat
from copy import copy, deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from dvc import output
from dvc.dependency import param


@cache
def remember() -> None:
    """Has DVC keep both as long as the process lives; a changed file is looked at again."""
    _params()
    _hashes()


def _params() -> None:
    """Has DVC parse and search a version of a parameter file once; else it does so for every stage.

    In a pipeline of 140 stages that costs more than all else together.
    """
    load, read = param.load_path, param.read_param_file

    def version(path: str) -> tuple[Any, ...]:
        return path, *_version(Path(path).stat())

    loaded: dict[Any, Any] = {}

    def load_once(path: str, fs: Any, **options: Any) -> Any:
        key = version(path)
        if key not in loaded:
            loaded[key] = load(path, fs, **options)
        return loaded[key]

    found: dict[Any, Any] = {}

    def read_once(fs: Any, path: str, key_paths: Any = None, flatten: bool = False) -> Any:
        key = version(path), tuple(key_paths or ()), flatten
        if key not in found:
            found[key] = read(fs, path, key_paths, flatten)
        return deepcopy(found[key])  # a shared object would become an anchor in dvc.lock

    param.load_path, param.read_param_file = load_once, read_once


def _hashes() -> None:
    """Has DVC hash a version of a dependency once; else it does so thrice for every stage.

    DVC itself keeps the hash of each file, by time, size and inode as here, but puts together that
    of a folder each time: in a pipeline of two thousand stages that is most of its work.
    """
    build = output.build
    built: dict[Any, tuple[Any, Any]] = {}

    def build_once(odb: Any, path: str, fs: Any, name: str, **options: Any) -> Any:
        now = state(path) if options.get("dry_run") and fs.protocol == "local" else None
        known, result = built.get((path, name), (None, None))
        if now is None or now != known:
            result = build(odb, path, fs, name, **options)
            built[path, name] = now, result
        store, meta, tree = result
        return store, copy(meta), tree

    output.build = build_once


def state(path: str) -> list[tuple[Any, ...]] | None:
    """What changes when a file, or one somewhere in a folder, does; None if that is not known."""
    try:
        status = Path(path).stat()
        found: list[tuple[Any, ...]] = [_version(status)]
        folders = [path] if stat.S_ISDIR(status.st_mode) else []
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif entry.is_dir():
                        return None
                    found.append((entry.path, *_version(entry.stat())))
        return found
    except OSError:  # DVC will say what is wrong with it
        return None


def _version(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_mtime_ns, status.st_size, status.st_ino
