"""Stacked digits: three 8x8 digits as the channels of one image, 1,000 modes, without a download.

After the stacked MNIST of Srivastava et al., "VEEGAN: Reducing Mode Collapse in GANs using Implicit
Variational Learning", 2017, arXiv:1705.07761, and Lin et al., "PacGAN: The Power of Two Samples in
Generative Adversarial Networks", 2018, arXiv:1712.04086, with scikit-learn's digits for MNIST's.
"""

from gbench.zoo.data import digits
from gbench.zoo.data._stacked import stacked
from gbench.zoo.shared.dataset import Dataset


def build(
    *,
    seed: int = 0,
    train: int = 20_000,
    validation: int = 2_000,
    test: int = 10_000,
    digits_validation: int = 400,
    digits_test: int = 400,
) -> Dataset:
    """[N, 3, 8, 8] with 17 grey levels; the label of digits a, b, c is 100 a + 10 b + c.

    Args:
        seed: of the split of the digits and of the stacks.
        train, validation, test: stacks of each split.
        digits_validation, digits_test: digits that stacks of these splits are made of; those of
            the training split are made of the others.

    Raises:
        DataError: no digit is left to train on.
    """
    single = digits.build(seed=seed, validation=digits_validation, test=digits_test)
    return stacked("stacked_digits", single, seed=seed, sizes=(train, validation, test))
