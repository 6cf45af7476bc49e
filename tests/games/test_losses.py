"""Criteria, terms and likelihoods against closed forms."""

from math import log, pi

import pytest
import torch
from torch import Tensor, nn

from gbench.core.files import UserError
from gbench.games import nets
from gbench.games.nets import mlp
from gbench.games.nets.critic import Critic, Mixing, each
from gbench.games.two_player.criteria import Minimax, NonSaturating, Wasserstein
from gbench.games.two_player.terms import GradientPenalty
from gbench.zoo.models import gan, gaussian, gmm, vae
from gbench.zoo.shared.dataset import Examples


def test_minimax_at_equilibrium_is_two_log_two() -> None:
    """D = 1/2 everywhere: V = -log 4 (Goodfellow et al. 2014, theorem 1)."""
    zero = torch.zeros(5)
    assert Minimax().critic(zero, zero).item() == pytest.approx(log(4), abs=1e-6)
    assert Minimax().generator(zero).item() == pytest.approx(-log(2), abs=1e-6)
    assert NonSaturating().generator(zero).item() == pytest.approx(log(2), abs=1e-6)


def test_criteria_are_the_cross_entropies_of_d() -> None:
    real, fake = torch.tensor([0.3, -1.2]), torch.tensor([2.0, 0.1])
    d_real, d_fake = real.sigmoid(), fake.sigmoid()
    critic = -(d_real.log().mean() + (1 - d_fake).log().mean())
    assert torch.allclose(Minimax().critic(real, fake), critic)
    assert torch.allclose(NonSaturating().critic(real, fake), critic)
    assert torch.allclose(Minimax().generator(fake), (1 - d_fake).log().mean())
    assert torch.allclose(NonSaturating().generator(fake), -d_fake.log().mean())


def test_minimax_saturates_where_the_other_does_not() -> None:
    """At D(G(z)) -> 0 the slope is -D -> 0 for minimax, and -(1 - D) -> -1 for the other."""
    for criterion, slope in ((Minimax(), -0.0), (NonSaturating(), -1.0)):
        score = torch.tensor([-20.0], requires_grad=True)
        criterion.generator(score).backward()
        assert score.grad is not None
        assert score.grad.item() == pytest.approx(slope, abs=1e-6)


def test_wasserstein_of_a_linear_critic_is_the_shift() -> None:
    """For f(x) = x, and fakes that lie 3 below: E f(real) - E f(fake) = 3."""
    real = torch.randn(50)
    assert Wasserstein().critic(real, real - 3).item() == pytest.approx(-3, abs=1e-5)
    assert Wasserstein().generator(real).item() == pytest.approx(-real.mean().item(), abs=1e-6)


class Linear(nn.Module):
    independent = True

    def __init__(self, w: Tensor):
        super().__init__()
        self.w = w

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1) @ self.w


@pytest.mark.parametrize("batch", [1, 4, 64])
@pytest.mark.parametrize("norm", [0.0, 1.0, 3.0])
def test_gradient_penalty_of_a_linear_critic(batch: int, norm: float) -> None:
    """f(x) = w'x has slope w everywhere: weight (|w| - 1)^2, whatever the batch."""
    w = torch.randn(12)
    critic = Linear(w / w.norm() * norm)
    real, fake = torch.randn(batch, 3, 2, 2), torch.randn(batch, 3, 2, 2)
    value = GradientPenalty(10.0)(critic, real, fake).item()
    assert value == pytest.approx(10 * (norm - 1) ** 2, abs=1e-4)


def test_gradient_penalty_takes_points_between_real_and_fake() -> None:
    """f(x) = x^2 / 2 has slope x: with real 0 and fake 1, E (t - 1)^2 = 1/3 for uniform t."""

    class Half(nn.Module):
        independent = True

        def forward(self, x: Tensor) -> Tensor:
            return x.square().sum(1) / 2

    n = 20_000
    value = GradientPenalty(1.0)(Half(), torch.zeros(n, 1), torch.ones(n, 1)).item()
    assert value == pytest.approx(1 / 3, abs=0.01)


def test_gradient_penalty_refuses_batch_norm() -> None:
    critic = nets.critic((1, 8, 8), 4, "radford")
    with pytest.raises(UserError, match="without batch norm"):
        GradientPenalty(10.0)(critic, torch.rand(2, 1, 8, 8), torch.rand(2, 1, 8, 8))


@pytest.mark.parametrize("shape", [(1, 8, 8), (3,)])
@pytest.mark.parametrize("kind", ["convolutional", "dense", "radford"])
def test_real_and_fake_are_scored_as_if_apart(shape: tuple[int, ...], kind: nets.Kind) -> None:
    """In one pass, with the values, slopes and running statistics of batch norm of two."""
    game = gan.build(shape, width=4)
    game.critic, alone = nets.critic(shape, 4, kind), nets.critic(shape, 4, kind)
    alone.load_state_dict(game.critic.state_dict())
    assert game.critic.independent == (kind != "radford")
    real, fake = torch.rand(6, *shape), 2 + torch.rand(4, *shape)
    passes = []
    game.critic.trunk.register_forward_hook(lambda *_: passes.append(1))
    together, apart = game.scores(real, fake), (alone(real), alone(fake))
    assert len(passes) == 1
    for one, other in zip(together, apart, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
        one.square().sum().backward(retain_graph=True)
        other.square().sum().backward()
    for one, other in zip(game.critic.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(game.critic.state_dict(), alone.state_dict())
    x = torch.cat([real, fake])
    torch.testing.assert_close(game.critic(x), alone(x))  # the batch is one again


def test_a_layer_that_mixes_a_batch_sees_one_batch_at_a_time() -> None:
    class Mean(Mixing):
        def forward(self, h: Tensor) -> Tensor:
            return h - h.mean(0)

    critic = Critic(mlp.Trunk([Mean()], 2), nn.Linear(2, 1))
    real, fake = torch.rand(6, 2), 2 + torch.rand(4, 2)
    for found, x in zip(each(critic, real, fake), (real, fake), strict=True):
        torch.testing.assert_close(found, critic(x))


def test_vae_bound_of_a_decoder_that_ignores_its_code() -> None:
    """Constant decoder c, posterior = prior: the bound is tight, -log N(x; c, sigma^2 I)."""
    game = vae.build((3,), latent=2, width=4, sigma=0.5)
    with torch.no_grad():
        for part in (game.encoder, game.decoder):
            for parameter in part.parameters():
                parameter.zero_()
        game.decoder[-1].bias.fill_(0.2)
    x = torch.tensor([[0.1, 0.7, -1.0]])
    error = (x - 0.2).square().sum().item()
    expected = error / (2 * 0.25) + 3 * (log(0.5) + 0.5 * log(2 * pi))
    assert game.loss(Examples(x, torch.zeros(1))).item() == pytest.approx(expected, rel=1e-5)


def test_vae_rate_is_the_divergence_of_gaussians() -> None:
    """KL(N(m, s^2) || N(0, 1)) by torch.distributions, summed over the code."""
    game = vae.build((3,), latent=2, width=4, sigma=1.0)
    with torch.no_grad():
        for parameter in [*game.encoder.parameters(), *game.decoder.parameters()]:
            parameter.zero_()
        game.encoder[-1].bias.copy_(torch.tensor([0.5, -1.0, 0.3, -0.7]))
    x = torch.zeros(1, 3)
    spread = (torch.tensor([0.3, -0.7]) / 2).exp()
    normal = torch.distributions.Normal
    posterior = normal(torch.tensor([0.5, -1.0]), spread)
    rate = torch.distributions.kl_divergence(posterior, normal(0.0, 1.0)).sum().item()
    loss = game.loss(Examples(x, torch.zeros(1))).item()
    assert loss - 1.5 * log(2 * pi) == pytest.approx(rate, rel=1e-5)


def test_learned_sigma_settles_at_the_error() -> None:
    """The best sigma^2 is the mean squared error: here every decoder output is 0."""
    game = vae.build((400,), latent=2, width=4)
    with torch.no_grad():
        for parameter in [*game.encoder.parameters(), *game.decoder.parameters()]:
            parameter.zero_()
        game.log_sigma.fill_(log(0.3))
    x = 0.3 * torch.randn(200, 400)
    slope = torch.autograd.grad(game.loss(Examples(x, torch.zeros(200))), game.log_sigma)[0]
    assert slope.item() / 400 == pytest.approx(0, abs=0.02)


def test_gan_loss_keyword_chooses_the_criterion() -> None:
    assert type(gan.build((2,), loss="minimax").criterion) is Minimax
    assert type(gan.build((2,)).criterion) is NonSaturating


def test_gaussian_density_and_samples() -> None:
    mixing = torch.tensor([[1.0, 0.0, 0.0], [0.5, 2.0, 0.0], [0.0, 0.3, 0.1]])
    x = torch.randn(4000, 3) @ mixing.T + torch.tensor([1.0, 2.0, 3.0])
    model = gaussian.build((3,), ridge=0.0)
    model.fit(x, 0)
    covariance = torch.cov(x.T.double(), correction=0)
    known = torch.distributions.MultivariateNormal(x.double().mean(0), covariance)
    expected = known.log_prob(x[:9].double())
    assert torch.allclose(model.log_prob(x[:9]), expected, rtol=1e-3, atol=1e-3)
    drawn = model.sample(40_000)
    assert torch.allclose(drawn.mean(0), x.mean(0), atol=0.06)
    assert torch.allclose(torch.cov(drawn.T), covariance.float(), atol=0.15)


def test_low_rank_gaussian_is_probabilistic_pca() -> None:
    """Tipping and Bishop: the smallest D - q eigenvalues are replaced by their mean."""
    x = torch.randn(500, 6) * torch.tensor([3.0, 2.0, 1.0, 0.5, 0.4, 0.3])
    model = gaussian.build((6,), components=2, ridge=0.0)
    model.fit(x, 0)
    values = torch.linalg.eigvalsh((model.factor @ model.factor.T).double())
    true = torch.linalg.eigvalsh(torch.cov(x.T.double(), correction=0))
    assert torch.allclose(values[-2:], true[-2:], rtol=1e-4)
    assert torch.allclose(values[:4], true[:4].mean().expand(4), rtol=1e-4)


def test_mixture_density_is_scikit_learns() -> None:
    from sklearn.mixture import GaussianMixture

    x = torch.cat([torch.randn(300, 2) - 3, 0.5 * torch.randn(300, 2) + 2])
    model = gmm.build((2,), components=2, ridge=1e-6)
    model.fit(x, 0)
    peer = GaussianMixture(2, reg_covar=1e-6, random_state=0).fit(x.double().numpy())
    expected = torch.from_numpy(peer.score_samples(x.double().numpy()))
    assert torch.allclose(model.log_prob(x), expected, atol=1e-3)


def test_mixture_on_principal_components_keeps_density_and_variance() -> None:
    """One component on P principal components is probabilistic PCA."""
    x = torch.randn(3000, 5) * torch.tensor([3.0, 2.0, 0.5, 0.5, 0.5])
    model = gmm.build((5,), components=1, pca=2, ridge=1e-9)
    model.fit(x, 0)
    peer = gaussian.build((5,), components=2, ridge=0.0)
    peer.fit(x, 0)
    assert torch.allclose(model.log_prob(x[:50]), peer.log_prob(x[:50]), atol=2e-2)
    assert torch.allclose(model.sample(20_000).var(0), x.var(0), rtol=0.08)
