"""Stacked denoising autoencoder whose codes are drawn from one Gaussian; see
`gbench.zoo.shared.stack`.

Vincent, Larochelle, Lajoie, Bengio and Manzagol, "Stacked Denoising Autoencoders", 2010, Journal of
Machine Learning Research 11: each layer learns to restore its input from one in which a share of
the numbers is 0.  Of a point in the plane that may be half of all there is, and it shows.
"""

from gbench.zoo.shared.gaussian import Gaussian
from gbench.zoo.shared.stack import Stack

FAMILY = "autoencoder"
TITLE = "DAE, Gaussian codes"
SOURCE = "Vincent et al. 2010, JMLR 11"
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
    masking: float = 0.25,
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
        masking=masking,
        lr=lr,
    )
