"""How far off annealing is, seen on data that the model made itself.

Grosse, Ghahramani and Adams, "Sandwiching the Marginal Likelihood Using Bidirectional Monte Carlo",
2015, arXiv:1511.02543: where x is simulated, the code that it was made of is an exact sample of the
posterior.  Chains that start there and go back to the prior have weights with E w = 1 / p(x), so
that minus the logarithm of their mean is, in expectation, an upper bound on log p(x), as forward
chains give a lower one.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gbench.tracks.generation.measure.likelihood.annealing import anneal, constant, target
from gbench.tracks.generation.measure.likelihood.decoder import Decoder
from gbench.tracks.generation.measure.likelihood.mean import log_mean_exp


class Simulated(NamedTuple):
    """
    Attributes:
        z: [N, F] drawn from the prior.
        x: [N, *shape] made of them, with noise.
    """

    z: Tensor
    x: Tensor


@torch.no_grad()
def simulate(decoder: Decoder, variance: float, n: int) -> Simulated:
    z = decoder.draw(n)
    means = decoder.decode(z)
    return Simulated(z, means + variance**0.5 * torch.randn_like(means))


def upper(
    decoder: Decoder,
    simulated: Simulated,
    precisions: Sequence[float],
    *,
    chains: int,
    leapfrogs: int,
    step: Tensor,
) -> Tensor:
    """Estimates of upper bounds on log p(x) of simulated examples, [N] nats.

    Args:
        precisions: of the forward path, the last that of the noise.
        step: [N, 1] the step sizes with which the forward chains arrived.
    """
    back = anneal(
        target(decoder, simulated.x, chains),
        simulated.z.repeat_interleave(chains, 0),
        precisions[::-1],
        leapfrogs,
        step,
    )
    size = simulated.x[0].numel()
    return constant(1 / precisions[-1], size) - log_mean_exp(back.weights[-1])
