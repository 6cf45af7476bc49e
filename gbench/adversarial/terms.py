"""Terms added to a player's loss: scalars made from a critic, real and fake inputs."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.autograd import grad

from gbench.core.files import UserError
from gbench.nets.critic import Critic


class GradientPenalty(nn.Module):
    """Keeps the norm of the critic's slope near 1 between real and fake inputs.

    Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville, "Improved Training of Wasserstein GANs",
    2017, arXiv:1704.00028, eq. 3.  One point a pair, uniform on the line between; one norm an
    input.

    Args:
        weight: lambda, in front of the term.

    Raises:
        UserError: a score depends on the rest of its batch, which has no slope of its own input
            (section 4 of the paper: no batch norm in the critic).
    """

    def __init__(self, weight: float):
        super().__init__()
        self.weight = weight

    def forward(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        if not critic.independent:
            raise UserError("a gradient penalty needs a critic without batch norm")
        return self.weight * slope_penalty(critic, real, fake)


def slope_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
    """The mean of (|slope| - 1)^2 at points between pairs; the slope is that of summed scores."""
    t = torch.rand(len(real), *[1] * (real.dim() - 1), device=real.device)
    between = (t * real + (1 - t) * fake).requires_grad_()
    (slope,) = grad(critic(between).sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()
