"""One thread a process and its children: two busy ones can be fifty times slower than one."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy and PyTorch read it

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    torch.manual_seed(0)


SLOW = ("test_pipeline.py", "test_driver.py")  # a worker takes whole files; these take longest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files first, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: SLOW.index(item.path.name) if item.path.name in SLOW else len(SLOW))
