"""One torch thread a process: two busy threads can be fifty times slower than one."""

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    torch.manual_seed(0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What one process must do alone starts first, so that no other waits for it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
