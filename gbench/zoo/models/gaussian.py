"""One Gaussian, of full covariance or of low rank; see `gbench.zoo.shared.gaussian`."""

from gbench.zoo.shared.gaussian import Gaussian

FAMILY = "density"
TITLE = "Gaussian"
SOURCE = "maximum likelihood; low rank: Tipping and Bishop 1999"
CAVEAT = (
    "One Gaussian has one centre: where the classes lie apart, most of its samples fall between "
    "them."
)


def build(shape: tuple[int, ...], *, components: int = 0, ridge: float = 1e-4) -> Gaussian:
    return Gaussian(shape, components=components, ridge=ridge)
