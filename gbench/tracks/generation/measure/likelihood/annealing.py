"""Annealed importance sampling along the precision of the noise, by Hamiltonian Monte Carlo.

Wu, Burda, Salakhutdinov and Grosse, "On the Quantitative Analysis of Decoder-Based Generative
Models", 2017, arXiv:1611.04273, sections 2.1 and 3, after Neal, "Annealed Importance Sampling",
2001, Statistics and Computing 11(2): a chain goes from the prior of the codes to their posterior,

    f_t(z) = p(z) p(x | z)^beta_t,   0 = beta_0 < ... < beta_T = 1,
    log w = sum_t (beta_t - beta_{t-1}) log p(x | z_{t-1}),

and E w = p(x), so that E log w, and log of the mean weight of several chains, is at most log p(x).
With Gaussian noise p(x | z)^beta is, but for a constant, the law with the precision beta / sigma^2:
one path passes through every larger variance, which `ladder` makes use of.

Deviations: the step size of an example's chains aims at an acceptance of 0.65 as there, but follows
the mean probability of acceptance of all of them, log eps <- log eps + gain (accepted - 0.65), as
2 % a step is too slow for a few hundred temperatures; and each trajectory's step is that times a
number of 1 +- 0.3, lest trajectories return to where they began (Neal, "MCMC Using Hamiltonian
Dynamics", 2011, Handbook of Markov Chain Monte Carlo, chapter 5).  As there, adapting on the way
makes the chains a little less than exact.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import log, pi
from typing import NamedTuple

import torch
from torch import Tensor

from gbench.tracks.generation.measure.likelihood.decoder import Decoder

RADIUS = 4.0  # of the sigmoid, from -4 to 4
ACCEPTED = 0.65
GAIN = 0.5
SPREAD = 0.3  # of step sizes about theirs
STEPS = (1e-4, 0.5)  # least and largest step size; it starts at the largest


class State(NamedTuple):
    """Where B chains are.

    Attributes:
        z: [B, F].
        prior: [B] log p(z).
        misfit: [B] half the squared distance of x and g(z).
        prior_slope, misfit_slope: [B, F] their gradients by z.
    """

    z: Tensor
    prior: Tensor
    misfit: Tensor
    prior_slope: Tensor
    misfit_slope: Tensor

    def energy(self, precision: float) -> Tensor:
        """[B], without the constant of the noise."""
        return precision * self.misfit - self.prior

    def slope(self, precision: float) -> Tensor:
        return precision * self.misfit_slope - self.prior_slope


class Target(NamedTuple):
    """The posteriors of N examples with C chains each, example by example.

    Attributes:
        decoder: of the model.
        x: [N * C, D].
        chains: C.
    """

    decoder: Decoder
    x: Tensor
    chains: int

    @torch.enable_grad()
    def at(self, z: Tensor) -> State:
        z = z.detach().requires_grad_()
        prior = self.decoder.log_prior(z)
        misfit = 0.5 * (self.decoder.decode(z).flatten(1) - self.x).square().sum(1)
        (prior_slope,) = torch.autograd.grad(prior.sum(), z)
        (misfit_slope,) = torch.autograd.grad(misfit.sum(), z)
        return State(*(part.detach() for part in (z, prior, misfit, prior_slope, misfit_slope)))


def target(decoder: Decoder, x: Tensor, chains: int) -> Target:
    """Of examples x [N, *shape]."""
    return Target(decoder, x.flatten(1).repeat_interleave(chains, 0), chains)


class Annealed(NamedTuple):
    """
    Attributes:
        weights: [T + 1, N, C] log weights after each temperature, the first 0.
        step: [N, 1] the step sizes at the end.
        accepted: the mean probability of acceptance.
    """

    weights: Tensor
    step: Tensor
    accepted: float


def constant(variance: float, size: int) -> float:
    """The log density of Gaussian noise at its mean: what turns the logarithm of the mean weight,
    at the precision 1 / variance, into log p(x) of `size` numbers."""
    return -0.5 * size * log(2 * pi * variance)


def schedule(temperatures: int) -> list[float]:
    """beta_0 ... beta_T, sigmoid(radius (2 t / T - 1)) moved and stretched to go from 0 to 1."""
    raw = torch.linspace(-RADIUS, RADIUS, temperatures + 1, dtype=torch.float64).sigmoid()
    return ((raw - raw[0]) / (raw[-1] - raw[0])).tolist()


def path(variance: float, temperatures: int) -> list[float]:
    """Precisions from 0 to that of the variance, T + 1 of them."""
    return [beta / variance for beta in schedule(temperatures)]


def ladder(variances: Sequence[float], temperatures: int) -> list[float]:
    """Precisions from 0 to that of the smallest variance, those of all others among them.

    In equal ratios from exp(-2 radius) of the last, where a sigmoid has its first steps too; near
    its end it would be too fine for the larger variances on the way.
    """
    most = 1 / min(variances)
    ratios = torch.linspace(-2 * RADIUS, 0, temperatures, dtype=torch.float64).exp()
    return sorted({0.0, *(most * ratios).tolist(), *(1 / variance for variance in variances)})


def anneal(
    target: Target,
    start: Tensor,
    precisions: Sequence[float],
    leapfrogs: int,
    step: Tensor | None = None,
) -> Annealed:
    """Along rising precisions, or falling ones.

    Args:
        start: [N * C, F] codes drawn from the law at the first precision.
        step: [N, 1] the step sizes at the start.
    """
    state, shape = target.at(start), (-1, target.chains)
    if step is None:
        step = torch.full((len(start) // target.chains, 1), STEPS[1], device=start.device)
    weights = [torch.zeros(len(start), dtype=torch.float64, device=start.device)]
    accepted = 0.0
    for before, after in pairwise(precisions):
        weights.append(weights[-1] - (after - before) * state.misfit.double())
        spread = 1 + SPREAD * (2 * torch.rand(len(start), 1, device=start.device) - 1)
        each = step.expand(shape).reshape(-1, 1) * spread
        state, chance = hamiltonian(target, state, after, each, leapfrogs)
        of_example = chance.view(shape).mean(1, keepdim=True)
        step = (step * (GAIN * (of_example - ACCEPTED)).exp()).clamp(*STEPS)
        accepted += float(chance.mean()) / (len(precisions) - 1)
    return Annealed(torch.stack(weights).unflatten(1, shape), step, accepted)


def hamiltonian(
    target: Target, state: State, precision: float, step: Tensor, leapfrogs: int
) -> tuple[State, Tensor]:
    """One trajectory of each chain, and the probability with which it was accepted, [B].

    Neal, "MCMC Using Hamiltonian Dynamics", 2011, Handbook of Markov Chain Monte Carlo, chapter 5;
    the momenta are standard normal in units of the prior's scale.

    Args:
        step: [B, 1] step sizes.
    """
    scale = target.decoder.scale
    momentum = torch.randn_like(state.z)
    start = state.energy(precision) + 0.5 * momentum.square().sum(1)
    new, push = state, step * scale
    momentum = momentum - 0.5 * push * new.slope(precision)
    for leap in range(leapfrogs):
        new = target.at(new.z + push * momentum)
        last = leap == leapfrogs - 1
        momentum = momentum - (0.5 if last else 1.0) * push * new.slope(precision)
    end = new.energy(precision) + 0.5 * momentum.square().sum(1)
    chance = (start - end).clamp(max=0).exp().nan_to_num(0.0)  # a trajectory that left the numbers
    taken = torch.rand_like(chance) < chance
    rows = taken[:, None]
    parts = zip(new, state, strict=True)
    kept = State(*(torch.where(rows if a.dim() > 1 else taken, a, b) for a, b in parts))
    return kept, chance
