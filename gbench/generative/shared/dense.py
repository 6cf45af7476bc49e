"""The networks of the GANs that differ in their criterion alone, so that a table compares criteria.

Multilayer perceptrons on points and on images, with dropout in the critic, as in section 5 of
Goodfellow et al., "Generative Adversarial Nets", 2014, arXiv:1406.2661; leaky ReLU stands for
maxout, and Adam for plain gradient descent.
"""

from gbench import nets
from gbench.adversarial.criteria import Criterion
from gbench.adversarial.game import GAN


def dense_gan(
    shape: tuple[int, ...],
    criterion: Criterion,
    *,
    latent: int,
    width: int,
    dropout: float,
    lr: float,
    betas: tuple[float, float],
) -> GAN:
    """
    Args:
        shape: of one example.
        criterion: turns the critic's scores into losses.
        dropout: the share of the critic's hidden units that is dropped in training.
    """
    generator = nets.generator(shape, latent, width, "dense")
    critic = nets.critic(shape, width, "dense", dropout=dropout)
    return GAN(generator, critic, criterion, latent=latent, lr=lr, betas=betas)
