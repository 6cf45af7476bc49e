"""WGAN: a Wasserstein critic kept Lipschitz by clipping its weights.

Arjovsky, Chintala and Bottou, "Wasserstein GAN", 2017, arXiv:1701.07875, algorithm 1.  The paper
descends with RMSProp; Adam with beta1 = 0, which is RMSProp with a correction for its first steps,
stands for it.  The networks are `wgan_gp`'s, so that the two differ in how they bound the critic.
"""

from gbench.games import nets
from gbench.games.two_player.clipping import ClippedGAN
from gbench.games.two_player.criteria import Wasserstein

FAMILY = "adversarial"
TITLE = "WGAN"
SOURCE = "Arjovsky et al. 2017, arXiv:1701.07875"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 64,
    width: int = 64,
    critic_steps: int = 5,
    bound: float = 0.01,
    lr: float = 5e-5,
    betas: tuple[float, float] = (0.0, 0.99),
) -> ClippedGAN:
    return ClippedGAN(
        nets.generator(shape, latent, width),
        nets.critic(shape, width),
        Wasserstein(),
        bound=bound,
        latent=latent,
        critic_steps=critic_steps,
        lr=lr,
        betas=betas,
    )
