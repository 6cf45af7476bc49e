"""Scores are regressed on labels instead of classified."""

from typing import NamedTuple

from torch import Tensor


class LeastSquares(NamedTuple):
    """The critic learns label b for real and a for fake; the generator wants fakes to score c.

    Mao, Li, Xie, Lau, Wang and Smolley, "Least Squares Generative Adversarial Networks", 2017,
    arXiv:1611.04076.  The labels 0, 1, 1 are eq. 9; with b - c = 1 and b - a = 2, for instance
    -1, 1, 0 (eq. 8), an optimal critic makes the generator minimise Pearson's chi^2 between the
    half-and-half mixture of real and fake and the fake alone.
    """

    a: float
    b: float
    c: float

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return ((real - self.b).square().mean() + (fake - self.a).square().mean()) / 2

    def generator(self, fake: Tensor) -> Tensor:
        return (fake - self.c).square().mean() / 2
