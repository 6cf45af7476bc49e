"""GANs that differ in their criterion alone, so that a table compares criteria.

The networks and the optimiser are DCGAN's: Radford, Metz and Chintala, "Unsupervised Representation
Learning with Deep Convolutional Generative Adversarial Networks", 2016, arXiv:1511.06434.  Batch
norm keeps the scores in bounds where a criterion does not.
"""

from collections.abc import Callable

from gbench.games import nets
from gbench.games.two_player.criteria import Criterion
from gbench.games.two_player.game import GAN


def plain_gan(
    shape: tuple[int, ...],
    criterion: Criterion,
    *,
    latent: int,
    width: int,
    lr: float,
    betas: tuple[float, float],
) -> GAN:
    """
    Args:
        shape: of one example.
        criterion: turns the critic's scores into losses.
    """
    generator = nets.generator(shape, latent, width, "radford")
    critic = nets.critic(shape, width, "radford")
    return GAN(generator, critic, criterion, latent=latent, lr=lr, betas=betas)


def plain(criterion: Criterion) -> Callable[..., GAN]:
    """The `build` of a model that has nothing of its own but its criterion."""

    def build(
        shape: tuple[int, ...],
        *,
        latent: int = 64,
        width: int = 64,
        lr: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
    ) -> GAN:
        return plain_gan(shape, criterion, latent=latent, width=width, lr=lr, betas=betas)

    return build
