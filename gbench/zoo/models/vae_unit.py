"""Variational autoencoder with the unit-variance shortcut: half the squared error plus the rate.

Kingma and Welling, "Auto-Encoding Variational Bayes", 2014, arXiv:1312.6114, eq. 10, as many
programs write it: the data's standard deviation is never mentioned, which sets it to 1.  It is here
to lose.  A direction of the code pays for its rate only if the data vary along it by more than the
noise: in the linear case, where the data's covariance has an eigenvalue above sigma^2 (Lucas,
Tucker, Grosse and Norouzi, "Don't Blame the ELBO! A Linear VAE Perspective on Posterior Collapse",
2019, arXiv:1911.02469).  Small images with pixels in [0, 1] have none above 1, nor have points
within the unit circle.  So the code is ignored, and every sample is the mean of the data; larger
images keep the few directions that vary most.
"""

from torch import nn

from gbench.games import nets
from gbench.zoo.shared.vae import VAE

FAMILY = "autoencoder"
TITLE = "VAE, unit variance"
SOURCE = "Kingma and Welling 2014, arXiv:1312.6114"
CAVEAT = (
    "With sigma 1 a direction of the code pays only where the data vary by more than 1, which "
    "small images do not: the code is ignored, and every sample is the mean image."
)


def build(shape: tuple[int, ...], *, latent: int = 16, width: int = 64, lr: float = 1e-3) -> VAE:
    trunk = nets.trunk(shape, width)
    encoder = nn.Sequential(trunk, nn.Linear(trunk.features, 2 * latent))
    return VAE(encoder, nets.generator(shape, latent, width), latent=latent, sigma=1.0, lr=lr)
