"""Means over examples, and over what stands in a logarithm."""

from collections.abc import Callable
from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from gbench.protocol.evidence import Skip

CHUNK = 500  # examples at once


class Mean(NamedTuple):
    """Of log densities in nats.

    Attributes:
        value: the mean.
        error: its standard error, over examples.
        n: how many.
    """

    value: float
    error: float
    n: int


def mean(values: Tensor, what: str) -> Mean:
    """
    Args:
        values: [N], N at least 2.
        what: whose log densities they are, for the reason.

    Raises:
        Skip: some are not finite.
    """
    values = values.double()
    broken = int((~values.isfinite()).sum())
    if broken:
        raise Skip(f"{broken} of {len(values)} log densities of {what} are not finite")
    error = float(values.std()) / len(values) ** 0.5
    return Mean(float(values.mean()), error, len(values))


def log_mean_exp(values: Tensor) -> Tensor:
    """The logarithm of the mean of exponentials over the last dimension, [..., K] -> [...]."""
    return values.logsumexp(-1) - log(values.shape[-1])


@torch.no_grad()
def in_chunks(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The function's values for x [N, ...], some examples at a time."""
    return torch.cat([function(part).double().cpu() for part in x.split(CHUNK)])
