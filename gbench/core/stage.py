"""What every stage's process needs: to die with DVC, to run once, and to fail with one message."""

import ctypes
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gbench.core.files import UserError, full_disk_as_user_error

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Asks Linux to end this process when DVC ends, even by kill -9.

    Else an orphan would go on writing while the next `dvc repro` starts a second writer.
    """
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended before the request
            sys.exit(1)


@contextmanager
def guard(*name: str) -> Iterator[None]:
    """Runs a stage's body alone of its kind, and turns a UserError into one message and exit 1."""
    die_with_parent()
    module = Path(sys.argv[0]).stem
    lock = Path("work/locks") / "-".join([module, *name])
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(
                f"{lock.name} is already running in another process; wait for it, or have "
                "`gbench doctor` end it if nothing waits for it"
            )
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            with full_disk_as_user_error():
                yield
        except UserError as error:
            sys.exit(f"\n{module} {' '.join(name)}: {error}")
