"""Points from equal parts of spherical Gaussians, whose law is known."""

import torch

from gbench.zoo.shared.dataset import Dataset, Examples, Mixture


def mixture(
    name: str, centres: torch.Tensor, sigma: float, seed: int, sizes: tuple[int, int, int]
) -> Dataset:
    """Draws each split from equal parts of spherical Gaussians about the centres [K, 2]."""
    generator = torch.Generator().manual_seed(seed)
    splits = []
    for size in sizes:
        y = torch.randint(len(centres), (size,), generator=generator)
        noise = torch.randn(size, 2, generator=generator)
        splits.append(Examples(centres[y] + sigma * noise, y))
    law = Mixture(centres, sigma)
    source = f"synthetic: {len(centres)} Gaussians in the plane, sigma {sigma:g}"
    first, second, third = splits
    return Dataset(name, first, second, third, classes=len(centres), source=source, mixture=law)
