"""Stacked denoising autoencoder whose codes are drawn from a mixture; see
`gbench.zoo.shared.stack`.

Vincent, Larochelle, Lajoie, Bengio and Manzagol, "Stacked Denoising Autoencoders", 2010, Journal of
Machine Learning Research 11: each layer learns to restore its input from one in which a share of
the numbers is 0.  Of a point in the plane that may be half of all there is, and it shows.
"""

from gbench.zoo.shared.gmm import GMM
from gbench.zoo.shared.stack import Stack

FAMILY = "autoencoder"
TITLE = "DAE, mixture codes"
SOURCE = "Vincent et al. 2010, JMLR 11"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 16,
    width: int = 500,
    layers: int = 3,
    pretraining: float = 0.5,
    masking: float = 0.25,
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
        masking=masking,
        lr=lr,
        lr_end=lr_end,
    )
