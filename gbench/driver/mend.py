"""Mends what a kill leaves: lock files torn in the middle of DVC's own writing, and dead locks.

DVC writes dvc.lock and its read-write lock in place, and cannot start with half of either.
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, YAMLError

from gbench.core.files import write_json


def mend(root: Path) -> list[str]:
    """Sets torn lock files aside.

    Losing dvc.lock loses nothing: DVC restores each stage's result from its run cache.

    Returns a line for each thing done.
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


def release(root: Path) -> list[str]:
    """Drops the entries of DVC's read-write lock whose processes are gone.

    DVC drops them itself, but only while no other process has been given the number of a dead one.
    To be called by a driver that is alone here, before it holds any lock: what another driver
    holds is dead by then.

    A torn one is removed whole.  Returns a line for each process.
    """
    path = root / ".dvc" / "tmp" / "rwlock"
    if not path.exists():
        return []
    if not whole_json(path):  # a kill tore it while DVC wrote it
        path.unlink()
        return ["DVC's rwlock was torn: removed"]
    held = {"write": {}, "read": {}} | json.loads(path.read_text())
    # A file has one writer and several readers.
    write = {file: holder for file, holder in held["write"].items() if holds(holder)}
    read = {file: list(filter(holds, holders)) for file, holders in held["read"].items()}
    kept = {"write": write, "read": {file: holders for file, holders in read.items() if holders}}
    if kept == held:
        return []
    write_json(path, kept)
    gone = {holder["pid"] for holder in holders_of(held)} - {
        holder["pid"] for holder in holders_of(kept)
    }
    return [f"DVC's rwlock named process {pid}, which is gone: removed" for pid in sorted(gone)]


def holders_of(rwlock: dict[str, Any]) -> list[dict[str, Any]]:
    readers = [holder for holders in rwlock["read"].values() for holder in holders]
    return [*rwlock["write"].values(), *readers]


def holds(holder: dict[str, Any]) -> bool:
    """Whether the process that an entry names is still that DVC."""
    if holder["cmd"].startswith("gbench "):
        return False
    if not Path("/proc/self").exists():
        return True  # only DVC can tell, on a system without /proc
    with suppress(OSError):
        return b"dvc" in Path(f"/proc/{holder['pid']}/cmdline").read_bytes()
    return False


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
