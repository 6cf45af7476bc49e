"""Mixtures of K one-dimensional densities whose parameters a network gives, [..., 3 K].

Bishop, "Mixture Density Networks", 1994, Aston University: logits of the weights, means and
log scales.
"""

from math import log, pi

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from gbench.zoo.shared.pixels import quantise

LEAST = -7.0  # log scale below which a component is no narrower; it keeps densities finite


class GaussianMixture:
    """Of real numbers.

    Args:
        components: K.
    """

    def __init__(self, components: int):
        self.parameters = 3 * components

    def log_prob(self, parameters: Tensor, x: Tensor) -> Tensor:
        """The log densities of x [...] by their own parameters [..., 3 K]."""
        weights, mean, log_scale = split(parameters)
        white = (x[..., None] - mean) * (-log_scale).exp()
        terms = -0.5 * white.square() - log_scale - 0.5 * log(2 * pi)
        return (weights + terms).logsumexp(-1)

    def sample(self, parameters: Tensor) -> Tensor:
        """One number for each row of parameters, [...]."""
        mean, log_scale = choose(parameters)
        return mean + log_scale.exp() * torch.randn_like(mean)


class LogisticMixture:
    """Of grey levels, each with the probability of the bin of width 1/levels about it; the first
    and the last bin reach to infinity.

    Salimans, Karpathy, Chen and Kingma, "PixelCNN++: Improving the PixelCNN with Discretized
    Logistic Mixture Likelihood and Other Modifications", 2017, arXiv:1701.05517, section 2.1.

    Args:
        components: K.
        levels: pixels are multiples of 1/levels in [0, 1].
    """

    def __init__(self, components: int, levels: int):
        self.parameters, self.levels = 3 * components, levels

    def log_prob(self, parameters: Tensor, x: Tensor) -> Tensor:
        """The log densities of dequantised pixels x [...]: constant within a bin."""
        weights, mean, log_scale = split(parameters)
        grey = quantise(x, self.levels)[..., None]
        inner = (grey > 0) & (grey < 1)
        width = (-log_scale).exp() / self.levels
        middle = (grey - mean) * (-log_scale).exp()
        # sigmoid(b) - sigmoid(a) = sigmoid(b) sigmoid(-a) (1 - exp(a - b)), without cancellation
        below = torch.where(grey < 1, logsigmoid(middle + 0.5 * width), 0.0)
        above = torch.where(grey > 0, logsigmoid(0.5 * width - middle), 0.0)
        inside = torch.where(inner, (-torch.expm1(-width)).log(), 0.0)
        return (weights + below + above + inside).logsumexp(-1) + log(self.levels)

    def sample(self, parameters: Tensor) -> Tensor:
        """One grey level for each row of parameters, [...]."""
        mean, log_scale = choose(parameters)
        noise = torch.rand_like(mean).clamp(1e-6, 1 - 1e-6).logit()
        return quantise(mean + log_scale.exp() * noise, self.levels)


def split(parameters: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Log weights, means and log scales, [..., K] each."""
    weights, mean, log_scale = parameters.float().chunk(3, dim=-1)
    return weights.log_softmax(-1), mean, log_scale.clamp(min=LEAST)


def choose(parameters: Tensor) -> tuple[Tensor, Tensor]:
    """The mean and log scale of one component a row, drawn by the weights, [...] each."""
    weights, mean, log_scale = split(parameters)
    rows = weights.exp().flatten(0, -2)
    chosen = torch.multinomial(rows, 1).view(*weights.shape[:-1], 1)
    return mean.gather(-1, chosen).squeeze(-1), log_scale.gather(-1, chosen).squeeze(-1)
