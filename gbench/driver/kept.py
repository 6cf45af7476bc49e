"""What the tracks' commands keep outside the pipeline: under which names, and until when."""

import re
from pathlib import Path
from typing import Any

from gbench.core.files import read_json

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")  # a row's and a file's


def kept(path: Path, made: dict[str, Any]) -> bool:
    """Whether the present one has the same origin."""
    return path.exists() and read_json(path) == made
