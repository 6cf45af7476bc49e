"""Files that are either whole or absent, and the errors that users are meant to read."""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class UserError(Exception):
    """A mistake that the user can mend; its text says what, where and what is allowed."""


class OutOfRange(UserError):
    """A number that no model, data set or trick could use."""


class DataError(UserError):
    """Data that are missing, corrupt or unusable."""


@contextmanager
def full_disk_as_user_error() -> Iterator[None]:
    """
    Raises:
        UserError: the disk, or the user's share of it, is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UserError(f"{error}: nothing is lost; free some disk and run again")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside `path`; moves the file (or folder) into place at the end.

    Readers see the old content or the new, never a half.  If the block fails, `path` is untouched.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        temporary = Path(folder) / path.name
        yield temporary
        if path.is_dir():
            shutil.rmtree(path)
        os.replace(temporary, path)


def write_json(path: Path, value: Any) -> None:
    """Writes JSON whole or not at all; refuses NaN and infinity, which JSON does not know."""
    text = json.dumps(value, indent=1, allow_nan=False) + "\n"
    with replacing(path) as temporary:
        temporary.write_text(text)


def read_json(path: Path) -> Any:
    """
    Raises:
        DataError: the file is missing or no JSON.
    """
    try:
        return json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}")
