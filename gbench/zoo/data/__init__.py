"""One file per data set: `build(*, ...) -> Dataset`.

A `build` that reads or downloads files takes `root`, which is not a parameter of the experiment but
of the machine: `data_root` of params.yaml, or the environment's GBENCH_DATA_ROOT.  A module may
offer `check(**arguments)`, which raises a DataError early and cheaply.
"""

import inspect
import os
from pathlib import Path
from typing import Any

from gbench.core import plugin
from gbench.zoo.dataset import Dataset


def arguments(params: dict[str, Any], name: str) -> dict[str, Any]:
    """The keyword arguments of one data set's `build`, `root` included where it is wanted."""
    given = dict(params["datasets"][name] or {})
    if "root" in inspect.signature(plugin.load("zoo/data", name).build).parameters:
        given["root"] = Path(os.environ.get("GBENCH_DATA_ROOT") or params["data_root"])
    return given


def prepare(params: dict[str, Any], name: str) -> Dataset:
    """Builds one data set as params.yaml describes it.

    Raises:
        DataError: files are missing, corrupt or too few.
    """
    return plugin.load("zoo/data", name).build(**arguments(params, name))
