"""A mixture of Gaussians with full covariances; see `gbench.zoo.shared.gmm`."""

from gbench.zoo.shared.gmm import GMM

FAMILY = "density"
TITLE = "Gaussian mixture"
SOURCE = "Dempster et al. 1977; scikit-learn's EM"


def build(
    shape: tuple[int, ...],
    *,
    components: int = 30,
    pca: int = 0,
    ridge: float = 1e-3,
    restarts: int = 1,
) -> GMM:
    return GMM(shape, components=components, pca=pca, ridge=ridge, restarts=restarts)
