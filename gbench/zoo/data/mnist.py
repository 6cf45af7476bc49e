"""MNIST: handwritten digits, 28x28 grey, 60,000 + 10,000 images.

LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998,
Proceedings of the IEEE 86(11).
"""

from pathlib import Path

from gbench.zoo.data import _idx
from gbench.zoo.shared.dataset import Dataset

CHECKSUMS = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


def build(*, root: Path, seed: int = 0, validation: int = 10_000) -> Dataset:
    from torchvision.datasets import MNIST

    return _idx.build("mnist", MNIST, CHECKSUMS, root=root, seed=seed, validation=validation)
