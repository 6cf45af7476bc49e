"""The larger adversarial games and the energy-based one against known answers."""

from math import sqrt

import pytest
import torch
from scipy.stats import truncnorm
from torch import Tensor, nn
from torch.nn.functional import one_hot

from gbench.games.nets.biggan import ConditionalNorm
from gbench.games.nets.progressive import Deviation, PixelNorm, equalised
from gbench.games.two_player.hinge import Hinge
from gbench.zoo.models import biggan, energy, progan
from gbench.zoo.shared.dataset import Examples


def test_hinge_is_zero_beyond_the_margin_and_linear_within() -> None:
    real, fake = torch.tensor([2.0, 1.0, 0.5, -1.0]), torch.tensor([-3.0, -1.0, 0.0, 2.0])
    expected = (0 + 0 + 0.5 + 2) / 4 + (0 + 0 + 1 + 3) / 4
    assert Hinge().critic(real, fake).item() == pytest.approx(expected)
    assert Hinge().generator(fake).item() == pytest.approx(2 / 4)


@pytest.mark.parametrize(("shape", "network"), [((1, 8, 8), "convolutional"), ((2,), "dense")])
def test_projection_critic_adds_the_inner_product_with_the_class(shape, network) -> None:
    """f(x, y) = V_y . phi(x) + psi(phi(x)): without a label only psi is left."""
    critic = biggan.build(shape, 3, width=8, network=network).critic.eval()
    x, y = torch.rand(5, *shape), torch.tensor([0, 2, 1, 1, 0])
    pairs = torch.cat([x.flatten(1), one_hot(y, 3)], dim=1)
    bare = torch.cat([x.flatten(1), torch.zeros(5, 3)], dim=1)
    features, table = critic.trunk(x), critic.project.weight.T  # [5, F], [3, F]
    by_hand = torch.stack([f @ table[label] for f, label in zip(features, y, strict=True)])
    torch.testing.assert_close(critic(pairs) - critic(bare), by_hand, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(critic(bare), critic.head(features).squeeze(1))


@pytest.mark.parametrize(("shape", "network"), [((1, 14, 14), "convolutional"), ((2,), "dense")])
def test_every_layer_of_biggan_has_spectral_norm_one(shape, network) -> None:
    game = biggan.build(shape, 3, latent=4, width=8, network=network)
    layers = [m for m in game.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    with torch.no_grad():
        for layer in layers:
            if hasattr(layer, "parametrizations"):
                layer.parametrizations.weight.original.mul_(7).add_(
                    0.1 * torch.randn_like(layer.weight)
                )
        for _ in range(60):  # each look at a weight is one power iteration
            norms = [
                torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item()
                for layer in layers
                if layer not in (game.generator.embed.linear, game.average.network.embed.linear)
            ]
    assert norms == pytest.approx([1.0] * len(norms), rel=0.02)
    assert len(norms) == len(layers) - 2


def test_conditional_norm_gives_each_class_its_mean_and_spread() -> None:
    norm = ConditionalNorm(nn.BatchNorm1d(2, affine=False), 2)
    label = one_hot(torch.arange(400) % 2, 2).float()
    h = torch.randn(400, 2) * 3 + 5
    out = norm(h, label)
    gain, bias = norm.gain.weight, norm.bias.weight  # [2 features, 2 classes], by their last look
    whitened = (h - h.mean(0)) / h.std(0, correction=0)
    for c in range(2):
        expected = (1 + gain[:, c]) * whitened[c::2] + bias[:, c]
        torch.testing.assert_close(out[c::2], expected, rtol=1e-2, atol=1e-2)


class Recorder(nn.Module):
    def forward(self, code: Tensor) -> Tensor:
        self.seen = code
        return code[:, :1]


def test_truncation_draws_from_the_truncated_normal() -> None:
    game = biggan.build((1,), 4, latent=50, width=4, network="dense")
    game.average = recorder = Recorder()
    for bound in (0.5, 2.0):
        game.sample(2000, truncation=bound)
        noise = recorder.seen[:, :50]
        law = truncnorm(-bound, bound)
        assert noise.abs().max() <= bound
        assert noise.var().item() == pytest.approx(law.var(), rel=0.02)
        assert noise.quantile(0.8, dim=0).mean().item() == pytest.approx(law.ppf(0.8), abs=0.01)
    game.sample(2000)
    assert recorder.seen[:, :50].var().item() == pytest.approx(1, rel=0.02)


def test_labels_are_the_given_ones_or_uniform() -> None:
    game = biggan.build((1,), 4, latent=5, width=4, network="dense")
    game.average = recorder = Recorder()
    y = torch.tensor([3, 0, 2])
    game.sample(3, y)
    assert recorder.seen[:, 5:].equal(one_hot(y, 4).float())
    game.sample(4000)
    assert recorder.seen[:, 5:].mean(0).tolist() == pytest.approx([0.25] * 4, abs=0.03)


def test_standing_statistics_are_those_of_the_samples() -> None:
    """The first layer is linear in N(0, I) and a uniform label, so its mean and variance are
    known."""
    game = biggan.build((2,), 3, latent=4, width=6, network="dense")
    game.fit(torch.zeros(1, 2), 0)
    generator = game.average.network.eval()
    layer, embedded = generator.layers[0], generator.embed.linear.weight.T  # [3, 16]
    noise, label = layer.weight.split([4, 16], dim=1)
    by_class = embedded @ label.T
    mean = by_class.mean(0) + layer.bias
    variance = noise.square().sum(1) + by_class.var(0, correction=0)
    norm = generator.norms[0].norm
    torch.testing.assert_close(norm.running_mean, mean, rtol=0, atol=0.06)
    torch.testing.assert_close(norm.running_var, variance, rtol=0.12, atol=0.02)


def test_a_new_level_begins_as_the_enlarged_one_below() -> None:
    """Karras et al. 2018, figure 2: at alpha 0 the new layers count for nothing."""
    game = progan.build((3, 13, 17), latent=5, width=4)
    z = torch.randn(6, 5)
    assert game.sizes == [(3, 4), (6, 8), (13, 17)]
    for level in (1, 2):
        below = game.generator(z, level - 1, 1.0)
        grown = torch.nn.functional.interpolate(below, size=game.sizes[level])
        torch.testing.assert_close(game.generator(z, level, 0.0), grown)
        half, whole = game.generator(z, level, 0.5), game.generator(z, level, 1.0)
        torch.testing.assert_close(half, (grown + whole) / 2, rtol=1e-4, atol=1e-5)
        x = torch.rand(6, 3, *game.sizes[level])
        coarse = torch.nn.functional.adaptive_avg_pool2d(x, game.sizes[level - 1])
        scores = game.critic(coarse, level - 1, 1.0)
        torch.testing.assert_close(game.critic(x, level, 0.0), scores)


def test_phases_fade_in_and_settle() -> None:
    """Three levels: settle, fade, settle, fade, settle, a fifth of the rounds each."""
    game = progan.build((1, 16, 16), latent=3, width=4)
    growths = []
    for progress in (0.0, 0.19, 0.2, 0.3, 0.39, 0.4, 0.59, 0.6, 0.7, 0.8, 0.99, 1.0):
        game.progress = progress
        growths.append(game.growth)
    levels, alphas = zip(*growths, strict=True)
    assert levels == (0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2)
    assert alphas == pytest.approx([1, 1, 0, 0.5, 0.95, 1, 1, 0, 0.5, 1, 1, 1])


def test_real_images_fade_with_the_networks() -> None:
    """At alpha 0 each 2x2 block is its mean; at alpha 1/2 it is half-way there."""
    game, x = progan.build((1, 8, 8), latent=3, width=4), torch.rand(2, 1, 8, 8)
    means = x.unflatten(2, (4, 2)).unflatten(4, (4, 2)).mean((3, 5))
    blocks = means.repeat_interleave(2, 2).repeat_interleave(2, 3)
    for progress, expected in ((0.0, means), (1 / 3, blocks), (0.5, (x + blocks) / 2), (0.9, x)):
        game.progress = progress
        torch.testing.assert_close(game.real(x), 2 * expected - 1)
    game.progress = 0.0
    assert game.sample(3).shape == (3, 1, 8, 8)


def test_pixel_norm_gives_unit_mean_square() -> None:
    h = 9 * torch.randn(4, 6, 3, 3)
    out = PixelNorm()(h)
    torch.testing.assert_close(out.square().mean(1), torch.ones(4, 3, 3))
    torch.testing.assert_close(out / out[:, :1], h / h[:, :1], rtol=1e-3, atol=1e-3)


def test_equalised_layers_keep_the_variance_and_hide_the_scale() -> None:
    """Weights are N(0, 1) for Adam; at work they are divided by sqrt(fan_in / 2)."""
    layer = equalised(nn.Conv2d(8, 300, 3))
    original = layer.parametrizations.weight.original
    assert original.std().item() == pytest.approx(1, rel=0.03)
    torch.testing.assert_close(layer.weight, original * sqrt(2 / (8 * 9)))
    out = equalised(nn.Linear(400, 400), gain=1.0)(torch.randn(200, 400))
    assert out.var().item() == pytest.approx(1, rel=0.05)


def test_the_batchs_deviation_is_one_number_beside_the_features() -> None:
    h = torch.randn(5, 3, 2, 2)
    out = Deviation()(h)
    assert out.shape == (5, 4, 2, 2)
    by_hand = torch.stack([(one - h.mean(0)).square() for one in h]).mean(0).sqrt().mean()
    torch.testing.assert_close(out[:, 3], by_hand.expand(5, 2, 2), rtol=1e-4, atol=1e-6)
    assert Deviation()(h[:1].expand(4, -1, -1, -1))[:, 3].max() < 1e-3  # a collapsed batch


def test_progan_loss_of_a_linear_critic() -> None:
    """f(x) = w'x on one level: difference of means, 10 (|w| - 1)^2, and the drift."""
    game = progan.build((1, 4, 4), latent=3, width=4)
    w = 0.3 * torch.randn(16)
    game.scores = lambda x: x.flatten(1) @ w
    game.fake = lambda n: torch.zeros(n, 1, 4, 4)
    x = torch.rand(7, 1, 4, 4)
    scores = (2 * x - 1).flatten(1) @ w
    expected = -scores.mean() + 10 * (w.norm() - 1) ** 2 + 1e-3 * scores.square().mean()
    torch.testing.assert_close(game.critic_loss(Examples(x, torch.zeros(7))), expected)
    assert game.generator_loss(Examples(x, torch.zeros(7))).item() == 0


class Quadratic(nn.Module):
    """(x - centre)^2 / (2 variance), summed: p = exp(-E) is a Gaussian."""

    def __init__(self, centre: float, variance: float):
        super().__init__()
        self.centre = nn.Parameter(torch.tensor(centre))
        self.variance = variance

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.centre).square().sum(1) / (2 * self.variance)


def gaussian_energy(centre: float, variance: float, **settings: float) -> energy.Energy:
    game = energy.build((1,), width=4, **settings)
    game.energy = Quadratic(centre, variance)
    return game


@pytest.mark.parametrize(("step", "noise"), [(0.5, sqrt(0.5)), (1.0, 0.1)])
def test_langevin_on_a_quadratic_has_its_known_law(step: float, noise: float) -> None:
    """x' = c + a (x - c) + noise z with a = 1 - step / (2 v): variance noise^2 / (1 - a^2), which
    for noise^2 = step is v / (1 - step / (4 v)), and mean c."""
    variance = 0.6
    game = gaussian_energy(1.5, variance, step=step, noise=noise)
    a = 1 - step / (2 * variance)
    expected = noise**2 / (1 - a**2)
    if noise**2 == pytest.approx(step):
        assert expected == pytest.approx(variance / (1 - step / (4 * variance)))
    x = game.langevin(torch.zeros(50_000, 1), 60)
    assert x.mean().item() == pytest.approx(1.5, abs=0.02)
    assert x.var().item() == pytest.approx(expected, rel=0.03)
    assert not x.requires_grad


def test_energy_loss_has_the_likelihoods_gradient() -> None:
    """For p = N(c, v): d/dc of -log p(data) is (c - mean of data) / v, and the loss has it once its
    chains come from p."""
    game = gaussian_energy(0.4, 0.5, chains=100_000, negatives=100_000, weight=0.0)
    game.chains.copy_(0.4 + sqrt(0.5) * torch.randn(100_000, 1))
    x = torch.tensor([[1.0], [2.0], [-0.3]])
    loss = game.loss(Examples(x, torch.zeros(3)))
    (slope,) = torch.autograd.grad(loss, game.energy.centre)
    assert slope.item() == pytest.approx((0.4 - x.mean().item()) / 0.5, abs=0.01)


def test_squared_energies_are_weighed() -> None:
    game = gaussian_energy(0.0, 0.5, chains=2, negatives=2, weight=0.1)
    game.chains.copy_(torch.tensor([[1.0], [3.0]]))
    x = torch.tensor([[2.0], [0.0]])  # energies 4, 0; the chains' are 1, 9
    loss = game.loss(Examples(x, torch.zeros(2)))
    assert loss.item() == pytest.approx(2 - 5 + 0.1 * (8 + 41))


def test_the_chosen_chains_move_and_the_others_stay() -> None:
    game = gaussian_energy(0.0, 1.0, chains=50, negatives=20, restarts=0.0, steps=1)
    game.step, game.noise = 1.0, 0.0
    before = game.chains.clone()
    game.advance()
    moved = torch.zeros(50, dtype=torch.bool)
    moved[game.chosen] = True
    assert moved.sum() == 20
    torch.testing.assert_close(game.chains[moved], before[moved] / 2)
    assert game.chains[~moved].equal(before[~moved])


def test_some_chains_begin_anew() -> None:
    game = gaussian_energy(0.0, 1.0, chains=4000, negatives=4000, restarts=0.25, steps=0, scale=3.0)
    game.chains.fill_(9.0)
    game.advance()
    anew = game.chains[game.chains != 9.0]
    assert len(anew) / 4000 == pytest.approx(0.25, abs=0.03)
    assert anew.std().item() == pytest.approx(3, rel=0.1)
