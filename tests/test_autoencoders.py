"""Autoencoders against closed forms: principal components, known bounds, known layers."""

from math import log, pi

import pytest
import torch
from torch import Tensor, nn

from gbench.core.dataset import Batches, Examples
from gbench.core.train import adam, train
from gbench.generative import beta_vae, vae, vae_unit
from gbench.generative.shared.vae import VAE


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
