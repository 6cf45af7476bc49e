"""A critic kept Lipschitz by weights that are kept small.

Arjovsky, Chintala and Bottou, "Wasserstein GAN", 2017, arXiv:1701.07875, algorithm 1.
"""

from functools import partial

import torch
from torch import nn

from gbench.core.game import Player
from gbench.games.nets.critic import Critic
from gbench.games.two_player.criteria import Criterion
from gbench.games.two_player.game import GAN


@torch.no_grad()
def clip(module: nn.Module, bound: float) -> None:
    """Moves every weight and bias into [-bound, bound]."""
    for parameter in module.parameters():
        parameter.clamp_(-bound, bound)


class ClippedGAN(GAN):
    """
    Args:
        bound: of the absolute value of the critic's weights; the paper's c.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: Critic,
        criterion: Criterion,
        *,
        bound: float,
        latent: int,
        critic_steps: int,
        lr: float,
        betas: tuple[float, float],
    ):
        super().__init__(
            generator,
            critic,
            criterion,
            latent=latent,
            critic_steps=critic_steps,
            lr=lr,
            betas=betas,
        )
        self.bound = bound

    def players(self) -> dict[str, Player]:
        players = super().players()
        after = partial(clip, self.critic, self.bound)
        return players | {"critic": players["critic"]._replace(after_step=after)}
