"""Shared by MNIST and its drop-in replacements: torchvision finds, downloads and reads them."""

import hashlib
import socket
from pathlib import Path
from typing import Any

import torch

from gbench.core.files import DataError
from gbench.zoo.shared.dataset import Dataset, Examples, split


def build(
    name: str, reader: Any, checksums: dict[str, str], *, root: Path, seed: int, validation: int
) -> Dataset:
    """[N, 1, 28, 28]; the official test set is the test split, validation is cut off by seed.

    The test split is shuffled by the seed, so that its first n are a sample of it: MNIST's own
    first 5,000 are of other writers than the rest, and 0.1 further from the training images in FID
    (judge).

    Raises:
        DataError: the files are neither under `root` nor to be downloaded, or differ from the
            published ones.
    """
    title = reader.__name__
    folder = root / title / "raw"
    for file, expected in checksums.items():
        path = folder / file
        if path.exists() and hashlib.md5(path.read_bytes()).hexdigest() != expected:
            raise DataError(
                f"{path} is corrupt: its MD5 is not {expected}; remove it and run again"
            )
    try:
        socket.setdefaulttimeout(60)
        official = [reader(root, train=part, download=True) for part in (True, False)]
    except Exception as error:  # torchvision passes on whatever the network raises
        raise DataError(
            f"{title} is not under {folder} and cannot be downloaded ({error}); "
            f"put the files {', '.join(checksums)} there, or set data_root in params.yaml"
        )
    x, y = (torch.as_tensor(part) for part in (official[0].data, official[0].targets))
    x = x[:, None].float() / 255
    train, kept, _ = split(x, y, seed=seed, validation=validation, test=0)
    order = torch.randperm(len(official[1].targets), generator=torch.Generator().manual_seed(seed))
    test = Examples(official[1].data[order, None].float() / 255, official[1].targets[order])
    source = f"{title}, the official 60,000 + 10,000 images of 28x28"
    return Dataset(name, train, kept, test, classes=10, source=source, levels=255)
