"""Variational autoencoder: maximise a lower bound on the likelihood.

Kingma and Welling, "Auto-Encoding Variational Bayes", 2014, arXiv:1312.6114, eq. 10, with one
sample of the code.  The data are Gaussian about the decoder's mean with standard deviation sigma,
fixed or learned: one number for all pixels, as in Rybkin, Daniilidis and Levine, "Simple and
Effective VAE Training with Calibrated Decoders", 2021, arXiv:2006.13202.  Adam stands for Adagrad.
"""

from typing import Literal

from torch import nn

from gbench.games import nets
from gbench.zoo.shared.vae import VAE

FAMILY = "autoencoder"
TITLE = "VAE"
SOURCE = "Kingma and Welling 2014, arXiv:1312.6114"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 16,
    width: int = 64,
    sigma: float | Literal["learned"] = "learned",
    lr: float = 1e-3,
) -> VAE:
    trunk = nets.trunk(shape, width)
    encoder = nn.Sequential(trunk, nn.Linear(trunk.features, 2 * latent))
    return VAE(encoder, nets.generator(shape, latent, width), latent=latent, sigma=sigma, lr=lr)
