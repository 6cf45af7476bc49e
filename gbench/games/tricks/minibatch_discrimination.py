"""Minibatch discrimination: the critic sees how close each input is to the rest of its batch.

Salimans, Goodfellow, Zaremba, Cheung, Radford and Chen, "Improved Techniques for Training GANs",
2016, arXiv:1606.03498, section 3.2: features f(x_i) [A] times a tensor T [A, B, C] are the rows of
M_i [B, C]; the sum over j of exp(-|M_ib - M_jb|_1) is the b-th number that joins the features.
Deviations: as in the authors' program an input is not compared with itself, which would add 1 to
each number, and T starts with columns of about unit length; without the program's bias and weight
normalisation.  Real and fake inputs are apart, as in the paper.
"""

import torch
from torch import Tensor, nn

from gbench.core.files import UserError
from gbench.core.game import Game
from gbench.games.nets.critic import Mixing
from gbench.games.tricks._places import refuse_slope_terms, single

TITLE = "minibatch discrimination"
SOURCE = "Salimans et al. 2016, arXiv:1606.03498"


class MinibatchDiscrimination(Mixing):
    """Adds to features [B, F] their closeness to the others of the batch: [B, F + kernels].

    Args:
        features: F.
        kernels, dimension: B and C of the paper, so many distances of so many numbers.
    """

    def __init__(self, features: int, kernels: int, dimension: int):
        super().__init__()
        self.kernels = kernels
        self.project = nn.Linear(features, kernels * dimension, bias=False)
        nn.init.normal_(self.project.weight, std=features**-0.5)

    def forward(self, features: Tensor) -> Tensor:
        rows = self.project(features).unflatten(1, (self.kernels, -1)).transpose(0, 1)
        closeness = (-torch.cdist(rows, rows, p=1)).exp().sum(2).T - 1  # without the input itself
        return torch.cat([features, closeness], dim=1)


def apply(game: Game, *, kernels: int = 16, dimension: int = 8) -> Game:
    """
    Args:
        kernels, dimension: so many distances, each of so many numbers.

    Raises:
        UserError: the critic's head is not linear, or there is a gradient penalty.
    """
    inner = single(game)
    refuse_slope_terms(inner, "minibatch discrimination scores a whole batch")
    head = inner.critic.head
    if type(head) is not nn.Linear:
        raise UserError("minibatch discrimination joins the features of a plain linear head")
    closer = MinibatchDiscrimination(head.in_features, kernels, dimension)
    wider = nn.Linear(head.in_features + kernels, head.out_features)
    inner.critic.head = nn.Sequential(closer, wider)
    return game
