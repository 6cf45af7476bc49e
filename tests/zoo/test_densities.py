"""Exact densities against integrals, sums, Jacobians and slow computations."""

from itertools import product
from math import log, pi

import pytest
import torch
from scipy.special import expit
from torch import Tensor
from torch.autograd.functional import jacobian
from torch.distributions import Categorical, MixtureSameFamily, Normal

from gbench.core.batches import Batches
from gbench.core.game import Game, Unsuitable
from gbench.core.train import adam, train
from gbench.zoo.models import made, rbm, realnvp
from gbench.zoo.shared.dataset import Examples
from gbench.zoo.shared.flow import Logit
from gbench.zoo.shared.mixtures import GaussianMixture, LogisticMixture
from gbench.zoo.shared.pixels import dequantise, quantise


def batch(x: Tensor) -> Examples:
    return Examples(x, torch.zeros(len(x), dtype=torch.long))


def moved(game: Game, by: float = 0.3) -> Game:
    """With parameters far from where they start, so that nothing is nearly the identity."""
    with torch.no_grad():
        for parameter in game.parameters():
            parameter += by * torch.randn_like(parameter) / max(1, parameter.shape[-1]) ** 0.5
    return game


def plane(low: float, high: float, n: int) -> tuple[Tensor, float]:
    """The midpoints of n x n cells of a square, [n * n, 2], and the area of a cell."""
    step = (high - low) / n
    line = low + step * (torch.arange(n) + 0.5)
    return torch.cartesian_prod(line, line), step**2


# --- Pixels ---------------------------------------------------------------------------------------


def test_dequantised_pixels_fill_their_bins_and_come_back() -> None:
    levels = 16
    x = torch.randint(levels + 1, (20_000,)) / levels
    noisy = dequantise(x, levels)
    offset = (noisy - x) * levels
    assert -0.5 <= offset.min() < -0.499
    assert 0.499 < offset.max() <= 0.5
    assert offset.mean().item() == pytest.approx(0, abs=0.01)
    assert offset.var().item() == pytest.approx(1 / 12, rel=0.03)
    assert quantise(noisy, levels).equal(x)
    assert quantise(torch.tensor([-0.4, 0.26, 1.7]), 4).tolist() == [0.0, 0.25, 1.0]


# --- Flows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", ["dense", "convolutional"])
@pytest.mark.parametrize("shape", [(2,), (5,), (1, 4, 3), (3, 3, 2)])
def test_a_flow_and_its_inverse(shape: tuple[int, ...], network: str) -> None:
    game = moved(realnvp.build(shape, couplings=4, network=network, width=8, levels=16)).double()
    x = torch.rand(6, *shape, dtype=torch.double)
    torch.testing.assert_close(game.decode(game.encode(x)), x)
    z = torch.randn(6, game.latent, dtype=torch.double)
    torch.testing.assert_close(game.encode(game.decode(z)), z)


@pytest.mark.parametrize("network", ["dense", "convolutional"])
@pytest.mark.parametrize("shape", [(2,), (5,), (1, 4, 3), (3, 3, 2)])
def test_a_flows_volume_is_that_of_autograd(shape: tuple[int, ...], network: str) -> None:
    """log p(x) = log N(f(x); 0, I) + log |det df/dx|, with all of the Jacobian."""
    game = moved(realnvp.build(shape, couplings=4, network=network, width=8, levels=16)).double()
    x = torch.rand(1, *shape, dtype=torch.double)
    full = jacobian(game.encode, x).reshape(game.latent, game.latent)
    expected = Normal(0.0, 1.0).log_prob(game.encode(x)).sum() + full.slogdet().logabsdet
    torch.testing.assert_close(game.log_prob(x)[0], expected)


def test_a_coupling_leaves_what_its_mask_keeps() -> None:
    game = moved(realnvp.build((1, 4, 4), couplings=2, width=4))
    x = torch.rand(3, 1, 4, 4)
    _, first, second = game.bijections
    for coupling in (first, second):
        same = coupling(x)[0] == x
        assert same.equal((coupling.mask == 1).expand_as(x))
    assert (first.mask + second.mask).eq(1).all()
    assert first.mask[0, 0].tolist() == [1 - first.mask[0, 1, i].item() for i in range(4)]


def test_logit_by_hand() -> None:
    """The middle of the range goes to 0, its ends to the logits of the margins."""
    logit, h = Logit(4, 0.1), 1 / 8
    y, _ = logit(torch.tensor([[-h, 0.5, 1 + h]]))
    assert y[0].tolist() == pytest.approx([log(0.1 / 0.9), 0, log(0.9 / 0.1)], abs=1e-5)


def test_a_flows_density_of_points_integrates_to_one() -> None:
    game = moved(realnvp.build((2,), couplings=4, width=8))
    x, area = plane(-25, 25, 700)
    with torch.no_grad():
        assert game.log_prob(x).exp().sum().item() * area == pytest.approx(1, abs=5e-3)


def test_a_flows_density_of_pixels_integrates_to_one() -> None:
    """Two pixels, over the square that the logit takes to the whole plane."""
    game = moved(realnvp.build((1, 1, 2), couplings=4, network="dense", width=8, levels=4))
    logit = game.bijections[0]
    x, area = plane(-logit.shift / logit.slope, (1 - logit.shift) / logit.slope, 600)
    with torch.no_grad():
        mass = game.log_prob(x.reshape(-1, 1, 1, 2)).exp().sum().item() * area
    assert mass == pytest.approx(1, abs=5e-3)


def test_a_flow_draws_from_its_density() -> None:
    """The share of samples in each quadrant about a sample's median is its integral there."""
    game = moved(realnvp.build((2,), couplings=4, width=8))
    drawn = game.sample(40_000)
    centre = drawn.median(0).values
    x, area = plane(-25, 25, 700)
    with torch.no_grad():
        mass = game.log_prob(x).exp() * area
    for above in product([False, True], repeat=2):
        share = ((drawn > centre) == torch.tensor(above)).all(1).float().mean().item()
        integral = mass[((x > centre) == torch.tensor(above)).all(1)].sum().item()
        assert share == pytest.approx(integral, abs=0.015)


def test_a_flow_learns_a_gaussian() -> None:
    """The least negative log-likelihood is the entropy, log(2 pi e) + log det^1/2."""
    mixing = torch.tensor([[0.5, 0.0], [0.4, 0.2]])
    data = batch(torch.randn(4000, 2) @ mixing.T + torch.tensor([1.0, -2.0]))
    game = realnvp.build((2,), couplings=4, width=16, lr=1e-2)
    for _ in train(game, Batches(data, 200, 0), adam(game), 300):
        pass
    entropy = log(2 * pi) + 1 + log(0.5 * 0.2)
    assert game.loss(data).item() == pytest.approx(entropy, abs=0.06)


# --- Autoregression -------------------------------------------------------------------------------


def test_made_sees_only_what_is_before() -> None:
    """The parameters of number d have a slope in every earlier number, and in no other."""
    game = moved(made.build((1, 2, 3), width=40, components=2, levels=4))
    size, own = 6, game.mixture.parameters
    slopes = jacobian(lambda x: game.head(game.trunk(x)), torch.rand(1, size))
    depends = slopes.reshape(size, own, size).abs().sum(1) > 0
    assert depends.equal(torch.ones(size, size).tril(-1).bool())


def test_mades_mass_of_all_images_is_one() -> None:
    """Three pixels of three grey levels: 27 images, whose bins have the volume (1/2)^3."""
    game = moved(made.build((1, 1, 3), width=12, components=2, levels=2), by=1.0)
    grey = torch.tensor([0.0, 0.5, 1.0])
    images = torch.cartesian_prod(grey, grey, grey).reshape(-1, 1, 1, 3)
    with torch.no_grad():
        mass = game.log_prob(images).exp() / 2**3
    assert mass.sum().item() == pytest.approx(1, abs=1e-5)
    drawn = game.sample(30_000)
    shares = (drawn.reshape(-1, 1, 3) == images.reshape(1, 27, 3)).all(2).float().mean(0)
    assert shares.sum().item() == pytest.approx(1, abs=1e-6)
    assert (shares - mass).abs().max().item() < 0.012


def test_mades_density_of_points_integrates_to_one_and_is_sampled() -> None:
    game = moved(made.build((2,), width=16, components=3))
    x, area = plane(-20, 20, 800)
    with torch.no_grad():
        game.head.bias /= 2  # no component is narrower than a cell, or wider than the square
        mass = game.log_prob(x).exp() * area
    assert mass.sum().item() == pytest.approx(1, abs=5e-3)
    drawn = game.sample(40_000)
    for above in product([False, True], repeat=2):
        share = ((drawn > 0) == torch.tensor(above)).all(1).float().mean().item()
        integral = mass[((x > 0) == torch.tensor(above)).all(1)].sum().item()
        assert share == pytest.approx(integral, abs=0.015)


def test_mades_density_is_the_product_of_its_conditionals() -> None:
    """Each from a pass that sees zeros in place of the number itself and all that follow."""
    game = moved(made.build((4,), width=20, components=3))
    x, slow = torch.randn(5, 4), torch.zeros(5)
    for d in range(4):
        before = torch.cat([x[:, :d], torch.zeros(5, 4 - d)], dim=1)
        parameters = game.head(game.trunk(before)).unflatten(1, (4, -1))[:, d]
        logits, mean, log_scale = parameters.chunk(3, dim=1)
        parts = Normal(mean, log_scale.exp())
        slow = slow + MixtureSameFamily(Categorical(logits=logits), parts).log_prob(x[:, d])
    torch.testing.assert_close(game.log_prob(x), slow)


@pytest.mark.parametrize("scale", [1e-3, 0.05, 3.0])
def test_grey_levels_have_the_logistic_mass_of_their_bins(scale: float) -> None:
    """By scipy's sigmoid in double precision; the outer bins reach to infinity."""
    levels, mixture = 4, LogisticMixture(1, 4)
    edges = (torch.arange(levels, dtype=torch.double) + 0.5) / levels
    below = torch.from_numpy(expit(((edges - 0.3) / scale).numpy()))
    mass = torch.cat([below, torch.ones(1)]) - torch.cat([torch.zeros(1), below])
    parameters = torch.tensor([0.0, 0.3, log(scale)]).expand(levels + 1, 3)
    density = mixture.log_prob(parameters, torch.arange(levels + 1) / levels)
    got = density.exp().double() / levels
    assert got.sum().item() == pytest.approx(1, abs=1e-4)
    torch.testing.assert_close(got, mass.double(), rtol=1e-3, atol=1e-6)


def test_a_mixture_of_gaussians_draws_from_its_components() -> None:
    """Weights 1/4 and 3/4, means -1 and 3, standard deviations 0.5 and 0.1."""
    parameters = torch.tensor([0.0, log(3), -1.0, 3.0, log(0.5), log(0.1)])
    drawn = GaussianMixture(2).sample(parameters.expand(40_000, 6))
    left, right = drawn[drawn < 1], drawn[drawn >= 1]
    assert len(left) / len(drawn) == pytest.approx(0.25, abs=0.01)
    assert (left.mean().item(), left.std().item()) == pytest.approx((-1, 0.5), abs=0.02)
    assert (right.mean().item(), right.std().item()) == pytest.approx((3, 0.1), abs=0.02)


# --- Energies -------------------------------------------------------------------------------------


def machine(visible: int = 4, hidden: int = 3, chains: int = 20_000) -> rbm.RBM:
    """Small enough to count all of its states, and far from independent units."""
    game = rbm.build((1, 1, visible), hidden=hidden, chains=chains)
    with torch.no_grad():
        game.machine.weight.normal_(0, 1.0)
        game.machine.visible_bias.normal_(0, 0.5)
        game.machine.hidden_bias.normal_(0, 0.5)
    return game


def states(n: int) -> Tensor:
    """All binary vectors, [2^n, n]."""
    return torch.tensor([*product([0.0, 1.0], repeat=n)])


def joint(game: rbm.RBM) -> Tensor:
    """p(v, h) of all states by the energy alone, [2^V, 2^H]."""
    v, h, units = states(4), states(3), game.machine
    energy = -(v @ units.weight @ h.T) - (v @ units.visible_bias)[:, None] - h @ units.hidden_bias
    return (-energy).flatten().softmax(0).view(len(v), len(h))


def test_the_free_energy_sums_the_hidden_units_out() -> None:
    game = machine()
    law = (-game.machine.free_energy(states(4))).softmax(0)
    torch.testing.assert_close(law, joint(game).sum(1))


def test_the_units_have_the_conditional_probabilities_of_the_joint() -> None:
    game, v, h = machine(), states(4), states(3)
    both = joint(game)
    torch.testing.assert_close(game.machine.hidden(v), both @ h / both.sum(1)[:, None])
    torch.testing.assert_close(game.machine.visible(h), both.T @ v / both.sum(0)[:, None])


def test_the_chains_reach_the_models_law() -> None:
    game = machine()
    for _ in range(60):
        game.advance()
    place = (game.chains @ torch.tensor([8.0, 4.0, 2.0, 1.0])).long()
    shares = torch.bincount(place, minlength=16) / len(place)
    assert (shares - joint(game).sum(1)).abs().max().item() < 0.012


def test_many_gibbs_steps_give_the_slope_of_the_exact_likelihood() -> None:
    """Autograd of -log p(v) + log Z with Z summed over all states, against the loss."""
    game = machine()
    data = states(4)[[3, 5, 5, 12]]
    log_z = (-game.machine.free_energy(states(4))).logsumexp(0)
    exact = game.machine.free_energy(data).mean() + log_z
    own = [*game.parameters()]
    expected = torch.autograd.grad(exact, own)
    for _ in range(60):
        game.advance()
    found = torch.autograd.grad(game.loss(batch(data.view(4, 1, 1, 4))), own)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0.015)


def test_an_rbm_learns_the_law_of_its_pixels() -> None:
    """Grey pixels are probabilities: of two complementary images, which no independent pixels can
    make, the law of all 16 binary images is known."""
    grey = torch.tensor([[0.9, 0.9, 0.1, 0.1], [0.1, 0.1, 0.9, 0.9]])
    data = batch(grey.repeat(50, 1).view(-1, 1, 1, 4))
    game = rbm.build((1, 1, 4), hidden=4, chains=500, lr=0.03)
    for _ in train(game, Batches(data, 100, 0), adam(game), 800):
        pass
    v = states(4)[:, None]
    law = (v * grey + (1 - v) * (1 - grey)).prod(2).mean(1)
    apart = (v[:, 0] * 0.5 + (1 - v[:, 0]) * 0.5).prod(1)
    assert (law - apart).abs().sum().item() / 2 > 0.5
    learned = (-game.machine.free_energy(states(4))).softmax(0)
    assert (law - learned).abs().sum().item() / 2 < 0.06


def test_an_rbm_refuses_points() -> None:
    with pytest.raises(Unsuitable, match="binary"):
        rbm.build((2,))
