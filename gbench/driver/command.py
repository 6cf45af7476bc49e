"""The message between the books, which know a stage's command, and a launcher, which runs it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Command(NamedTuple):
    """The command that a launcher runs for a stage.

    Attributes:
        text: as dvc.yaml has it.
        argv: the shell that DVC would give it to, and how.
        folder: to run in.
        environment: all of it, with DVC's own variables.
        gpu_gb: GPU memory that the stage has declared.
    """

    text: str
    argv: list[str]
    folder: str
    environment: dict[str, str]
    gpu_gb: float = 0.0


def own_python_first(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which `python` is the Python that runs here, activated or not."""
    own = str(Path(sys.executable).parent)
    return {**environment, "PATH": f"{own}{os.pathsep}{environment.get('PATH', '')}"}
