"""Twenty-five Gaussians on a 5x5 grid, in PacGAN's configuration.

Lin, Khetan, Fanti and Oh, "PacGAN: The Power of Two Samples in Generative Adversarial Networks",
2018, arXiv:1712.04086, section 4.1 and the authors' program: centres {-4, -2, 0, 2, 4} squared,
standard deviation 0.05, 100,000 training points, 2,500 evaluated.
"""

import torch

from gbench.zoo.data._mixture import mixture
from gbench.zoo.shared.dataset import Dataset


def build(
    *,
    seed: int = 0,
    side: int = 5,
    spacing: float = 2.0,
    sigma: float = 0.05,
    train: int = 100_000,
    validation: int = 2_500,
    test: int = 2_500,
) -> Dataset:
    """[N, 2]; a point's label is the Gaussian that it was drawn from."""
    line = spacing * (torch.arange(side) - (side - 1) / 2)
    centres = torch.cartesian_prod(line, line)
    return mixture("grid", centres, sigma, seed, (train, validation, test))
