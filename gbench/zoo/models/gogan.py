"""GoGAN: a gang of two GANs, the second ranked above the first by a margin.

Juefei-Xu, Boddeti and Savvides, "Gang of GANs: Generative Adversarial Networks with Maximum Margin
Ranking", 2017, arXiv:1704.04865.  `two_player.ranking` says what was taken from a paper
that leaves much open.  Networks and optimiser are `wgan`'s.
"""

from gbench.games import nets
from gbench.games.two_player.ranking import Gang

FAMILY = "adversarial"
TITLE = "GoGAN"
SOURCE = "Juefei-Xu et al. 2017, arXiv:1704.04865"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 64,
    width: int = 64,
    critic_steps: int = 5,
    margin: float = 1.0,
    ranking: float = 0.5,
    bound: float = 0.01,
    lr: float = 5e-5,
    betas: tuple[float, float] = (0.0, 0.99),
) -> Gang:
    return Gang(
        nets.generator(shape, latent, width),
        nets.critic(shape, width),
        margin=margin,
        ranking=ranking,
        bound=bound,
        latent=latent,
        critic_steps=critic_steps,
        lr=lr,
        betas=betas,
    )
