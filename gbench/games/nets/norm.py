"""Batch norm that can take one batch for several."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class Parted(_BatchNorm):
    """Batch norm that normalises each of a batch's parts by itself, in their order.

    So a network works through several batches in one pass, with the results of one pass each.

    Attributes:
        parts: their sizes; empty: the batch is one.
    """

    parts: Sequence[int] = ()

    def forward(self, x: Tensor) -> Tensor:
        if not self.parts:
            return super().forward(x)
        return torch.cat([super(Parted, self).forward(part) for part in x.split(self.parts)])


class BatchNorm1d(Parted, nn.BatchNorm1d):
    """Of [B, F]"""


class BatchNorm2d(Parted, nn.BatchNorm2d):
    """Of [B, F, H, W]"""
