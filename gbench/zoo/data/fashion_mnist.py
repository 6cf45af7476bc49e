"""Fashion-MNIST: ten kinds of clothing, 28x28 grey, 60,000 + 10,000 images.

Xiao, Rasul and Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
Algorithms", 2017, arXiv:1708.07747.
"""

from pathlib import Path

from gbench.zoo.data import _idx
from gbench.zoo.shared.dataset import Dataset

CHECKSUMS = {
    "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
    "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
    "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
    "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
}


def build(*, root: Path, seed: int = 0, validation: int = 10_000) -> Dataset:
    from torchvision.datasets import FashionMNIST

    return _idx.build(
        "fashion_mnist", FashionMNIST, CHECKSUMS, root=root, seed=seed, validation=validation
    )
