"""One thread a process and its children: two busy ones can be fifty times slower than one."""

import os
from collections.abc import Iterator
from types import SimpleNamespace

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy and PyTorch read it

import pytest
import torch

from gbench.core import plugin
from tests import report_tree

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="module")
def stand_ins() -> Iterator[None]:
    """The fabricated metrics of `report_tree` in place of gbench.protocol.metrics."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            plugin, "load", lambda _, name: SimpleNamespace(METRIC=report_tree.metric(name))
        )
        yield


SLOW = (
    "test_pipeline.py",
    "test_driver.py",
    "test_example.py",
)  # a worker takes whole files; these take longest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files first, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: SLOW.index(item.path.name) if item.path.name in SLOW else len(SLOW))
