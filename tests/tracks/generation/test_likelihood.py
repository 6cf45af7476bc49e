"""Likelihoods against closed forms: linear decoders with Gaussian noise, whose density is known."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor, nn
from torch.distributions import MultivariateNormal

from gbench.core.game import Game
from gbench.protocol.evidence import Skip
from gbench.tracks.generation.measure.likelihood import annealed as asked
from gbench.tracks.generation.measure.likelihood import (
    annealing,
    bidirectional,
    importance,
    kernel,
    references,
)
from gbench.tracks.generation.measure.likelihood.case import Case, compared, measure
from gbench.tracks.generation.measure.likelihood.decoder import (
    Decoder,
    Noise,
    decoder,
    normal,
    posterior,
)
from gbench.tracks.generation.measure.likelihood.mean import log_mean_exp, mean
from gbench.tracks.generation.measure.likelihood.observed import bits, observe
from gbench.tracks.generation.measure.likelihood.settings import Settings
from gbench.tracks.generation.measure.likelihood.suite import suite
from gbench.tracks.generation.measure.record import LikelihoodRecord
from gbench.zoo.shared.dataset import Dataset, Examples, Mixture
from gbench.zoo.shared.run import make
from tests.records import keeps_its_type

F, D = 3, 6
VARIANCE = 0.1
SETTINGS = Settings(
    n=100,
    examples=4,
    samples=20,
    chains=3,
    temperatures=10,
    leapfrogs=3,
    simulated=2,
    tolerance=5.0,
    pixels=64,
    seeds=[0],
    variances=[0.05, 0.1],
    bandwidths=[0.1, 0.3],
)


class Linear:
    """x = W z + b + sigma e: log p(x) = log N(x; b, W W' + sigma^2 I)."""

    def __init__(self, latent: int = F, size: int = D, variance: float = VARIANCE):
        draw = torch.Generator().manual_seed(1)
        self.w = torch.randn(size, latent, generator=draw)
        self.b = torch.randn(size, generator=draw)
        self.latent, self.variance = latent, variance
        self.decoder = Decoder(self.decode, self.draw, normal, torch.ones(latent))

    def decode(self, z: Tensor) -> Tensor:
        return z @ self.w.T + self.b

    def draw(self, n: int) -> Tensor:
        return torch.randn(n, self.latent)

    def law(self, variance: float) -> MultivariateNormal:
        w, b = self.w.double(), self.b.double()
        return MultivariateNormal(b, w @ w.T + variance * torch.eye(len(b), dtype=torch.float64))

    def log_prob(self, x: Tensor, variance: float = VARIANCE) -> Tensor:
        return self.law(variance).log_prob(x.double())

    def sample(self, n: int) -> Tensor:
        return bidirectional.simulate(self.decoder, self.variance, n).x

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean [B, F] and covariance [F, F] of z given x."""
        precision = torch.eye(self.latent) + self.w.T @ self.w / self.variance
        covariance = precision.inverse()
        return (x - self.b) @ self.w @ covariance / self.variance, covariance


def estimate(model: Linear, x: Tensor, temperatures: int, chains: int) -> tuple[Tensor, Tensor]:
    """AIS estimates [N], and their standard errors by the spread of the chains' weights."""
    path = annealing.path(model.variance, temperatures)
    aim = annealing.target(model.decoder, x, chains)
    weights = annealing.anneal(aim, model.draw(len(aim.x)), path, 10).weights[-1]
    relative = (weights - weights.amax(1, keepdim=True)).exp()
    error = relative.std(1) / relative.mean(1) / chains**0.5
    return log_mean_exp(weights) + annealing.constant(model.variance, D), error


def test_annealing_finds_the_closed_form() -> None:
    model = Linear()
    x = model.sample(40)
    found, error = estimate(model, x, 120, 12)
    off = float((found - model.log_prob(x)).mean())
    expected = float(error.square().sum().sqrt() / len(x))
    assert expected < 0.1
    assert off < 3 * expected and off > -3 * expected - 0.1  # a lower bound, and nearly tight
    assert float((found - model.log_prob(x)).square().mean().sqrt()) < 0.8


def test_annealing_is_a_lower_bound_that_rises_with_the_temperatures() -> None:
    model = Linear()
    x = model.sample(100)
    means = [float((estimate(model, x, t, 2)[0] - model.log_prob(x)).mean()) for t in (4, 15, 80)]
    assert means[0] < means[1] - 0.5 and means[1] < means[2] - 0.5
    assert -0.7 < means[2] < 0.1


def test_one_path_passes_through_every_variance() -> None:
    model = Linear()
    x, variances = model.sample(30), [0.1, 0.4, 1.6]
    path = annealing.ladder(variances, 100)
    aim = annealing.target(model.decoder, x, 12)
    found = annealing.anneal(aim, model.draw(len(aim.x)), path, 10)
    assert path[0] == 0 and path == sorted(path) and path[-1] == 10
    for variance in variances:
        weights = found.weights[path.index(1 / variance)]
        value = log_mean_exp(weights) + annealing.constant(variance, D)
        assert abs(float((value - model.log_prob(x, variance)).mean())) < 0.25


def test_the_two_bounds_enclose_the_truth() -> None:
    model = Linear()
    simulated = bidirectional.simulate(model.decoder, VARIANCE, 80)
    path = annealing.path(VARIANCE, 25)
    aim = annealing.target(model.decoder, simulated.x, 4)
    forward = annealing.anneal(aim, model.draw(len(aim.x)), path, 5)
    lower = log_mean_exp(forward.weights[-1]) + annealing.constant(VARIANCE, D)
    upper = bidirectional.upper(
        model.decoder, simulated, path, chains=4, leapfrogs=5, step=forward.step
    )
    truth = model.log_prob(simulated.x)
    below, above = float((lower - truth).mean()), float((upper - truth).mean())
    assert below < 0 < above
    assert above - below < 3


def test_the_schedule_is_sigmoidal() -> None:
    beta = annealing.schedule(10)
    assert beta[0] == 0 and beta[-1] == 1 and beta[5] == pytest.approx(0.5)
    steps = np.diff(beta)
    assert (steps > 0).all() and steps.argmax() in (4, 5)
    low, high = 1 / (1 + np.exp(4)), 1 / (1 + np.exp(-4))
    expected = (1 / (1 + np.exp(-4 * (2 * 3 / 10 - 1))) - low) / (high - low)
    assert beta[3] == pytest.approx(expected)


@pytest.mark.parametrize("scaled", [False, True])
def test_trajectories_leave_the_posterior_invariant(scaled: bool) -> None:
    model = Linear()
    if scaled:
        model.decoder = model.decoder._replace(scale=torch.tensor([0.5, 1.0, 2.0]))
    x = model.sample(1)
    mean_, covariance = model.posterior(x)
    n = 6000
    aim = annealing.target(model.decoder, x, n)
    root = torch.linalg.cholesky(covariance)
    state = aim.at(mean_ + torch.randn(n, F) @ root.T)
    away = aim.at(mean_.expand(n, F))  # all at the mode
    step = torch.full((n, 1), 0.08)
    for _ in range(12):
        state, chance = annealing.hamiltonian(aim, state, 1 / VARIANCE, step, 5)
        away, _ = annealing.hamiltonian(aim, away, 1 / VARIANCE, step, 5)
    assert 0.3 < float(chance.mean()) < 0.999  # neither frozen nor free
    for found in (state, away):
        scale = covariance.diagonal().sqrt()
        torch.testing.assert_close(found.z.mean(0), mean_[0], rtol=0, atol=float(scale.max()) * 0.1)
        ratio = torch.cov(found.z.T) / torch.outer(scale, scale)
        expected = covariance / torch.outer(scale, scale)
        torch.testing.assert_close(ratio, expected, rtol=0, atol=0.1)
    again = aim.at(state.z)
    torch.testing.assert_close(again.misfit, state.misfit)
    torch.testing.assert_close(again.misfit_slope, state.misfit_slope)


def test_a_trajectory_that_leaves_the_numbers_is_refused() -> None:
    model = Linear()
    aim = annealing.target(model.decoder, model.sample(1), 8)
    state = aim.at(model.draw(8))
    after, chance = annealing.hamiltonian(aim, state, 1e30, torch.full((8, 1), 1e10), 5)
    assert torch.equal(after.z, state.z) and not chance.any()


def wide(model: Linear) -> Any:
    """A posterior with the right means, and twice the marginal deviations."""

    def infer(x: Tensor) -> tuple[Tensor, Tensor]:
        mean_, covariance = model.posterior(x)
        return mean_, (4 * covariance.diagonal()).log().expand_as(mean_)

    return infer


def test_the_weighted_bound_rises_to_the_truth() -> None:
    model = Linear()
    x = model.sample(400)
    truth = float(model.log_prob(x).mean())
    found = [
        float(importance.bound(x, model.decoder, wide(model), VARIANCE, k).mean())
        for k in (1, 8, 200)
    ]
    assert found[0] < found[1] - 0.3 and found[1] < found[2] - 0.05
    assert truth - 0.2 < found[2] < truth + 0.02


def test_the_weighted_bound_is_exact_with_the_exact_posterior() -> None:
    model = Linear()
    model.w = torch.linalg.qr(model.w)[0] * torch.tensor([1.0, 2.0, 0.5])  # orthogonal columns:
    covariance = model.posterior(torch.zeros(1, D))[1]  # the posterior's components independent
    assert (covariance - covariance.diag().diag()).abs().max() < 1e-6

    def infer(x: Tensor) -> tuple[Tensor, Tensor]:
        mean_, spread = model.posterior(x)
        return mean_, spread.diagonal().log().expand_as(mean_)

    x = model.sample(5)
    for k in (1, 3, 5000):
        found = importance.bound(x, model.decoder, infer, VARIANCE, k)
        torch.testing.assert_close(found, model.log_prob(x), rtol=0, atol=2e-3)


def test_bits_of_uniform_pixels() -> None:
    assert bits(references.uniform(64, 16), 64, 16) == pytest.approx(np.log2(17))
    assert bits(references.uniform(784, 255), 784, 255) == pytest.approx(8)
    assert bits(-np.log(2) * 6, 2, 0) == pytest.approx(3)


def images(n: int = 60, levels: int = 4) -> Dataset:
    draw = torch.Generator().manual_seed(0)
    x = torch.randint(levels + 1, (3 * n, 1, 8, 8), generator=draw) / levels
    splits = [Examples(part, torch.zeros(n, dtype=torch.long)) for part in x.split(n)]
    return Dataset("d", *splits, classes=2, source="", levels=levels)


def test_pixels_are_spread_over_their_bins_alike_for_all_models() -> None:
    data = images()
    seen, again, other = observe(data, 3), observe(data, 3), observe(data, 4)
    assert torch.equal(seen.test, again.test) and not torch.equal(seen.test, other.test)
    grey = (seen.test * 4).round() / 4
    assert (seen.test - grey).abs().max() <= 0.125 and (seen.test - grey).std() > 0.05
    assert sorted(grey.flatten(1).tolist()) == sorted(data.test.x.flatten(1).tolist())
    assert seen.dimensions == 64 and len(seen.first(7).train) == 7


def case(game: Game, data: Dataset, seed: int = 0, **changes: Any) -> Case:
    settings = SETTINGS._replace(**changes)
    seen = observe(data, seed)
    few, every = seen.first(settings.examples), seen.first(settings.n)
    game.requires_grad_(False).eval()
    return Case(game, "f", seed, every, few, data.test.x, settings)


def test_exact_densities_are_means_of_the_models_own() -> None:
    data = images()
    game = make("gaussian", (1, 8, 8), 2, {"ridge": 0.01})
    game.fit(data.train.x, 0)
    (found,), absent = measure(case(game, data))
    assert (found.kind, found.observation, found.sigma) == ("exact", "own", None) and not absent
    flat = data.train.x.flatten(1).double().numpy()
    covariance = np.cov(flat.T, bias=True) + 0.01 * np.eye(64)
    total, seen = 0.0, observe(data, 0).test.flatten(1).double().numpy()
    for x in seen:  # one by one, by SciPy
        total += stats.multivariate_normal.logpdf(x, flat.mean(0), covariance)
    assert found.test.value == pytest.approx(total / len(seen), abs=1e-3)
    assert found.test.n == 60 and found.test.error > 0
    assert found.bits == pytest.approx(-total / len(seen) / 64 / np.log(2) + 2, abs=1e-3)


def test_a_vae_has_its_own_noise_a_bound_and_annealing() -> None:
    data = images()
    game = make("vae", (1, 8, 8), 2, {"latent": 2, "width": 4, "sigma": 0.5})
    found, absent = measure(case(game, data))
    assert [(one.kind, one.observation, one.chosen) for one in found] == [
        ("bound", "noise", "own"),
        ("annealed", "noise", "own"),
    ]
    assert not absent and all(one.sigma == pytest.approx(0.5) for one in found)
    first, second = found
    assert second.gap is not None and 0 < (second.accepted or 0) <= 1
    assert first.test.n == second.test.n == 4
    assert abs(first.test.value - second.test.value) < 0.5  # both are near the truth here


def test_a_gan_gets_its_noise_from_validation_examples() -> None:
    data = images()
    game = make("gan", (1, 8, 8), 2, {"latent": 2, "width": 4})
    (found,), absent = measure(case(game, data, variances=[1e-3, 0.12, 50.0]))
    assert (found.kind, found.chosen) == ("annealed", "validation") and not absent
    assert found.sigma == pytest.approx(0.12**0.5)


@pytest.mark.parametrize(
    ("model", "arguments", "changes", "reason"),
    [
        ("cgan", {"width": 4, "latent": 2}, {}, "told the class"),
        ("infogan", {"width": 4, "latent": 2}, {}, "without a density"),
        ("rbm", {"hidden": 2}, {}, "neither a density nor a code"),
        ("gan", {"width": 4, "latent": 2}, {"pixels": 63}, "likelihood.pixels"),
        ("gan", {"width": 4, "latent": 2}, {"seeds": [7]}, "likelihood.seeds only: [7]"),
    ],
)
def test_what_cannot_be_had_says_why(
    model: str, arguments: dict[str, Any], changes: dict[str, Any], reason: str
) -> None:
    data = images()
    found, ((kind, note),) = measure(case(make(model, (1, 8, 8), 2, arguments), data, **changes))
    assert not found and kind == "annealed" and reason in note


@pytest.mark.parametrize("model", ["progan", "bigan", "ali", "alpha_gan", "sae_gmm"])
def test_decoders_have_slopes_and_priors(model: str) -> None:
    small = {"width": 4, "latent": 2} | ({"components": 2} if model == "sae_gmm" else {})
    game = make(model, (1, 8, 8), 2, small).eval().requires_grad_(False)
    found = decoder(game)
    z = found.draw(50)
    aim = annealing.target(found, torch.rand(50, 1, 8, 8), 1)
    state = aim.at(z)
    assert state.misfit_slope.any() and state.prior_slope.dtype == z.dtype
    assert (posterior(game) is not None) == (model == "ali")
    near = aim.at(z + 1e-3)
    slope = (1e-3 * (state.prior_slope + near.prior_slope) / 2).sum(1)
    torch.testing.assert_close(near.prior - state.prior, slope, rtol=0.02, atol=2e-4)


def test_a_decoder_without_slope_is_refused() -> None:
    class Steps(Game):
        latent = 2

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("here", torch.zeros(1))

        def decode(self, z: Tensor) -> Tensor:
            return (z > 0).float()

    with pytest.raises(Skip, match="cannot be differentiated"):
        decoder(Steps())


def test_kernels_are_scipys_and_the_bandwidth_the_best() -> None:
    draw = np.random.default_rng(0)
    samples, held = draw.normal(size=(2, 300, 2))
    points = draw.normal(size=(50, 2))
    log_density, bandwidth = kernel.fitted(samples, held, [0.01, 0.4, 5.0])
    assert bandwidth == 0.4
    expected = np.log([stats.norm.pdf((p - samples) / 0.4).prod(1).mean() / 0.4**2 for p in points])
    np.testing.assert_allclose(log_density(points), expected, rtol=1e-6)
    whitened = stats.gaussian_kde(samples.T, bw_method=0.3)
    theirs = kernel.fitted(
        samples @ np.linalg.inv(np.linalg.cholesky(np.cov(samples.T))).T, samples, [0.3]
    )[0](points @ np.linalg.inv(np.linalg.cholesky(np.cov(samples.T))).T)
    volume = 0.5 * np.linalg.slogdet(np.cov(samples.T))[1]
    np.testing.assert_allclose(theirs - volume, whitened.logpdf(points.T), rtol=1e-5)


def points() -> Dataset:
    law = Mixture(torch.tensor([[0.0, 0.0], [2.0, 1.0]]), 0.3)
    which = torch.randint(2, (900,))
    x = law.centres[which] + 0.3 * torch.randn(900, 2)
    splits = [Examples(part, torch.zeros(300, dtype=torch.long)) for part in x.split(300)]
    return Dataset("p", *splits, classes=2, source="", mixture=law)


def test_points_have_kernels_and_the_law_beside_them() -> None:
    data = points()
    game = make("gan", (2,), 2, {"latent": 2, "width": 4})
    one = case(game, data, n=300)
    (found,), ((kind, note),) = measure(one)
    assert (found.kind, found.observation, found.sigma) == ("kernels", "kernels", 0.1)
    assert kind == "annealed" and "points are not annealed" in note
    (law,) = compared(one, data.mixture, data.train.x)
    centres, x = data.mixture.centres.numpy(), one.all.test.numpy()  # type: ignore[union-attr]
    slow = np.log(np.mean([stats.multivariate_normal.pdf(x, c, 0.09) for c in centres], axis=0))
    assert law["test"].value == pytest.approx(slow.mean(), rel=1e-5)
    assert found.test.value < law["test"].value + 0.3


def test_a_memoriser_knows_its_training_images() -> None:
    data = images()
    one = case(make("gaussian", (1, 8, 8), 2, {}), data)
    uniform, memoriser = compared(one, None, data.train.x)
    assert uniform["test"].value == pytest.approx(-64 * np.log(5 / 4))
    assert memoriser["train"].value > memoriser["test"].value
    variance = memoriser["sigma"] ** 2
    x, centres = one.some.test.flatten(1).numpy(), data.train.x.flatten(1).numpy()
    slow = [
        np.log(np.mean([stats.multivariate_normal.pdf(row, c, variance) for c in centres]))
        for row in x
    ]
    assert memoriser["test"].value == pytest.approx(np.mean(slow), rel=1e-4)


def test_densities_that_are_not_finite_are_a_reason() -> None:
    with pytest.raises(Skip, match="1 of 3 log densities of test examples"):
        mean(torch.tensor([0.0, -torch.inf, 1.0]), "test examples")
    found = mean(torch.tensor([1.0, 2.0, 3.0]), "")
    assert found == (2.0, pytest.approx(3**-0.5), 3)


def test_the_annealing_of_one_run_is_near_the_closed_form() -> None:
    """All that a run is asked, on data from the model itself."""
    model = Linear()
    data = Dataset(
        "d",
        *(Examples(model.sample(40), torch.zeros(40, dtype=torch.long)) for _ in range(3)),
        classes=2,
        source="",
    )
    settings = SETTINGS._replace(
        temperatures=100, chains=8, leapfrogs=8, simulated=20, variances=[0.01, VARIANCE, 1.0]
    )
    seen = observe(data, 0).first(15)
    assert asked.choose(model.decoder, seen.validation, settings) == VARIANCE
    found = asked.annealed(model.decoder, seen, Noise(VARIANCE, "validation"), settings)
    assert found.test.value == pytest.approx(float(model.log_prob(seen.test).mean()), abs=0.3)
    assert found.train.value == pytest.approx(float(model.log_prob(seen.train).mean()), abs=0.3)
    assert found.gap is not None and abs(found.gap) < 1.0
    assert 0.4 < (found.accepted or 0) < 0.95


def test_a_run_that_was_not_made_is_a_record_without_values(tmp_path: Path) -> None:
    card = {"data": "d", "variant": "v", "family": "f", "seed": 0, "status": "skipped"}
    (tmp_path / "run.json").write_text(json.dumps(card | {"note": "quick mode"}))
    record = suite(tmp_path, tmp_path, SETTINGS)
    keeps_its_type(record, LikelihoodRecord)
    assert record["status"] == "skipped" and record["note"] == "quick mode"
    assert record["measured"] == [] and record["absent"] == []


def test_seeds_repeat_and_modules_are_left_alone() -> None:
    data = images()
    game = make("vae", (1, 8, 8), 2, {"latent": 2, "width": 4, "sigma": 0.5})
    before = {name: value.clone() for name, value in game.state_dict().items()}
    values = []
    for _ in range(2):
        torch.manual_seed(5)
        values.append([one._asdict() for one in measure(case(game, data))[0]])
    assert values[0] == values[1]
    assert all(torch.equal(value, before[name]) for name, value in game.state_dict().items())
    assert isinstance(game, nn.Module)
