"""Flow matching: learn the velocity that carries noise to data along straight lines.

Lipman, Chen, Ben-Hamu, Nickel and Le, "Flow Matching for Generative Modeling", 2023,
arXiv:2210.02747, with their optimal-transport paths (eq. 22) and loss (eq. 23).  With a `sigma_min`
of 0 these are those of Liu, Gong and Liu, "Flow Straight and Fast: Learning to Generate and
Transfer Data with Rectified Flow", 2023, arXiv:2209.03003, before any reflow.  Samples follow the
learned velocity from time 0 to 1 by the midpoint method, with equal steps, and come from the moving
average of the weights.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from gbench.core.game import Batch
from gbench.games.nets.timed import timed
from gbench.zoo.shared.denoising import Denoising, beside

FAMILY = "flow matching"
TITLE = "Flow matching"
SOURCE = "Lipman et al. 2023, arXiv:2210.02747"


class FlowMatching(Denoising):
    """
    Args:
        network: the velocity at points [B, *shape] and times [B] in [0, 1].
        sigma_min: standard deviation of the noise that is left about each example at time 1.
        sampling_steps: of the midpoint method, with two looks at the network each.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        shape: tuple[int, ...],
        sigma_min: float,
        sampling_steps: int,
        scale: float,
        decay: float,
        lr: float,
        lr_end: float,
    ):
        super().__init__(network, shape=shape, scale=scale, decay=decay, lr=lr, lr_end=lr_end)
        self.sigma_min, self.sampling_steps = sigma_min, sampling_steps

    def loss(self, batch: Batch) -> Tensor:
        """The mean squared error of the velocity of a path, a number's."""
        x = self.inside(batch.x)
        noise = torch.randn_like(x)
        t = torch.rand(len(x), device=x.device)
        velocity = x - (1 - self.sigma_min) * noise
        return mse_loss(self.network(noise + beside(t, x) * velocity, t), velocity)

    def velocity(self, x: Tensor, t: float) -> Tensor:
        return self.average(x, x.new_full((len(x),), t))

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Draws n samples, [n, *shape]."""
        x = torch.randn(n, *self.shape, device=self.device)
        step = 1 / self.sampling_steps
        for done in range(self.sampling_steps):
            t = done * step
            halfway = x + step / 2 * self.velocity(x, t)
            x = x + step * self.velocity(halfway, t + step / 2)
        return self.outside(x.clamp(-1, 1) if len(self.shape) > 1 else x)


def build(
    shape: tuple[int, ...],
    *,
    sigma_min: float = 1e-5,
    sampling_steps: int = 50,
    network: Literal["convolutional", "dense"] = "convolutional",
    width: int = 64,
    scale: float = 1.0,
    decay: float = 0.9999,
    lr: float = 5e-4,
    lr_end: float = 1.0,
) -> FlowMatching:
    return FlowMatching(
        timed(shape, width, network),
        shape=shape,
        sigma_min=sigma_min,
        sampling_steps=sampling_steps,
        scale=scale,
        decay=decay,
        lr=lr,
        lr_end=lr_end,
    )
