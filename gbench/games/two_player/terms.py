"""Terms added to a player's loss: scalars made from a critic, real and fake inputs."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.autograd import grad

from gbench.core.files import UserError
from gbench.games.nets.critic import Critic


class SlopeTerm(nn.Module):
    """A term about the critic's slope at single inputs.

    Args:
        weight: in front of the term.

    Raises:
        UserError: a score depends on the rest of its batch, so that no slope is one input's own
            (Gulrajani et al. 2017, arXiv:1704.00028, section 4: no batch norm in the critic).
    """

    def __init__(self, weight: float):
        super().__init__()
        self.weight = weight

    def forward(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        if not critic.independent:
            raise UserError("a gradient penalty needs a critic without batch norm")
        return self.weight * self.value(critic, real, fake)

    def value(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        raise NotImplementedError


class GradientPenalty(SlopeTerm):
    """Keeps the norm of the critic's slope near 1 between real and fake inputs.

    Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville, "Improved Training of Wasserstein GANs",
    2017, arXiv:1704.00028, eq. 3.  One point a pair, uniform on the line between; one norm an
    input.  The weight is lambda.
    """

    def value(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        return slope_penalty(critic, real, fake)


def slope_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
    """The mean of (|slope| - 1)^2 at points between pairs; the slope is that of summed scores."""
    return (slopes(critic, between(real, fake)).norm(dim=1) - 1).square().mean()


def between(real: Tensor, fake: Tensor) -> Tensor:
    """A point [B, *shape] a pair, uniform on the line that joins the two."""
    t = torch.rand(len(real), *[1] * (real.dim() - 1), device=real.device)
    return t * real + (1 - t) * fake


def slopes(critic: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    """The slope [B, D] of the summed scores by each of the points [B, *shape]."""
    points = points.requires_grad_()
    (slope,) = grad(critic(points).sum(), points, create_graph=True)
    return slope.flatten(1)
