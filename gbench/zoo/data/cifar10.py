"""CIFAR-10: ten kinds of things, 32x32 colour, 50,000 + 10,000 images.

Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, technical report.
"""

import socket
from pathlib import Path

import torch

from gbench.core.files import DataError
from gbench.zoo.shared.dataset import Dataset, Examples, split


def build(*, root: Path, seed: int = 0, validation: int = 10_000) -> Dataset:
    """[N, 3, 32, 32]; the official test set is the test split, validation is cut off by seed.

    torchvision compares each file with its published MD5 before it unpickles it.

    Raises:
        DataError: the files are neither under `root` nor to be downloaded, or corrupt.
    """
    from torchvision.datasets import CIFAR10

    try:
        socket.setdefaulttimeout(60)
        first, second = (CIFAR10(root, train=part, download=True) for part in (True, False))
    except Exception as error:  # torchvision passes on whatever the network or the file raises
        raise DataError(
            f"CIFAR-10 is not whole under {root / CIFAR10.base_folder} and cannot be downloaded "
            f"({error}); put its files there, or set data_root in params.yaml"
        )

    def pixels(part: CIFAR10) -> torch.Tensor:
        return torch.from_numpy(part.data).permute(0, 3, 1, 2).float() / 255

    train, kept, _ = split(
        pixels(first), torch.tensor(first.targets), seed=seed, validation=validation, test=0
    )
    test = Examples(pixels(second), torch.tensor(second.targets))
    source = "CIFAR-10, the official 50,000 + 10,000 images of 32x32"
    return Dataset("cifar10", train, kept, test, classes=10, source=source, levels=255)
