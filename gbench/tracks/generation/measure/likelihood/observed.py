"""The data whose likelihood is measured, alike for every model.

Grey levels are whole multiples of 1 / levels, and a density of such numbers has no upper bound.  So
each pixel is spread evenly over the bin of width 1 / levels about it; then the mean log density is
at most the mean log probability that the same model gives to the grey levels, once it is integrated
over bins (Theis, van den Oord and Bethge, "A Note on the Evaluation of Generative Models", 2016,
arXiv:1511.01844, section 3.1).  Points are taken as they are.
"""

from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from gbench.zoo.shared.dataset import Dataset, Examples


class Observed(NamedTuple):
    """
    Attributes:
        train, validation, test: [N, *shape], dequantised, in a random order.
        levels: grey levels but one; 0 for points.
    """

    train: Tensor
    validation: Tensor
    test: Tensor
    levels: int

    @property
    def dimensions(self) -> int:
        """D, numbers of one example."""
        return self.test[0].numel()

    def first(self, n: int) -> "Observed":
        """The first n of each split, or fewer if it is smaller."""
        return Observed(self.train[:n], self.validation[:n], self.test[:n], self.levels)


def observe(dataset: Dataset, seed: int) -> Observed:
    """The order, and the place of each pixel in its bin, are drawn by the seed: the same for all
    models of that seed."""
    draw = torch.Generator().manual_seed(seed)

    def spread(examples: Examples) -> Tensor:
        x = examples.x.cpu()[torch.randperm(len(examples.x), generator=draw)]
        if dataset.levels:
            x = x + (torch.rand(x.shape, generator=draw) - 0.5) / dataset.levels
        return x.to(examples.x.device)

    train, validation, test = map(spread, (dataset.train, dataset.validation, dataset.test))
    return Observed(train, validation, test, dataset.levels)


def bits(nats: float, dimensions: int, levels: int) -> float:
    """Bits for each number of an example, from its log density in nats.

    -nats / (D log 2), and for pixels log2(levels) more: the density is of numbers in [0, 1], a bin
    has the width 1 / levels, and the bits are those of grey levels.  Uniform pixels cost log2 of
    how many levels there are.
    """
    return -nats / (dimensions * log(2)) + (log(levels) / log(2) if levels else 0.0)
