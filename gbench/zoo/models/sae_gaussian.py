"""Stacked autoencoder whose codes are drawn from one Gaussian; see
`gbench.zoo.shared.stack`.

Bengio, Lamblin, Popovici and Larochelle, "Greedy Layer-Wise Training of Deep Networks", 2007, NIPS.
Nothing shapes the codes while the layers learn, and a Gaussian covers gaps between them as well.
"""

from gbench.zoo.shared.gaussian import Gaussian
from gbench.zoo.shared.stack import Stack

FAMILY = "autoencoder"
TITLE = "SAE, Gaussian codes"
SOURCE = "Bengio et al. 2007, NIPS"
CAVEAT = (
    "An autoencoder learns to restore, not to sample: one Gaussian over its codes also covers the "
    "gaps between them, whose images are of no class."
)


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 16,
    width: int = 500,
    layers: int = 3,
    pretraining: float = 0.5,
    ridge: float = 1e-6,
    lr: float = 1e-3,
) -> Stack:
    return Stack(
        shape,
        Gaussian((latent,), components=0, ridge=ridge),
        latent=latent,
        width=width,
        layers=layers,
        pretraining=pretraining,
        lr=lr,
    )
