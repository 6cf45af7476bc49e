"""Finds the file that a name in params.yaml stands for."""

import importlib
from pathlib import Path
from types import ModuleType

from gbench.core.files import UserError

PACKAGE = Path(__file__).parents[1]


def names(folder: str) -> list[str]:
    """The entries of a plug-in folder such as "zoo/models": its files, without the private ones."""
    files = (PACKAGE / folder).glob("*.py")
    return sorted(file.stem for file in files if not file.stem.startswith("_"))


def load(folder: str, name: str) -> ModuleType:
    """Imports gbench/<folder>/<name>.py.

    Raises:
        UserError: there is no such file.
    """
    if name not in names(folder):
        raise UserError(
            f"{name!r} has no file gbench/{folder}/{name}.py; there are: {', '.join(names(folder))}"
        )
    return importlib.import_module(f"gbench.{folder.replace('/', '.')}.{name}")
