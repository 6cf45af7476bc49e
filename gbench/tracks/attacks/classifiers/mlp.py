"""A fully connected classifier: two hidden layers of rectified units on the flat image."""

from collections.abc import Sequence
from math import prod

from torch import nn

from gbench.tracks.attacks.classifiers._centre import Centre


def build(shape: Sequence[int], classes: int, *, width: int = 128) -> nn.Module:
    """
    Args:
        shape: (C, H, W).
        classes: how many logits.
        width: units of each hidden layer.
    """
    return nn.Sequential(
        Centre(),
        nn.Flatten(),
        nn.Linear(prod(shape), width),
        nn.ReLU(),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Linear(width, classes),
    )
