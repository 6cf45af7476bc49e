"""An energy-based model: one network whose valleys are the data, and noisy descent that finds them.

Xie, Lu, Zhu and Wu, "A Theory of Generative ConvNet", 2016, arXiv:1602.03264, train a network by
the difference of its mean energy on data and on its own Langevin samples; Du and Mordatch,
"Implicit Generation and Generalization in Energy-Based Models", 2019, arXiv:1903.08689, algorithm
1, keep those samples in a buffer, from which the chains go on, and add the squared energies to the
loss.  Noise and step size are set apart, as in their experiments, so the samples are those of a
lower temperature, noise^2 / step.

The chains move between two updates of the weights, not inside the loss: that reads where they
stand, so nothing has to be cut out of its graph, and each slope by x is a small graph of its own.
In the first round they are still noise.  Deviations: no spectral norm; the step keeps the half of
the paper's eq. 1, which the authors' program drops, and slopes are not clipped, as they are there;
samples are further steps of the chains in the buffer, so that not all of them are independent of
each other.
"""

import torch
from torch import Tensor
from torch.autograd import grad

from gbench.core.game import Batch, Game, Player
from gbench.games import nets
from gbench.games.nets.critic import Critic

FAMILY = "energy"
TITLE = "Energy-based model"
SOURCE = "Du and Mordatch 2019, arXiv:1903.08689"


class Energy(Game):
    """
    Args:
        energy: maps data [B, *shape] to energies [B].
        shape: of one example; pixels stay in [0, 1].
        chains: kept in the buffer.
        negatives: chains that move, and are then compared with the data, a round.
        restarts: the share of these that starts anew, from noise.
        steps: of each chain a round.
        sampling_steps: further steps of a chain that becomes a sample.
        step: in front of half the slope.
        noise: standard deviation of the noise of a step.
        weight: alpha, in front of the squared energies.
        scale: standard deviation of the noise from which points start.
    """

    chains: Tensor
    chosen: Tensor

    def __init__(
        self,
        energy: Critic,
        *,
        shape: tuple[int, ...],
        chains: int,
        negatives: int,
        restarts: float,
        steps: int,
        sampling_steps: int,
        step: float,
        noise: float,
        weight: float,
        scale: float,
        lr: float,
        lr_end: float,
        betas: tuple[float, float],
    ):
        super().__init__()
        self.energy, self.shape = energy, shape
        self.restarts, self.steps, self.sampling_steps = restarts, steps, sampling_steps
        self.step, self.noise, self.weight, self.scale = step, noise, weight, scale
        self.lr, self.lr_end, self.betas = lr, lr_end, betas
        self.register_buffer("chains", self.fresh(torch.empty(chains, *shape)))
        self.register_buffer("chosen", torch.arange(negatives))

    def players(self) -> dict[str, Player]:
        player = Player(self.loss, [self.energy], after_step=self.advance)
        return {"energy": player._replace(lr=self.lr, lr_end=self.lr_end, betas=self.betas)}

    def loss(self, batch: Batch) -> Tensor:
        """Energy of the data less that of the chains, and their squares."""
        real, fake = self.energy(batch.x), self.energy(self.chains[self.chosen])
        squares = real.square().mean() + fake.square().mean()
        return real.mean() - fake.mean() + self.weight * squares

    def fresh(self, like: Tensor) -> Tensor:
        """Where chains start: uniform pixels, normal points."""
        images = len(self.shape) > 1
        return torch.rand_like(like) if images else self.scale * torch.randn_like(like)

    @torch.no_grad()
    def advance(self) -> None:
        """Chooses the next round's chains and moves them."""
        self.chosen.copy_(torch.randperm(len(self.chains), device=self.device)[: len(self.chosen)])
        x = self.chains[self.chosen]
        anew = torch.rand(len(x), *[1] * len(self.shape), device=self.device) < self.restarts
        self.chains[self.chosen] = self.langevin(torch.where(anew, self.fresh(x), x), self.steps)

    @torch.no_grad()
    def langevin(self, x: Tensor, steps: int) -> Tensor:
        """Noisy steps down the energy from x [B, *shape] (Du and Mordatch 2019, eq. 1)."""
        for _ in range(steps):
            x = x - self.step / 2 * self.slope(x) + self.noise * torch.randn_like(x)
            x = x.clamp(0, 1) if len(self.shape) > 1 else x
        return x

    @torch.enable_grad()
    def slope(self, x: Tensor) -> Tensor:
        """The energy's gradient by each x, [B, *shape]."""
        point = x.clone().requires_grad_()
        return grad(self.energy(point).sum(), point)[0]

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Draws n samples, [n, *shape]; beyond the number of chains several come from one."""
        order = torch.randperm(len(self.chains), device=self.device)
        which = order[torch.arange(n, device=self.device) % len(order)]
        return self.langevin(self.chains[which], self.sampling_steps)


def build(
    shape: tuple[int, ...],
    *,
    network: nets.Kind = "convolutional",
    width: int = 64,
    chains: int = 10_000,
    negatives: int = 64,
    restarts: float = 0.05,
    steps: int = 60,
    sampling_steps: int = 60,
    step: float = 10.0,
    noise: float = 0.005,
    weight: float = 1.0,
    scale: float = 1.0,
    lr: float = 1e-4,
    lr_end: float = 1.0,
    betas: tuple[float, float] = (0.0, 0.999),
) -> Energy:
    return Energy(
        nets.critic(shape, width, network),
        shape=shape,
        chains=chains,
        negatives=negatives,
        restarts=restarts,
        steps=steps,
        sampling_steps=sampling_steps,
        step=step,
        noise=noise,
        weight=weight,
        scale=scale,
        lr=lr,
        lr_end=lr_end,
        betas=betas,
    )
