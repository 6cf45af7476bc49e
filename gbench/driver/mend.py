"""Mends what a kill in the middle of DVC's own writing leaves: torn lock files.

DVC writes dvc.lock and its read-write lock in place, and cannot start with half of either.
"""

import json
from pathlib import Path

from ruamel.yaml import YAML, YAMLError


def mend(root: Path) -> list[str]:
    """Sets torn lock files aside.

    Losing dvc.lock loses nothing: DVC restores each stage's result from its run cache.

    Returns what was done, a line each.
    """
    done = []
    lock = root / "dvc.lock"
    if lock.exists() and not whole_lock(lock):
        lock.rename(lock.with_suffix(".lock.broken"))
        done.append("dvc.lock was torn: set aside as dvc.lock.broken; results come from the cache")
    rwlock = root / ".dvc" / "tmp" / "rwlock"
    if rwlock.exists() and not whole_json(rwlock):
        rwlock.unlink()
        done.append("DVC's rwlock was torn: removed")
    return done


def whole_lock(path: Path) -> bool:
    """Whether a dvc.lock parses and describes its last stage fully."""
    text = path.read_bytes()
    if not text.endswith(b"\n"):
        return False
    try:
        content = YAML(typ="safe").load(text.decode())
    except (YAMLError, UnicodeDecodeError):
        return False
    stages = content.get("stages") if isinstance(content, dict) else None
    return isinstance(stages, dict) and all(
        isinstance(stage, dict) and "cmd" in stage for stage in stages.values()
    )


def whole_json(path: Path) -> bool:
    try:
        json.loads(path.read_text())
    except ValueError:
        return False
    return True
