"""Eight Gaussians on a ring, in PacGAN's configuration.

Lin, Khetan, Fanti and Oh, "PacGAN: The Power of Two Samples in Generative Adversarial Networks",
2018, arXiv:1712.04086, section 4.1 and the authors' program: radius 1, standard deviation 0.01,
100,000 training points, 2,500 evaluated.
"""

from math import pi

import torch

from gbench.zoo.data._mixture import mixture
from gbench.zoo.shared.dataset import Dataset


def build(
    *,
    seed: int = 0,
    modes: int = 8,
    radius: float = 1.0,
    sigma: float = 0.01,
    train: int = 100_000,
    validation: int = 2_500,
    test: int = 2_500,
) -> Dataset:
    """[N, 2]; a point's label is the Gaussian that it was drawn from."""
    angles = 2 * pi * torch.arange(modes) / modes
    centres = radius * torch.stack([angles.cos(), angles.sin()], dim=1)
    return mixture("ring", centres, sigma, seed, (train, validation, test))
