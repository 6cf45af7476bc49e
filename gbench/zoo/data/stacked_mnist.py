"""Stacked MNIST: three 28x28 digits as the channels of one image, 1,000 modes.

Srivastava et al., "VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning",
2017, arXiv:1705.07761, in the configuration of Lin et al., "PacGAN: The Power of Two Samples in
Generative Adversarial Networks", 2018, arXiv:1712.04086, and their program: 128,000 stacks to train
on, 26,000 samples judged.
"""

from pathlib import Path

from gbench.zoo.data import mnist
from gbench.zoo.data._stacked import stacked
from gbench.zoo.shared.dataset import Dataset


def build(
    *,
    root: Path,
    seed: int = 0,
    train: int = 128_000,
    validation: int = 26_000,
    test: int = 26_000,
    digits_validation: int = 10_000,
) -> Dataset:
    """[N, 3, 28, 28]; the label of digits a, b, c is 100 a + 10 b + c.

    A stack takes 2.4 kB on disk and 9.4 kB in memory, 1.7 GB for all of the default; params.yaml
    has fewer.

    Args:
        root: the folder of MNIST's files.
        seed: of the split of the digits and of the stacks.
        train, validation, test: stacks of each split.
        digits_validation: digits, of the official 60,000, that the validation's stacks are made of.

    Raises:
        DataError: as `mnist.build`.
    """
    single = mnist.build(root=root, seed=seed, validation=digits_validation)
    return stacked("stacked_mnist", single, seed=seed, sizes=(train, validation, test))
