"""Networks that attacks and defences share."""

from torch import nn


def patches(channels: int, width: int) -> nn.Module:
    """[B, C, H, W] to scores [B, 1]: the mean over the image of what patches look like."""
    return nn.Sequential(
        nn.Conv2d(channels, width, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(2 * width, 1),
    )
