"""Three digits stacked as the channels of one image: a thousand modes that a classifier can count.

Metz, Poole, Pfau and Sohl-Dickstein, "Unrolled Generative Adversarial Networks", 2017,
arXiv:1611.02163; as a benchmark with counts of modes and a divergence in Srivastava, Valkov,
Russell, Gutmann and Sutton, "VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational
Learning", 2017, arXiv:1705.07761; protocol of Lin, Khetan, Fanti and Oh, "PacGAN: The Power of Two
Samples in Generative Adversarial Networks", 2018, arXiv:1712.04086, and the authors' program.

Their stacks are drawn from all digits, MNIST's test set included.  Here a split's stacks come from
that split's digits, lest the judge and the models be tested on digits that they were trained on.
"""

import torch

from gbench.zoo.shared.dataset import Dataset, Examples

PARTS = 3


def stacks(
    digits: Examples, classes: int, n: int, generator: torch.Generator | None = None
) -> Examples:
    """n times three digits, drawn independently, each digit as likely as any other.

    Args:
        digits: [N, 1, H, W], labels below `classes`.

    Returns:
        [n, 3, H, W], and labels below `classes` cubed: of digits a, b, c it is 100 a + 10 b + c if
        there are ten classes.
    """
    which = torch.randint(len(digits.x), (n, PARTS), generator=generator)
    places = classes ** torch.arange(PARTS - 1, -1, -1)
    return Examples(digits.x[which, 0], (digits.y[which] * places).sum(1))


def stacked(name: str, digits: Dataset, *, seed: int, sizes: tuple[int, int, int]) -> Dataset:
    """Stacks of the digits of each split; so many for train, validation and test."""
    generator = torch.Generator().manual_seed(seed)
    splits = zip((digits.train, digits.validation, digits.test), sizes, strict=True)
    train, validation, test = (stacks(s, digits.classes, n, generator) for s, n in splits)
    return Dataset(
        name,
        train,
        validation,
        test,
        classes=digits.classes**PARTS,
        source=f"random stacks of {PARTS} as channels, from {digits.source}",
        levels=digits.levels,
        parts=PARTS,
    )
