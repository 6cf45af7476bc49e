"""The endless batches that training draws from examples in memory, whatever these are."""

from collections.abc import Iterator
from math import ceil
from typing import Any, TypeVar

import torch
from torch import Tensor

AHEAD = 1000  # batches whose order is drawn at once

E = TypeVar("E", bound="tuple[Tensor, ...]")  # a NamedTuple of tensors [N, ...]


class Batches(Iterator[E]):
    """Endless batches [B, ...]: epoch after epoch, each in a new order, without replacement.

    A batch may span two epochs.  The data stay where they are, on the device; so does the order,
    which is drawn for many batches ahead, lest a device wait for it in each epoch.
    `state_dict` and `load_state_dict` make an interrupted training see the same batches.

    Args:
        examples: a NamedTuple of tensors [N, ...]: pairs, transitions, or sequences, which are
            padded to one length beside a field that holds their own.
        size: B.
        seed: of the orders.

    Raises:
        ValueError: the fields differ in N, or there is no example.
    """

    def __init__(self, examples: E, size: int, seed: int):
        self.examples, self.size = examples, size
        self.n = length(examples)
        self.generator = torch.Generator().manual_seed(seed)
        self.order = torch.empty(0, dtype=torch.long, device=examples[0].device)

    def __next__(self) -> E:
        if len(self.order) < self.size:
            epochs = range(ceil(AHEAD * self.size / self.n))
            ahead = torch.cat([torch.randperm(self.n, generator=self.generator) for _ in epochs])
            self.order = torch.cat([self.order, ahead.to(self.order.device)])
        chosen, self.order = self.order[: self.size], self.order[self.size :]
        kind: Any = type(self.examples)
        return kind(*(field[chosen] for field in self.examples))

    def state_dict(self) -> dict[str, Tensor]:
        return {"generator": self.generator.get_state(), "order": self.order.cpu()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        self.generator.set_state(state["generator"])
        self.order = state["order"].to(self.order.device)


def length(examples: "tuple[Tensor, ...]") -> int:
    """N, how many examples there are.

    Raises:
        ValueError: the fields differ in N, or there is no example.
    """
    lengths = {len(field) for field in examples}
    if len(lengths) != 1 or not (n := lengths.pop()):
        raise ValueError(f"{type(examples).__name__} must hold as many of each, and some")
    return n
