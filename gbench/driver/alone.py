"""One driver a repository."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gbench.core.files import UserError


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """
    Raises:
        UserError: another driver works in this repository.
    """
    path = root / ".dvc" / "tmp" / "gbench.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            who = file.read().strip() or "unknown"
            raise UserError(f"another `gbench run` (process {who}) is at work here; wait for it")
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
