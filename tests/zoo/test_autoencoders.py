"""Autoencoders against closed forms: principal components, known bounds, known layers."""

from math import log, pi

import pytest
import torch
from torch import Tensor, nn

from gbench.core.batches import Batches
from gbench.core.train import adam, train
from gbench.zoo.models import beta_vae, dae_gaussian, dae_gmm, sae_gaussian, sae_gmm, vae, vae_unit
from gbench.zoo.shared.dataset import Examples
from gbench.zoo.shared.gaussian import Gaussian
from gbench.zoo.shared.stack import Stack
from gbench.zoo.shared.vae import VAE


def batch(x: Tensor) -> Examples:
    return Examples(x, torch.zeros(len(x), dtype=torch.long))


def loss_from(seed: int, game: VAE, x: Tensor) -> Tensor:
    """The loss with the code's noise drawn by the seed."""
    torch.manual_seed(seed)
    return game.loss(batch(x))


def test_unit_variance_is_half_the_squared_error_plus_the_rate() -> None:
    """The shortcut of many programs, but for the constant D/2 log 2 pi."""
    game, x = vae_unit.build((1, 8, 8), latent=3, width=4), torch.rand(6, 1, 8, 8)
    torch.manual_seed(7)
    mean, log_variance = game.posterior(x)
    normal = torch.distributions.Normal(mean, (log_variance / 2).exp())
    code = mean + normal.scale * torch.randn_like(mean)
    half_error = 0.5 * (game.decoder(code) - x).square().sum() / 6
    prior = torch.distributions.Normal(0.0, 1.0)
    rate = torch.distributions.kl_divergence(normal, prior).sum() / 6
    expected = half_error + rate + 32 * log(2 * pi)
    torch.testing.assert_close(loss_from(7, game, x), expected)
    assert len(game.players()["vae"].modules) == 2  # the variance does not move


@pytest.mark.parametrize(("variance", "kept"), [(0.7, 0.0), (4.0, 3.0)])
def test_unit_variance_drops_directions_that_vary_less(variance: float, kept: float) -> None:
    """The best linear decoder w of one-dimensional data has w^2 = max(variance - sigma^2, 0)
    (probabilistic PCA, Tipping and Bishop 1999), here with sigma = 1."""
    data = torch.randn(5000, 1)
    data = (data - data.mean()) / data.std() * variance**0.5
    game = VAE(nn.Linear(1, 2), nn.Linear(1, 1), latent=1, sigma=1.0, lr=1e-2)
    for _ in train(game, Batches(batch(data), 500, 0), adam(game), 800):
        pass
    assert game.decoder.weight.item() ** 2 == pytest.approx(kept, abs=0.25)


def test_beta_of_one_is_the_vae() -> None:
    x = torch.rand(5, 1, 8, 8)
    torch.manual_seed(1)
    plain = vae.build((1, 8, 8), latent=3, width=4)
    torch.manual_seed(1)
    one = beta_vae.build((1, 8, 8), beta=1.0, latent=3, width=4)
    assert loss_from(2, plain, x).equal(loss_from(2, one, x))


def test_beta_is_a_variance_in_disguise() -> None:
    """distortion(sigma^2) + beta rate = beta (distortion(beta sigma^2) + rate) + constant, so the
    gradients differ by the factor beta alone."""
    beta, sigma, x = 4.0, 0.5, torch.rand(5, 1, 8, 8)
    slopes = []
    for arguments in ({"beta": beta, "sigma": sigma}, {"beta": 1.0, "sigma": 2 * sigma}):
        torch.manual_seed(1)
        game = beta_vae.build((1, 8, 8), latent=3, width=4, **arguments)
        moved = [*game.encoder.parameters(), *game.decoder.parameters()]
        slopes.append(torch.autograd.grad(loss_from(2, game, x), moved))
    for weighted, plain in zip(*slopes, strict=True):
        torch.testing.assert_close(weighted, beta * plain, rtol=1e-4, atol=1e-5)


def stack(size: int, latent: int, *, layers: int = 1, masking: float = 0.0) -> Stack:
    """Of points; with one layer it is linear."""
    return Stack(
        (size,),
        Gaussian((latent,), components=0, ridge=0.0),
        latent=latent,
        width=5,
        layers=layers,
        pretraining=0.5,
        masking=masking,
        lr=1e-2,
    )


def correlated(n: int, size: int) -> tuple[Tensor, Tensor]:
    """Points of mean 0, and their covariance."""
    x = torch.randn(n, size) @ torch.randn(size, size)
    x = x - x.mean(0)
    return x, x.T @ x / n


def test_a_linear_autoencoder_finds_the_principal_components() -> None:
    """Its least error is half the variance in the directions that it has no code for."""
    x, covariance = correlated(512, 5)
    game = stack(5, 2)
    for _ in train(game, Batches(batch(x), 512, 0), adam(game), 1000):
        pass
    least = 0.5 * torch.linalg.eigvalsh(covariance)[:-2].sum()
    assert game.loss(batch(x)).item() == pytest.approx(least.item(), rel=0.02)


def test_a_linear_denoiser_finds_the_best_one() -> None:
    """Regressing x on its masked self: with a share p of 0, E[x x'] = (1 - p) C and
    E[x' x'] = (1 - p)^2 C + p (1 - p) diag C, whose quotient is the best map."""
    p, (x, covariance) = 0.4, correlated(2000, 3)
    game = stack(3, 3, masking=p)
    for _ in train(game, Batches(batch(x), 1000, 0), adam(game), 1500):
        pass
    layer = game.layers[0]
    learned = layer.decoder.weight @ layer.encoder[0].weight
    best = covariance @ ((1 - p) * covariance + p * covariance.diagonal().diag()).inverse()
    torch.testing.assert_close(learned, best, rtol=0.1, atol=0.1)


def test_a_stack_by_hand() -> None:
    """Three layers: sigmoid, sigmoid, linear, and back; a Bernoulli's log-likelihood on images."""
    game = sae_gaussian.build((1, 2, 3), latent=2, width=4)
    x = torch.rand(7, 1, 2, 3)
    code, (one, two, three) = x.reshape(7, 6), game.layers
    sizes = [(6, 4), (4, 4), (4, 2)]
    assert [(a.encoder[0].in_features, a.decoder.in_features) for a in game.layers] == sizes
    for layer in (one, two):
        code = torch.sigmoid(layer.encoder[0](code))
    code = three.encoder[0](code)
    torch.testing.assert_close(game.encode(x), code)
    y = torch.sigmoid(one.decoder(torch.sigmoid(two.decoder(torch.sigmoid(three.decoder(code))))))
    torch.testing.assert_close(game.decode(code), y.reshape(7, 1, 2, 3))
    flat = x.reshape(7, 6)
    likelihood = flat * y.log() + (1 - flat) * (1 - y).log()
    torch.testing.assert_close(game.loss(batch(x)), -likelihood.sum() / 7)


def test_a_layer_that_reconstructs_one_half() -> None:
    """Cross-entropy log 2 an input, whatever the input: of pixels, and of the codes above."""
    game = sae_gmm.build((1, 2, 3), latent=2, width=4)
    for layer in game.layers:
        nn.init.zeros_(layer.decoder.weight)
        nn.init.zeros_(layer.decoder.bias)
    x = batch(torch.rand(7, 1, 2, 3))
    errors = [game.layer_loss(i, x).item() for i in range(3)]
    assert errors == pytest.approx([6 * log(2), 4 * log(2), 4 * log(2)], rel=1e-5)


def test_layers_learn_one_by_one_and_then_together() -> None:
    game = sae_gaussian.build((4,), latent=2, width=3, layers=2, pretraining=0.5)
    batches = Batches(batch(torch.randn(20, 4)), 10, 0)
    moved, before = [], [[p.clone() for p in layer.parameters()] for layer in game.layers]
    for _ in train(game, batches, adam(game), 8):
        now = [[p.clone() for p in layer.parameters()] for layer in game.layers]
        pairs = zip(before, now, strict=True)
        moved.append([not all(map(torch.equal, old, new)) for old, new in pairs])
        before = now
    assert moved == [[True, False]] * 2 + [[False, True]] * 2 + [[True, True]] * 4


@pytest.mark.parametrize("model", [dae_gmm, sae_gmm])
def test_the_step_size_falls_over_all_rounds(model: object) -> None:
    """Adam's first step moves a bias by the step size, and who starts in round r of 9 has
    1 - (r - 1) / 8 of it: the layers start in rounds 1 and 4, the whole in round 6."""
    arguments = {"latent": 2, "width": 3, "layers": 2, "pretraining": 0.5, "components": 1}
    game = model.build((4,), **arguments, lr=0.1, lr_end=0.0)
    batches = Batches(batch(torch.randn(20, 4)), 10, 0)
    steps, before = [], [layer.decoder.bias.detach().clone() for layer in game.layers]
    for _ in train(game, batches, adam(game), 9):
        now = [layer.decoder.bias.detach().clone() for layer in game.layers]
        steps.append([(b - a).abs().max().item() for a, b in zip(before, now, strict=True)])
        before = now
    assert steps[0] == pytest.approx([0.1, 0], abs=1e-4)
    assert steps[3] == pytest.approx([0, 0.1 * 5 / 8], abs=1e-4)
    assert steps[5] == pytest.approx([0.1 * 3 / 8] * 2, abs=1e-4)
    assert steps[8] == [0, 0]


@pytest.mark.parametrize("model", [dae_gaussian, dae_gmm])
def test_masking_noise_drops_a_share_and_leaves_the_rest(model: object) -> None:
    game, x = model.build((1, 8, 8), masking=0.3), 1 + torch.rand(400, 64)
    masked = game.corrupt(x)
    dropped = masked == 0
    assert dropped.float().mean().item() == pytest.approx(0.3, abs=0.015)
    assert masked[~dropped].equal(x[~dropped])
    assert sae_gaussian.build((1, 8, 8)).corrupt(x).equal(x)


def test_samples_are_decoded_draws_from_the_density_of_the_codes() -> None:
    game, x = dae_gaussian.build((2,), latent=2, width=4), torch.randn(300, 2)
    game.fit(x, 0)
    codes = game.encode(x).detach()
    torch.testing.assert_close(game.density.mean, codes.mean(0))
    covariance = game.density.factor @ game.density.factor.T
    torch.testing.assert_close(covariance, torch.cov(codes.T, correction=0), rtol=1e-2, atol=1e-5)
    torch.manual_seed(3)
    drawn = game.sample(50)
    torch.manual_seed(3)
    assert drawn.equal(game.decode(game.density.sample(50)))
