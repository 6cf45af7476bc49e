"""Bayes' rule with a mixture of Gaussians for each class; see `gaussian_bayes`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from sklearn.mixture import GaussianMixture

from gbench.tracks.attacks.classifiers.gaussian_bayes import Gaussians
from gbench.zoo.shared.dataset import Examples


class Mixtures(Gaussians):
    """A mixture a class, by expectation maximisation."""

    def __init__(self, pixels: int, classes: int, components: int, ridge: float):
        super().__init__(pixels, classes, components)
        self.ridge = ridge

    def solve(self, examples: Examples, seed: int) -> None:
        """Fits every class's mixture; `seed` is of the first means."""
        flat, labels = examples.x.flatten(1).cpu(), examples.y.cpu()
        for k in range(len(self.means)):
            own = flat[labels == k].double().numpy()
            fitted = GaussianMixture(
                self.means.shape[1], reg_covar=self.ridge, random_state=seed
            ).fit(own)
            means, covariances, weights = (
                torch.from_numpy(part)
                for part in (fitted.means_, fitted.covariances_, fitted.weights_)
            )
            self.set(k, means, covariances, (weights * len(own) / len(flat)).log())


def build(
    shape: Sequence[int], classes: int, *, components: int = 3, ridge: float = 0.01
) -> Mixtures:
    """
    Args:
        shape: (C, H, W).
        classes: K.
        components: M, Gaussians a class.
        ridge: added to the variance of every pixel of each.
    """
    return Mixtures(math.prod(shape), classes, components, ridge)
