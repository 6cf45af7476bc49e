"""Stacked autoencoder whose codes are drawn from a mixture; see `gbench.zoo.shared.stack`.

Bengio, Lamblin, Popovici and Larochelle, "Greedy Layer-Wise Training of Deep Networks", 2007, NIPS.
"""

from gbench.zoo.shared.gmm import GMM
from gbench.zoo.shared.stack import Stack

FAMILY = "autoencoder"
TITLE = "SAE, mixture codes"
SOURCE = "Bengio et al. 2007, NIPS"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 16,
    width: int = 500,
    layers: int = 3,
    pretraining: float = 0.5,
    components: int = 10,
    ridge: float = 1e-3,
    lr: float = 1e-3,
    lr_end: float = 1.0,
) -> Stack:
    return Stack(
        shape,
        GMM((latent,), components=components, pca=0, ridge=ridge, restarts=1),
        latent=latent,
        width=width,
        layers=layers,
        pretraining=pretraining,
        lr=lr,
        lr_end=lr_end,
    )
