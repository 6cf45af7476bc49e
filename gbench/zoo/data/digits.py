"""Handwritten digits, 8x8 grey, 1,797 images: real data that need no download.

Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", 1998, UCI; the test part of the
original, as shipped inside scikit-learn.
"""

import torch
from sklearn.datasets import load_digits

from gbench.zoo.shared.dataset import Dataset, split


def build(*, seed: int = 0, validation: int = 400, test: int = 400) -> Dataset:
    """Splits by `seed`; [N, 1, 8, 8] with 17 grey levels."""
    pixels, labels = load_digits(return_X_y=True)
    x = torch.tensor(pixels, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16
    y = torch.tensor(labels)
    splits = split(x, y, seed=seed, validation=validation, test=test)
    source = "UCI optical digits, scikit-learn's 1,797 images of 8x8"
    return Dataset("digits", *splits, classes=10, source=source, levels=16)
