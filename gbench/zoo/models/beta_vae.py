"""beta-VAE: the rate weighs more, so that few and independent directions of the code are used.

Higgins, Matthey, Pal, Burgess, Glorot, Botvinick, Mohamed and Lerchner, "beta-VAE: Learning Basic
Visual Concepts with a Constrained Variational Framework", 2017, ICLR: reconstruction minus beta
times the code's divergence from the prior.  The aim is a disentangled code, bought with detail:
beta below 1 does the reverse.  The data are Gaussian about the decoder's mean as in `vae`, with a
learned standard deviation; for a fixed sigma, beta is the same as a VAE whose variance is
beta * sigma^2.
"""

from typing import Literal

from torch import nn

from gbench.games import nets
from gbench.zoo.shared.vae import VAE

FAMILY = "autoencoder"
TITLE = "beta-VAE"
SOURCE = "Higgins et al. 2017, ICLR"
CAVEAT = "A beta above 1 buys independent codes with detail: samples are blurred and alike."


def build(
    shape: tuple[int, ...],
    *,
    beta: float = 4.0,
    latent: int = 16,
    width: int = 64,
    sigma: float | Literal["learned"] = "learned",
    lr: float = 1e-3,
) -> VAE:
    trunk = nets.trunk(shape, width)
    encoder = nn.Sequential(trunk, nn.Linear(trunk.features, 2 * latent))
    decoder = nets.generator(shape, latent, width)
    return VAE(encoder, decoder, latent=latent, sigma=sigma, beta=beta, lr=lr)
