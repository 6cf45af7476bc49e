"""The importance-weighted bound of a decoder whose codes an encoder infers.

Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders", 2016, arXiv:1509.00519, eq. 8:

    L_k = E log (1/k) sum_i p(x, z_i) / q(z_i | x),   z_1 ... z_k from q(z | x),

at most log p(x), and closer to it the more samples there are (theorem 1), whatever q is.
"""

from math import log, pi

import torch
from torch import Tensor

from gbench.tracks.generation.measure.likelihood.decoder import Decoder, Posterior
from gbench.tracks.generation.measure.likelihood.mean import log_mean_exp

AT_ONCE = 4000  # codes that are decoded at once


@torch.no_grad()
def bound(x: Tensor, decoder: Decoder, infer: Posterior, variance: float, k: int) -> Tensor:
    """L_k of each example, one estimate of it: x [N, *shape] -> [N] nats.

    Args:
        variance: of the noise in the data about the decoder's output.
    """
    mean, log_variance = infer(x)
    n, size = len(x), x[0].numel()
    found = []
    for part in torch.arange(k).split(max(1, AT_ONCE // n)):
        white = torch.randn(len(part), *mean.shape, device=x.device)  # [K, N, F]
        codes = (mean + white * (log_variance / 2).exp()).flatten(0, 1)
        log_q = -0.5 * (white.square() + log_variance + log(2 * pi)).sum(2).flatten()
        error = (decoder.decode(codes).unflatten(0, (-1, n)) - x).flatten(2).square().sum(2)
        log_p = -0.5 * error.flatten() / variance + decoder.log_prior(codes)
        found.append((log_p - log_q).unflatten(0, (-1, n)))
    return log_mean_exp(torch.cat(found).double().T) - 0.5 * size * log(2 * pi * variance)
