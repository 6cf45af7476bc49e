"""Divergences, and the games that descend them, against closed forms and numeric integration."""

from collections.abc import Callable
from itertools import combinations, product
from math import exp, log, pi, sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.stats import norm
from torch import Tensor, nn
from torch.autograd import grad

from gbench.core import plugin
from gbench.core.batches import Batches
from gbench.core.game import Unsuitable
from gbench.core.train import adam, train
from gbench.games.nets.critic import Critic
from gbench.games.nets.mlp import Trunk
from gbench.games.two_player import divergences
from gbench.games.two_player.boundary import (
    BoundarySeeking,
    DiscreteBoundarySeeking,
    draw,
    log_likelihood,
    weights,
)
from gbench.games.two_player.criteria import Minimax, NonSaturating, Wasserstein
from gbench.games.two_player.divergences import Divergence, Variational
from gbench.games.two_player.energy import Autoencoder, EnergyMargin, PullingAway
from gbench.games.two_player.least_squares import LeastSquares
from gbench.games.two_player.ranking import Margin
from gbench.params import read
from gbench.zoo.models import bgan_discrete, ebgan, ebgan_pt, gogan, lsgan, minimax_gan, wgan
from gbench.zoo.shared.dataset import Examples


class Known(NamedTuple):
    """What theory says of a divergence: f of u = p / q, and the score whose T is f'(u)."""

    game: Divergence
    f: Callable[[Tensor], Tensor]
    best: Callable[[Tensor], Tensor]


KNOWN = {
    "kl": Known(divergences.KL, lambda u: u * u.log(), lambda u: 1 + u.log()),
    "reverse_kl": Known(divergences.REVERSE_KL, lambda u: -u.log(), torch.log),
    "pearson": Known(divergences.PEARSON, lambda u: (u - 1) ** 2, lambda u: 2 * (u - 1)),
    "neyman": Known(
        divergences.NEYMAN, lambda u: (1 - u) ** 2 / u, lambda u: -torch.expm1(1 / u).log()
    ),
    "hellinger": Known(divergences.HELLINGER, lambda u: (u.sqrt() - 1) ** 2, lambda u: u.log() / 2),
    "js": Known(
        divergences.JENSEN_SHANNON,
        lambda u: u * u.log() - (u + 1) * ((u + 1) / 2).log(),
        torch.log,
    ),
    "gan": Known(
        divergences.GOODFELLOW, lambda u: u * u.log() - (u + 1) * (u + 1).log(), torch.log
    ),
}
every_divergence = pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)

LINE = torch.linspace(-9, 9, 3001, dtype=torch.double)


def normal(x: Tensor, mean: float | Tensor, deviation: float | Tensor) -> Tensor:
    return (-(((x - mean) / deviation) ** 2) / 2).exp() / (deviation * sqrt(2 * pi))


def integral(values: Tensor) -> Tensor:
    return torch.trapezoid(values, LINE)


def quantiles(n: int) -> Tensor:
    """A standard normal law as n points of equal weight."""
    return torch.from_numpy(norm.ppf((np.arange(n) + 0.5) / n))


@every_divergence
def test_conjugate_is_the_greatest_gap(known: Known) -> None:
    """f*(t) = sup_u (u t - f(u)), by search over u > 0; Pearson's, below v = -2, over all u."""
    u = torch.logspace(-9, 9, 400_001, dtype=torch.double)
    v = torch.tensor([-1.9, -1.0, -0.2, 0.0, 0.7, 2.0], dtype=torch.double)
    t = known.game.activation(v)
    searched = torch.stack([(u * t_ - known.f(u)).max() for t_ in t])
    torch.testing.assert_close(known.game.conjugate(v), searched, rtol=1e-5, atol=1e-5)


@every_divergence
def test_the_best_score_gives_the_slope_of_f(known: Known) -> None:
    u = torch.logspace(-2, 2, 41, dtype=torch.double, requires_grad=True)
    (slope,) = grad(known.f(u).sum(), u)
    torch.testing.assert_close(known.game.activation(known.best(u.detach())), slope)


@every_divergence
def test_the_bound_is_tight_at_the_best_score_and_lower_elsewhere(known: Known) -> None:
    """For N(0.4, 1.1) and N(0, 1), the divergence by numeric integration."""
    fake = quantiles(200_000)
    real = 0.4 + 1.1 * fake

    def score(x: Tensor) -> Tensor:
        return known.best(normal(x, 0.4, 1.1) / normal(x, 0.0, 1.0))

    p, q = normal(LINE, 0.4, 1.1), normal(LINE, 0.0, 1.0)
    divergence = integral(q * known.f(p / q)).item()
    criterion = Variational(known.game)
    bound = -criterion.critic(score(real), score(fake)).item()
    assert bound == pytest.approx(divergence, abs=1e-3)
    for off in (-0.3, 0.3):
        assert -criterion.critic(score(real) + off, score(fake) + off).item() < bound - 0.01


def test_known_divergences_of_two_gaussians() -> None:
    """The f above are the divergences that they are called: closed forms for N(m, 1), N(0, 1)."""
    m = 0.8
    p, q = normal(LINE, m, 1.0), normal(LINE, 0.0, 1.0)
    values = {name: integral(q * known.f(p / q)).item() for name, known in KNOWN.items()}
    for name in ("kl", "reverse_kl"):
        assert values[name] == pytest.approx(m**2 / 2, abs=1e-6)
    for name in ("pearson", "neyman"):
        assert values[name] == pytest.approx(exp(m**2) - 1, abs=1e-6)
    assert values["hellinger"] == pytest.approx(2 - 2 * exp(-(m**2) / 8), abs=1e-6)
    mixed = (p + q) / 2
    js = (integral(p * (p / mixed).log()) + integral(q * (q / mixed).log())).item() / 2
    assert values["js"] == pytest.approx(2 * js, abs=1e-6)
    assert values["gan"] == pytest.approx(2 * js - log(4), abs=1e-6)


def mixture(x: Tensor) -> Tensor:
    return 0.7 * normal(x, -1.0, 1.0) + 0.3 * normal(x, 1.5, 1.0)


@every_divergence
def test_the_game_fits_a_gaussian_to_a_mixture(known: Known) -> None:
    """Nowozin et al., section 2.5: against the best critic the game ends at the divergence's least.

    That is searched for by numeric integration and Nelder and Mead's method.
    """

    def exact(theta: np.ndarray) -> float:
        q = normal(LINE, theta[0], exp(theta[1]))
        return integral(q * known.f(mixture(LINE) / q)).item()

    start = [0.0, 0.3]
    expected = minimize(exact, start, method="Nelder-Mead").x
    z, real = quantiles(10_000), LINE[:1]
    theta = torch.tensor(start, dtype=torch.double, requires_grad=True)
    descent = torch.optim.Adam([theta], lr=0.03, betas=(0.8, 0.99))
    for _ in range(250):
        frozen = theta.detach()

        def score(x: Tensor, frozen: Tensor = frozen) -> Tensor:
            q = normal(x, frozen[0], frozen[1].exp())
            return known.best(mixture(x) / q)

        fake = theta[0] + theta[1].exp() * z
        loss = -Variational(known.game).critic(score(real), score(fake))  # a zero-sum game
        descent.zero_grad()
        loss.backward()
        descent.step()
    # Neyman's weights q / p grow in the tails, of which the points of equal weight see too little.
    close = 0.015 if known.game is divergences.NEYMAN else 0.001
    assert theta.detach().numpy() == pytest.approx(expected, abs=close)
    if known.game is divergences.KL:  # the moments: -0.25 and 1 + 0.7 * 0.3 * 2.5^2
        assert expected == pytest.approx([-0.25, log(2.3125) / 2], abs=1e-3)


def test_the_practical_generator_against_the_best_critic_of_kl_descends_reverse_kl() -> None:
    """E_Q T* = 1 + E_Q log(p / q), whose slope through the samples is that of -KL(Q || P)."""
    theta = torch.tensor([0.3, 0.2], dtype=torch.double, requires_grad=True)
    frozen, z = theta.detach(), quantiles(20_000)
    fake = theta[0] + theta[1].exp() * z
    ratio = mixture(fake) / normal(fake, frozen[0], frozen[1].exp())
    loss = Variational(divergences.KL).generator(KNOWN["kl"].best(ratio))
    q = normal(LINE, theta[0], theta[1].exp())
    reverse = integral(q * (q / mixture(LINE)).log())
    ours, theirs = (grad(value, theta)[0] for value in (loss, reverse))
    torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-3)


def test_two_of_the_games_are_the_non_saturating_one() -> None:
    """Exactly for Goodfellow's, up to constants for Jensen-Shannon's."""
    real, fake = torch.tensor([0.3, -30.0, 2.0]), torch.tensor([-1.0, 0.5, 40.0])
    known = NonSaturating()
    for divergence, shift in ((divergences.GOODFELLOW, 0.0), (divergences.JENSEN_SHANNON, log(2))):
        game = Variational(divergence)
        critic = known.critic(real, fake) - 2 * shift
        torch.testing.assert_close(game.critic(real, fake), critic)
        torch.testing.assert_close(game.generator(fake), known.generator(fake) - shift)


def test_losses_of_sure_critics_are_finite() -> None:
    """f* of a rounded activation would not be: for GAN, -log(1 - D) at D = 1."""
    score = torch.tensor([-40.0, 40.0])
    for known in KNOWN.values():
        assert known.game.activation(score).isfinite().all()
        assert known.game.conjugate(score).isfinite().all()


def test_least_squares_by_hand() -> None:
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([0.0, 2.0])
    criterion = lsgan.build((2,), width=4).criterion
    assert criterion.critic(real, fake).item() == pytest.approx((4 / 2 + 4 / 2) / 2)
    assert criterion.generator(fake).item() == pytest.approx((1 + 1) / 2 / 2)


def test_least_squares_best_critic_is_the_weighted_label() -> None:
    """Mao et al. 2017: D* = (b p + a q) / (p + q), by Newton's step at each of three points."""
    p, q = torch.tensor([0.2, 0.5, 0.3]), torch.tensor([0.6, 0.1, 0.3])
    criterion = LeastSquares(-1.0, 1.0, 0.0)
    scores = torch.zeros(3, requires_grad=True)
    of_real, of_fake = (scores.repeat_interleave((law * 10).round().int()) for law in (p, q))
    (slope,) = grad(criterion.critic(of_real, of_fake), scores, create_graph=True)
    curvature = grad(slope.sum(), scores)[0]
    best = -slope / curvature  # a quadratic's least point, from 0
    torch.testing.assert_close(best.detach(), (p - q) / (p + q))


def test_least_squares_is_pearsons_divergence() -> None:
    """Mao et al. 2017, b - c = 1 and b - a = 2: twice the game at D* is chi^2(p + q || 2q).

    That is the integral of (2q - (p + q))^2 / (p + q).
    """
    a, b, c = -1.0, 1.0, 0.0
    z = quantiles(100_000)

    def best(x: Tensor) -> Tensor:
        p, q = normal(x, 0.4, 1.0), normal(x, 0.0, 1.2)
        return (b * p + a * q) / (p + q)

    criterion = LeastSquares(a, b, c)
    game = criterion.generator(best(0.4 + z)) + criterion.generator(best(1.2 * z))
    p, q = normal(LINE, 0.4, 1.0), normal(LINE, 0.0, 1.2)
    chi = integral((2 * q - (p + q)) ** 2 / (p + q)).item()
    assert 2 * game.item() == pytest.approx(chi, abs=1e-4)


def test_minimax_gan_is_zero_sum() -> None:
    criterion = minimax_gan.build((2,), width=4).criterion
    assert type(criterion) is Minimax
    fake, real = torch.randn(5), torch.randn(5)
    fake.requires_grad_()
    of_critic = grad(criterion.critic(real, fake), fake)[0]
    assert grad(criterion.generator(fake), fake)[0].equal(-of_critic)


def test_wgan_clips_its_critic_alone_after_each_step() -> None:
    game = wgan.build((2,), width=8, bound=0.02, lr=0.5)
    assert type(game.criterion) is Wasserstein
    assert game.players()["critic"].steps == 5
    data = Examples(torch.randn(40, 2), torch.zeros(40))
    for _ in train(game, Batches(data, 8, 0), adam(game), 1):
        pass
    critic = torch.cat([parameter.flatten() for parameter in game.critic.parameters()])
    assert critic.abs().max().item() == pytest.approx(0.02, rel=1e-6)
    generator = torch.cat([parameter.flatten() for parameter in game.generator.parameters()])
    assert generator.abs().max().item() > 0.2


def test_a_clipped_critic_is_lipschitz() -> None:
    """|f(x) - f(y)| <= |W3|_F |W2|_F |W1|_F |x - y| with weights at most c: c^3 w sqrt(2 w w)."""
    game, width, c = wgan.build((2,), width=8, bound=0.1), 8, 0.1
    game.players()["critic"].after_step()
    x, y = torch.randn(500, 2), torch.randn(500, 2)
    slopes = (game.critic(x) - game.critic(y)).abs() / (x - y).norm(dim=1)
    assert 0 < slopes.max().item() <= c**3 * width**2 * sqrt(2)


def test_boundary_seeking_generator_by_hand() -> None:
    """Half of (log D - log(1 - D))^2, and nothing to gain at D = 1/2."""
    d = torch.tensor([0.2, 0.9])
    expected = (d.log() - (1 - d).log()).square().mean() / 2
    torch.testing.assert_close(BoundarySeeking().generator(d.logit()), expected)
    score = torch.zeros(3, requires_grad=True)
    assert grad(BoundarySeeking().generator(score), score)[0].abs().max() == 0


BITS = torch.tensor([*product([0.0, 1.0], repeat=4)]).view(16, 1, 2, 2)  # all 2x2 binary images


class Score(Critic):
    """Any score of a 2x2 binary image: one number for each of the 16."""

    def __init__(self, scores: Tensor):
        super().__init__(Trunk([nn.Flatten()], 4))
        self.scores = scores

    def forward(self, x: Tensor) -> Tensor:
        place = torch.tensor([8, 4, 2, 1])
        return self.scores[(x.flatten(1).long() * place).sum(1)]


class Product(nn.Module):
    """One law for all codes: independent bits with these log-odds [1, 2, 2]."""

    def __init__(self, logits: Tensor):
        super().__init__()
        self.logits = nn.Parameter(logits)

    def forward(self, z: Tensor) -> Tensor:
        return self.logits.sigmoid().expand(len(z), 1, 2, 2)


def discrete(scores: Tensor, logits: Tensor, draws: int) -> DiscreteBoundarySeeking:
    return DiscreteBoundarySeeking(
        Product(logits), Score(scores), draws=draws, latent=1, lr=1e-3, betas=(0.5, 0.999)
    )


def codes(n: int) -> Examples:
    return Examples(torch.zeros(n, 1, 2, 2), torch.zeros(n))


def test_importance_weights_are_the_normalised_odds() -> None:
    d = torch.tensor([[0.2, 0.5], [0.9, 0.5], [0.5, 0.5]])
    odds = d / (1 - d)
    torch.testing.assert_close(weights(d.logit()), odds / odds.sum(0))


def test_log_likelihood_of_bits_is_torch_distributions() -> None:
    probability = torch.rand(3, 1, 2, 2)
    bits = draw(probability.expand(5, 3, 1, 2, 2))
    assert set(bits.unique().tolist()) <= {0.0, 1.0}
    known = torch.distributions.Bernoulli(probability).log_prob(bits).sum((2, 3, 4))
    torch.testing.assert_close(log_likelihood(probability, bits), known, rtol=1e-4, atol=1e-4)
    assert log_likelihood(bits[0], bits).isfinite().all()


def test_drawn_bits_have_their_probabilities() -> None:
    probability = torch.tensor([0.0, 0.1, 0.5, 1.0])
    drawn = draw(probability.expand(40_000, 4)).mean(0)
    torch.testing.assert_close(drawn, probability, atol=0.01, rtol=0)


def test_policy_gradient_is_the_one_by_enumeration() -> None:
    """With many draws: -sum_x p~(x) grad log g(x), p~ = w g / sum w g, over all 16 images."""
    torch.manual_seed(0)
    scores, logits = torch.randn(16), torch.randn(1, 2, 2)
    game = discrete(scores, logits.clone(), draws=1000)
    (slope,) = grad(game.generator_loss(codes(200)), game.generator.logits)
    law = log_likelihood(logits.sigmoid(), BITS[:, None]).squeeze(1).softmax(0)  # g sums to 1
    target = law * scores.exp() / (law * scores.exp()).sum()
    expected = -(target[:, None, None, None] * (BITS - logits.sigmoid())).sum(0)
    torch.testing.assert_close(slope, expected, atol=0.01, rtol=0)


def test_policy_gradient_at_the_best_critic_is_that_of_the_divergence() -> None:
    """exp(score) = p / g: the generator descends KL(p || g), whose slope is E_g x - E_p x."""
    torch.manual_seed(0)
    logits, p = torch.randn(1, 2, 2), torch.rand(16).softmax(0)
    g = log_likelihood(logits.sigmoid(), BITS[:, None]).squeeze(1).exp()
    game = discrete((p / g).log(), logits.clone(), draws=1000)
    (slope,) = grad(game.generator_loss(codes(200)), game.generator.logits)
    expected = logits.sigmoid() - (p[:, None, None, None] * BITS).sum(0)
    torch.testing.assert_close(slope, expected, atol=0.01, rtol=0)


def test_policy_gradient_of_an_undecided_critic_has_mean_zero() -> None:
    """D = 1/2: all weights are 1 / M, and the score function's mean is 0."""
    torch.manual_seed(0)
    game = discrete(torch.zeros(16), torch.randn(1, 2, 2), draws=5)
    (slope,) = grad(game.generator_loss(codes(40_000)), game.generator.logits)
    torch.testing.assert_close(slope, torch.zeros(1, 2, 2), atol=0.005, rtol=0)


def test_discrete_data_are_bits_whose_mean_is_the_grey_image() -> None:
    game = bgan_discrete.build((1, 4, 4), width=4, latent=2)
    x = torch.rand(1, 1, 4, 4)
    real = game.real(Examples(x.expand(40_000, 1, 4, 4), torch.zeros(1)))
    assert set(real.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(real.mean(0, keepdim=True), x, atol=0.015, rtol=0)
    assert len(game.sample(50).unique()) > 2  # probabilities, not bits
    with pytest.raises(Unsuitable, match="bits"):
        bgan_discrete.build((2,))


def test_an_importance_weight_is_that_of_one_image_whatever_the_others() -> None:
    game, bits = bgan_discrete.build((1, 8, 8), width=4, latent=2).train(), torch.rand(6, 1, 8, 8)
    torch.testing.assert_close(game.critic(bits)[2:3], game.critic(bits[2:3]))


def test_energy_margin_by_hand() -> None:
    """Real energies as they are; fakes only as far as they fall short of the margin."""
    criterion, real, fake = EnergyMargin(1.0), torch.tensor([0.5, 1.5]), torch.tensor([0.25, 3.0])
    assert criterion.critic(real, fake).item() == pytest.approx(1.0 + 0.75 / 2)
    assert criterion.generator(fake).item() == pytest.approx(3.25 / 2)


def test_energy_is_the_reconstruction_error() -> None:
    """An encoder that keeps 2 of 3 coordinates loses the square of the third, over 3."""
    encoder, decoder = nn.Linear(3, 2, bias=False), nn.Linear(2, 3, bias=False)
    with torch.no_grad():
        encoder.weight.copy_(torch.eye(3)[:2])
        decoder.weight.copy_(torch.eye(3)[:, :2])
    critic = Autoencoder(Trunk([encoder], 2), decoder)
    x = torch.randn(5, 3)
    torch.testing.assert_close(critic(x), x[:, 2].square() / 3)
    torch.testing.assert_close(critic.features(x), x[:, :2])


class Same(Critic):
    """Its features are its inputs."""

    def __init__(self, size: int):
        super().__init__(Trunk([nn.Identity()], size))


def test_pulling_away_of_orthogonal_and_of_equal_codes() -> None:
    term, critic, none = PullingAway(0.5), Same(3), torch.empty(0)
    lengths = torch.tensor([[1.0], [4.0], [0.1]])
    assert term(critic, none, lengths * torch.eye(3)).item() == pytest.approx(0, abs=1e-6)
    assert term(critic, none, lengths * torch.ones(3, 3)).item() == pytest.approx(0.5)


def test_pulling_away_is_the_mean_over_pairs() -> None:
    x = torch.randn(6, 4)
    cosines = [
        torch.cosine_similarity(x[i], x[j], dim=0) ** 2
        for i, j in product(range(6), repeat=2)
        if i != j
    ]
    expected = torch.stack(cosines).mean().item()
    assert PullingAway(1.0)(Same(4), torch.empty(0), x).item() == pytest.approx(expected, rel=1e-5)


def test_only_the_pt_variant_pulls_away() -> None:
    plain, pulled = (
        model.build((1, 8, 8), width=4, latent=2, hidden=3) for model in (ebgan, ebgan_pt)
    )
    assert len(plain.terms["generator"]) == 0
    (term,) = pulled.terms["generator"]
    assert isinstance(term, PullingAway)
    assert pulled.critic.features(torch.rand(5, 1, 8, 8)).shape == (5, 3)


def test_margin_is_indifferent_to_pairs_far_apart() -> None:
    real, fake = torch.tensor([5.0, 1.0]), torch.tensor([0.0, 0.5])
    assert Margin(2.0).critic(real, fake).item() == pytest.approx((0 + 1.5) / 2)
    assert Margin(2.0).generator(fake).item() == pytest.approx(-0.25)


def test_margin_beyond_all_scores_is_wasserstein() -> None:
    real, fake = torch.randn(9), torch.randn(9)
    far = Margin(100.0).critic(real, fake) - 100
    torch.testing.assert_close(far, Wasserstein().critic(real, fake), atol=1e-4, rtol=0)


def test_gogan_keeps_its_first_generator_through_the_second_stage() -> None:
    game = gogan.build((2,), width=8, latent=2, lr=0.01, critic_steps=1)
    data = Examples(torch.randn(40, 2), torch.zeros(40))
    z, apart = torch.randn(5, 2), []
    for _ in train(game, Batches(data, 8, 0), adam(game), 4):
        apart.append((game.first(z) - game.generator(z)).abs().max().item())
    assert apart[:2] == [0, 0]
    assert min(apart[2:]) > 0
    assert {id(p) for p in game.parameters()} == {
        id(p) for part in (game.critic, game.generator) for p in part.parameters()
    }


def test_gogan_ranks_the_first_stage_two_margins_below_the_data() -> None:
    """A critic that scores all alike pays one margin for new fakes and two for old ones."""
    game = gogan.build((2,), width=8, latent=2, margin=0.7, ranking=0.5)
    for parameter in game.critic.parameters():
        nn.init.zeros_(parameter)
    batch = Examples(torch.randn(6, 2), torch.zeros(6))
    assert game("critic", batch).item() == pytest.approx(0.7)
    game.progress = 0.5
    assert game("critic", batch).item() == pytest.approx(0.7 + 0.5 * 1.4)


def trained(name: str) -> Tensor:
    """Samples of an f-GAN after five rounds on the same points, from the same seed."""
    torch.manual_seed(0)
    game = plugin.load("zoo/models", name).build((2,), latent=2, width=4)
    examples = Examples(torch.randn(64, 2), torch.full((64,), -1))
    for _ in train(game, Batches(examples, 16, 0), adam(game), 5):
        pass
    torch.manual_seed(1)
    return game.eval().sample(8)


def test_no_training_is_switched_on_twice() -> None:
    """The GAN's divergence is Jensen and Shannon's plus a constant: one training, one row (F8)."""
    assert torch.equal(trained("fgan_gan"), trained("fgan_js"))
    on = read(Path(__file__).parents[2] / "params.yaml")["variants"]
    samples = [trained(name) for name in on if name.startswith("fgan_")]
    assert len(samples) == 6
    assert not any(torch.equal(a, b) for a, b in combinations(samples, 2))
