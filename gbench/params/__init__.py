"""Reads params.yaml.  What its entries mean is said in `gbench.core.entry`."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, YAMLError

from gbench.core.files import UserError
from gbench.core.like import filled_in


def read(path: Path = Path("params.yaml")) -> dict[str, Any]:
    """The parameters as plain dicts and lists, read as YAML 1.2 like DVC does (1e-4 is a number).

    What data sets leave to others (`like: mnist`) is filled in: see gbench.core.like.

    Raises:
        UserError: the file is missing or no YAML mapping, or a `like` names no plain data set.
    """
    try:
        params = YAML(typ="safe").load(Path(path))
    except (OSError, YAMLError) as error:
        raise UserError(f"{path} cannot be read: {error}")
    if not isinstance(params, dict):
        raise UserError(f"{path} must map names to values")
    return filled_in(params)
