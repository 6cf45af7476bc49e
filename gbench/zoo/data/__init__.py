"""One file per data set: `build(*, ...) -> Dataset`.

A `build` that reads or downloads files takes `root`, which is not a parameter of the experiment but
of the machine: `data_root` of params.yaml, or the environment's GBENCH_DATA_ROOT.  A module may
offer `check(**arguments)`, which raises a DataError early and cheaply.
"""

import inspect
import os
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from gbench.core import plugin
from gbench.core.entry import implementation
from gbench.zoo.shared.dataset import Dataset


def arguments(params: dict[str, Any], name: str) -> dict[str, Any]:
    """The keyword arguments of one data set's `build`, `root` included where it is wanted."""
    given = dict(params["datasets"][name] or {})
    given.pop("file", None)
    if "root" in inspect.signature(module(params, name).build).parameters:
        given["root"] = Path(os.environ.get("GBENCH_DATA_ROOT") or params["data_root"])
    return given


def module(params: dict[str, Any], name: str) -> ModuleType:
    """The file of a data set's entry."""
    return plugin.load("zoo/data", implementation(params["datasets"][name], name))


def prepare(params: dict[str, Any], name: str) -> Dataset:
    """Builds one data set as params.yaml describes it.

    Raises:
        DataError: files are missing, corrupt or too few.
    """
    return replace(module(params, name).build(**arguments(params, name)), name=name)
