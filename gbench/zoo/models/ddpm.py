"""DDPM: learn to tell the noise in noisy data, then remove it step by step.

Ho, Jain and Abbeel, "Denoising Diffusion Probabilistic Models", 2020, arXiv:2006.11239: the loss
L_simple (eq. 14), and samples from averaged weights.  The schedule is the cosine of Nichol and
Dhariwal, "Improved Denoising Diffusion Probabilistic Models", 2021, arXiv:2102.09672, eq. 17, which
keeps more of small images than Ho's linear one.  Samples are drawn by DDIM: Song, Meng and Ermon,
"Denoising Diffusion Implicit Models", 2021, arXiv:2010.02502, eq. 12 and 16, on evenly spaced steps
from 1 up, as in the authors' program; `eta` is 0 for the deterministic map, and 1 for the ancestral
sampler, which on all steps is that of Ho et al. with the smaller of its two variances.  The
predicted clean image is clipped to the pixels' range in each step, as in Ho's program.
"""

from itertools import pairwise
from math import pi
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from gbench.core.game import Batch
from gbench.games.nets.timed import timed
from gbench.zoo.shared.denoising import Denoising, beside

FAMILY = "diffusion"
TITLE = "DDPM"
SOURCE = "Ho et al. 2020, arXiv:2006.11239"


class DDPM(Denoising):
    """
    Args:
        network: predicts the noise in noisy data [B, *shape] at the times t / T [B].
        diffusion_steps: T.
        sampling_steps: of DDIM, a divisor of T.
        eta: the noise of DDIM, from 0 to 1.
    """

    alpha_bar: Tensor

    def __init__(
        self,
        network: nn.Module,
        *,
        shape: tuple[int, ...],
        diffusion_steps: int,
        sampling_steps: int,
        eta: float,
        scale: float,
        decay: float,
        lr: float,
        lr_end: float,
    ):
        super().__init__(network, shape=shape, scale=scale, decay=decay, lr=lr, lr_end=lr_end)
        self.sampling_steps, self.eta = sampling_steps, eta
        self.register_buffer("alpha_bar", cosine_schedule(diffusion_steps), persistent=False)

    @property
    def diffusion_steps(self) -> int:
        return len(self.alpha_bar) - 1

    def noised(self, x: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """Draws x_t given x_0 (Ho et al., eq. 4) for the steps t [B]."""
        alpha_bar = beside(self.alpha_bar[t], x)
        return alpha_bar.sqrt() * x + (1 - alpha_bar).sqrt() * noise

    def loss(self, batch: Batch) -> Tensor:
        """The mean squared error of the predicted noise, a number's."""
        x = self.inside(batch.x)
        t = torch.randint(1, self.diffusion_steps + 1, (len(x),), device=x.device)
        noise = torch.randn_like(x)
        return mse_loss(self.network(self.noised(x, t, noise), t / self.diffusion_steps), noise)

    def denoised(self, x: Tensor, noise: Tensor, t: int, earlier: int) -> Tensor:
        """DDIM's step from x_t to an earlier step, given the predicted noise (eq. 12)."""
        now, then = self.alpha_bar[t], self.alpha_bar[earlier]
        clean = (x - (1 - now).sqrt() * noise) / now.sqrt()
        if len(self.shape) > 1:
            clean = clean.clamp(-1, 1)
            noise = (x - now.sqrt() * clean) / (1 - now).sqrt()
        sigma = self.eta * ((1 - then) / (1 - now) * (1 - now / then)).sqrt()
        direction = (1 - then - sigma.square()).clamp(min=0).sqrt()
        return then.sqrt() * clean + direction * noise + sigma * torch.randn_like(x)

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Draws n samples, [n, *shape]."""
        x = torch.randn(n, *self.shape, device=self.device)
        last = self.diffusion_steps
        path = [0, *range(1, last + 1, last // self.sampling_steps)]
        for t, earlier in pairwise(reversed(path)):
            noise = self.average(x, x.new_full((n,), t / last))
            x = self.denoised(x, noise, t, earlier)
        return self.outside(x)


def cosine_schedule(steps: int) -> Tensor:
    """alpha-bar of t = 0 to `steps`, [steps + 1]; no step adds more than 0.999 of noise."""
    angle = (torch.arange(steps + 1, dtype=torch.double) / steps + 0.008) / 1.008 * pi / 2
    signal = angle.cos().square()
    alpha = (signal[1:] / signal[:-1]).clamp(min=0.001)
    return torch.cat([torch.ones(1, dtype=torch.double), alpha.cumprod(0)]).float()


def build(
    shape: tuple[int, ...],
    *,
    diffusion_steps: int = 1000,
    sampling_steps: int = 50,
    eta: float = 0.0,
    network: Literal["convolutional", "dense"] = "convolutional",
    width: int = 64,
    scale: float = 1.0,
    decay: float = 0.9999,
    lr: float = 2e-4,
    lr_end: float = 1.0,
) -> DDPM:
    return DDPM(
        timed(shape, width, network),
        shape=shape,
        diffusion_steps=diffusion_steps,
        sampling_steps=sampling_steps,
        eta=eta,
        scale=scale,
        decay=decay,
        lr=lr,
        lr_end=lr_end,
    )
