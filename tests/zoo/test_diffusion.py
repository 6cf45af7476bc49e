"""Diffusion and flow matching against Gaussian data, for which all is known in closed form."""

from collections.abc import Callable
from itertools import pairwise
from math import acos, atan, cos, pi, prod, sin, sqrt
from typing import TypeVar

import pytest
import torch
from torch import Tensor, nn

from gbench.core.batches import Batches
from gbench.core.train import adam, train
from gbench.games.nets.average import Average
from gbench.games.nets.timed import Attention, Waves, timed
from gbench.zoo.models import ddpm, flow_matching
from gbench.zoo.shared.dataset import Examples
from gbench.zoo.shared.denoising import Denoising

MEAN, SPREAD = 1.5, 0.3  # of the data
AnyDenoising = TypeVar("AnyDenoising", bound=Denoising)


class Known(nn.Module):
    """A network given by a formula of x [B, D] and t [B, 1]."""

    def __init__(self, formula: Callable[[Tensor, Tensor], Tensor]):
        super().__init__()
        self.formula = formula
        self.register_buffer("place", torch.zeros(()))  # a game is where its tensors are

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self.formula(x, t.view(-1, *[1] * (x.dim() - 1)))


def given(game: AnyDenoising, formula: Callable[[Tensor, Tensor], Tensor]) -> AnyDenoising:
    game.network = Known(formula)
    game.average = Average(game.network, 0.0)
    return game


def best_ddpm(mean: float, spread: float, **settings: float) -> ddpm.DDPM:
    """It predicts E[noise | x_t], which is linear for data from N(mean, spread^2)."""
    game = ddpm.build((1,), width=4, **settings)

    def noise(x: Tensor, t: Tensor) -> Tensor:
        kept = game.alpha_bar[(t * game.diffusion_steps).round().long()]
        variance = kept * spread**2 + 1 - kept
        return (1 - kept).sqrt() * (x - kept.sqrt() * mean) / variance

    return given(game, noise)


def best_flow(mean: float, spread: float, sigma_min: float, **settings: int):
    """It predicts E[velocity | x_t], which is linear for data from N(mean, spread^2)."""
    game = flow_matching.build((1,), width=4, sigma_min=sigma_min, **settings)

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        left = 1 - (1 - sigma_min) * t
        covariance = t * spread**2 - (1 - sigma_min) * left
        return mean + covariance / (left**2 + (t * spread) ** 2) * (x - t * mean)

    return given(game, velocity)


def normal(n: int, mean: float, spread: float) -> Examples:
    return Examples(mean + spread * torch.randn(n, 1), torch.zeros(n, dtype=torch.long))


def drawn(game: Denoising, n: int) -> tuple[Tensor, Tensor]:
    """The noise from which samples start, and the samples, [n, 1] each."""
    torch.manual_seed(1)
    noise = torch.randn(n, 1)
    torch.manual_seed(1)
    return noise, game.sample(n)


def known_alpha_bar(steps: int) -> list[float]:
    """For t = 0 to T by Nichol and Dhariwal 2021, eq. 17, beta at most 0.999 in the last step."""
    signal = [cos((t / steps + 0.008) / 1.008 * pi / 2) ** 2 for t in range(steps)]
    return [one / signal[0] for one in signal] + [0.001 * signal[-1] / signal[0]]


def test_the_schedule_is_a_cosine() -> None:
    game = ddpm.build((1,), width=4)
    assert game.alpha_bar.tolist() == pytest.approx(known_alpha_bar(1000), rel=1e-5)
    assert game.alpha_bar[500].item() == pytest.approx(0.494, abs=1e-3)


def test_many_small_steps_are_one_large_one() -> None:
    """Eq. 4 against eq. 2 of Ho et al.: the mean's factor and the variance, step by step."""
    game = ddpm.build((1,), width=4, diffusion_steps=40)
    one, zero, kept = torch.ones(1, 1), torch.zeros(1, 1), known_alpha_bar(40)
    factor, variance = 1.0, 0.0
    for t in range(1, 41):
        beta = 1 - kept[t] / kept[t - 1]
        factor, variance = factor * sqrt(1 - beta), (1 - beta) * variance + beta
        step = torch.tensor([t])
        assert game.noised(one, step, zero).item() == pytest.approx(factor, rel=1e-4)
        assert game.noised(zero, step, one).item() == pytest.approx(sqrt(variance), rel=1e-4)


@pytest.mark.parametrize(("mean", "spread"), [(MEAN, SPREAD), (0.0, 1.0)])
def test_ddpm_loss_of_the_best_network_is_the_noise_that_cannot_be_known(
    mean: float, spread: float
) -> None:
    """Var(noise | x_t) = alpha-bar s^2 / (alpha-bar s^2 + 1 - alpha-bar), averaged over t."""
    known = [kept * spread**2 for kept in known_alpha_bar(1000)[1:]]
    variances = [k / (k + 1 - k / spread**2) for k in known]
    loss = best_ddpm(mean, spread).loss(normal(40_000, mean, spread)).item()
    assert loss == pytest.approx(sum(variances) / 1000, rel=0.03)


def test_ddim_on_the_standard_normal_shrinks_by_cosines() -> None:
    """With sqrt(alpha-bar) = cos(a), the best noise is sin(a) x, and a step multiplies x by
    cos(a) cos(a') + sin(a) sin(a') = cos(a - a')."""
    angles = [acos(sqrt(known_alpha_bar(1000)[t])) for t in [0, *range(1, 1001, 100)]]
    factor = prod(cos(late - early) for early, late in pairwise(angles))
    noise, x = drawn(best_ddpm(0.0, 1.0, sampling_steps=10), 20)
    assert factor < 0.9
    torch.testing.assert_close(x, factor * noise, rtol=1e-3, atol=1e-4)


def test_ddim_in_many_steps_carries_noise_to_the_data() -> None:
    """The limit keeps quantiles: (x_0 - m) / s = (x_T - sqrt(alpha-bar_T) m) / std(x_T)."""
    kept = known_alpha_bar(1000)[-1]
    noise, x = drawn(best_ddpm(MEAN, SPREAD, sampling_steps=1000), 50)
    quantile = (noise - sqrt(kept) * MEAN) / sqrt(kept * SPREAD**2 + 1 - kept)
    torch.testing.assert_close(x, MEAN + SPREAD * quantile, rtol=0, atol=0.02)


def test_ancestral_sampling_has_the_posteriors_variance() -> None:
    """For the standard normal a step maps variance v to a v + (1 - a) (1 - then) / (1 - now) with
    a = now / then (Ho et al., eq. 6 and 7, and E[x_0 | x_t])."""
    kept = [known_alpha_bar(1000)[t] for t in (801, 601, 401, 201, 1, 0)]
    variance = 1.0
    for now, then in pairwise(kept):
        a = now / then
        variance = a * variance + (1 - a) * (1 - then) / (1 - now)
    x = best_ddpm(0.0, 1.0, sampling_steps=5, eta=1.0).sample(100_000)
    assert variance < 0.8
    assert x.var().item() == pytest.approx(variance, rel=0.02)
    assert x.mean().item() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(("noise", "pixel"), [(-100.0, 1.0), (100.0, 0.0)])
def test_predicted_images_are_clipped(noise: float, pixel: float) -> None:
    game = ddpm.build((1, 4, 4), network="dense", width=4, sampling_steps=5)
    assert given(game, lambda x, t: torch.full_like(x, noise)).sample(3).eq(pixel).all()


def test_flow_carries_noise_to_the_data() -> None:
    """x_1 = m + sqrt(s^2 + sigma_min^2) x_0: a linear flow of Gaussians keeps quantiles."""
    noise, x = drawn(best_flow(MEAN, SPREAD, 0.2, sampling_steps=200), 50)
    expected = MEAN + sqrt(SPREAD**2 + 0.2**2) * noise
    torch.testing.assert_close(x, expected, rtol=0, atol=1e-3)


def test_samples_follow_the_midpoint_method() -> None:
    """For dx/dt = x + t, from x = c at t = 0, one step of h is
    x + h (x + h (x + t) / 2 + t + h / 2)."""
    game = flow_matching.build((1,), width=4, sampling_steps=4)
    noise, x = drawn(given(game, lambda x, t: x + t), 20)
    for t in (0, 0.25, 0.5, 0.75):
        noise = noise + 0.25 * (noise + 0.125 * (noise + t) + t + 0.125)
    torch.testing.assert_close(x, noise)


@pytest.mark.parametrize("spread", [1.0, SPREAD])
@pytest.mark.parametrize("sigma_min", [0.0, 0.2])
def test_flow_loss_of_the_best_velocity(spread: float, sigma_min: float) -> None:
    """Var(velocity | x_t) = s^2 / ((1 - c t)^2 + (s t)^2) with c = 1 - sigma_min, whose integral
    over t is s (atan((c^2 + s^2 - c) / s) + atan(c / s)): pi / 2 for s = c = 1."""
    c = 1 - sigma_min
    expected = spread * (atan((c * c + spread**2 - c) / spread) + atan(c / spread))
    if spread == c == 1:
        assert expected == pytest.approx(pi / 2)
    loss = best_flow(MEAN, spread, sigma_min).loss(normal(100_000, MEAN, spread)).item()
    assert loss == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("model", [ddpm, flow_matching])
def test_points_are_divided_by_the_scale_for_the_network(model) -> None:
    """With a network that says 0, samples are as wide as the scale."""
    samples = []
    for scale in (3.0, 1.0):
        game = given(model.build((1,), width=4, scale=scale), lambda x, t: 0 * x)
        samples.append(drawn(game, 9)[1])
    torch.testing.assert_close(samples[0], 3 * samples[1])


def test_the_average_is_a_geometric_sum() -> None:
    """With decay d and weights w_0, w_1, w_2: d^2 w_0 + d (1 - d) w_1 + (1 - d) w_2."""
    network = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1))
    network[0].weight.data.fill_(1.0)
    average = Average(network, 0.9)
    for w in (2.0, 5.0):
        network[0].weight.data.fill_(w)
        network[1].running_mean.fill_(w)
        average.follow(network)
    assert not [*average.parameters()]
    assert average.network[0].weight.item() == pytest.approx(0.81 * 1 + 0.09 * 2 + 0.1 * 5)
    assert average.network[1].running_mean.item() == 5.0
    assert network[0].weight.requires_grad


def test_the_average_follows_each_step_and_gives_the_samples() -> None:
    game = ddpm.build((2,), width=8, decay=0.5, sampling_steps=3)
    before = game.network.head[1].weight.detach().clone()
    for _ in train(game, Batches(normal2(), 8, 0), adam(game), 1):
        pass
    after = game.network.head[1].weight.detach()
    kept = game.average.network.head[1].weight
    torch.testing.assert_close(kept, 0.5 * before + 0.5 * after)
    torch.manual_seed(3)
    x = game.sample(4)
    game.network = None
    torch.manual_seed(3)
    assert game.sample(4).equal(x)


def normal2() -> Examples:
    return Examples(torch.randn(16, 2), torch.zeros(16, dtype=torch.long))


@pytest.mark.parametrize("shape", [(2,), (1, 8, 8), (3, 13, 17), (1, 28, 28)])
def test_networks_treat_examples_apart_and_see_the_time(shape: tuple[int, ...]) -> None:
    network = timed(shape, 8)
    x, t = torch.randn(3, *shape), torch.tensor([0.1, 0.5, 0.9])
    out = network(x, t)
    assert out.shape == x.shape
    torch.testing.assert_close(network(x[1:2], t[1:2]), out[1:2], rtol=1e-4, atol=1e-5)
    assert not torch.allclose(network(x, t + 0.001), out, atol=1e-4)


def test_attention_knows_no_order() -> None:
    attention, h = Attention(8), torch.randn(2, 8, 1, 6)
    order = torch.randperm(6)
    torch.testing.assert_close(attention(h[..., order]), attention(h)[..., order])


def test_points_are_seen_as_waves_of_each_octave() -> None:
    x = torch.tensor([[0.3, -1.0]])
    by_hand = [0.3, -1.0]
    for wave in (sin, cos):
        by_hand += [wave(f * c) for c in (0.3, -1.0) for f in (1, 2, 4)]
    assert Waves(3)(x)[0].tolist() == pytest.approx(by_hand, abs=1e-6)
