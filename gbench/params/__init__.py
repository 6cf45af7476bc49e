"""Reads params.yaml.  What its entries mean is said in `gbench.core.entry`."""

from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML, YAMLError

from gbench.core.files import UserError


class Matrix(NamedTuple):
    """Trainings of a track beside those of its `data`, `variants` and `seeds`.

    Attributes:
        data, variants, seeds: each variant is trained on each data set with each seed.
    """

    data: list[str]
    variants: list[str]
    seeds: list[int]


def read(path: Path = Path("params.yaml")) -> dict[str, Any]:
    """The parameters as plain dicts and lists, read as YAML 1.2 like DVC does (1e-4 is a number).

    Raises:
        UserError: the file is missing or no YAML mapping.
    """
    try:
        params = YAML(typ="safe").load(Path(path))
    except (OSError, YAMLError) as error:
        raise UserError(f"{path} cannot be read: {error}")
    if not isinstance(params, dict):
        raise UserError(f"{path} must map names to values")
    return params
