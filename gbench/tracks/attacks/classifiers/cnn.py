"""A small convolutional classifier for images of any size from 8x8.

Blocks of a 3x3 convolution, ReLU and 2x2 max pooling, the channels doubling, until a side is at
most 3; then one hidden layer.  No batch norm and no dropout: training and test see one function.
"""

from collections.abc import Sequence

from torch import nn

from gbench.core.files import UserError
from gbench.tracks.attacks.classifiers._centre import Centre


def build(shape: Sequence[int], classes: int, *, width: int = 16, hidden: int = 64) -> nn.Module:
    """
    Args:
        shape: (C, H, W), each side at least 8.
        classes: how many logits.
        width: channels of the first convolution.
        hidden: units of the last hidden layer.

    Raises:
        UserError: the images are too small.
    """
    channels, height, breadth = shape
    if min(height, breadth) < 8:
        raise UserError(f"classifiers.cnn needs images of at least 8x8, not {height}x{breadth}")
    layers: list[nn.Module] = [Centre()]
    while min(height, breadth) > 3:
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        channels, width = width, 2 * width
        height, breadth = height // 2, breadth // 2
    features = channels * height * breadth
    return nn.Sequential(
        *layers,
        nn.Flatten(),
        nn.Linear(features, hidden),
        nn.ReLU(),
        nn.Linear(hidden, classes),
    )
