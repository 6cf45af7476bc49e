"""Grey levels as continuous numbers and back, for densities of images.

Pixels are multiples of 1/levels in [0, 1].  A density of such numbers has no upper bound, since
they lie on planes; spread evenly over the bin of width 1/levels about each, they have one, and its
integral over a bin is the probability of the grey level (Theis, van den Oord and Bethge, "A Note on
the Evaluation of Generative Models", 2016, arXiv:1511.01844, section 3.1).
"""

import torch
from torch import Tensor


def dequantise(x: Tensor, levels: int) -> Tensor:
    """Adds uniform noise: grey levels in [0, 1] -> [-h, 1 + h) with h = 1 / (2 levels)."""
    return x + (torch.rand_like(x) - 0.5) / levels


def quantise(x: Tensor, levels: int) -> Tensor:
    """The nearest grey levels, in [0, 1]."""
    return (x * levels).round().clamp(0, levels) / levels
