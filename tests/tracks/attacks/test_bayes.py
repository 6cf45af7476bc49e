"""Generative classifiers against scipy, scikit-learn and finite differences, and hardened ones."""

import math

import pytest
import torch
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture
from torch import nn
from torch.nn.functional import cross_entropy

from gbench.core import plugin
from gbench.tracks.attacks.classifiers.cnn_pgd import Hardened
from gbench.tracks.attacks.measure import training
from gbench.zoo.shared.dataset import Examples
from tests.linear import Linear


def blobs(n: int) -> Examples:
    """Two classes of 2 x 2 images, the second twice as common."""
    y = (torch.arange(n) % 3 > 0).long()
    return Examples((0.3 + 0.4 * y)[:, None, None, None] + 0.1 * torch.randn(n, 1, 2, 2), y)


def built(name: str, shape: tuple[int, ...] = (1, 2, 2), classes: int = 2, **given: object):  # type: ignore[no-untyped-def]
    return plugin.load("tracks/attacks/classifiers", name).build(shape, classes, **given)


def test_gaussians_are_scipys() -> None:
    examples, x = blobs(90), torch.rand(5, 1, 2, 2)
    network = built("gaussian_bayes", ridge=0.02)
    network.solve(examples, 0)
    for k, prior in enumerate((1 / 3, 2 / 3)):
        own = examples.x[examples.y == k].flatten(1).double()
        law = multivariate_normal(own.mean(0), own.T.cov(correction=0) + 0.02 * torch.eye(4))
        expected = (law.logpdf(x.flatten(1)) + math.log(prior)) / 4
        assert network(x)[:, k].tolist() == pytest.approx(list(expected), abs=1e-4)


def test_mixtures_are_scikit_learns() -> None:
    examples, x = blobs(90), torch.rand(5, 1, 2, 2)
    network = built("gmm_bayes", components=2, ridge=0.02)
    network.solve(examples, 4)
    for k, prior in enumerate((1 / 3, 2 / 3)):
        own = examples.x[examples.y == k].flatten(1).double().numpy()
        law = GaussianMixture(2, reg_covar=0.02, random_state=4).fit(own)
        expected = (law.score_samples(x.flatten(1).numpy()) + math.log(prior)) / 4
        assert network(x)[:, k].tolist() == pytest.approx(list(expected), abs=1e-4)


def test_synthesis_has_the_gradient_of_its_forward_pass() -> None:
    torch.manual_seed(0)
    network = built("vae_bayes", latent=2, width=8, steps=4, stepsize=0.1).double()
    x = torch.rand(2, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(2, 2, dtype=torch.float64)
    (slope,) = torch.autograd.grad((network(x) * weights).sum(), x)
    with torch.no_grad():
        for place in range(4):
            step = torch.zeros(4, dtype=torch.float64)
            step[place] = 1e-5
            up, down = (network(x + sign * step.reshape(1, 1, 2, 2)) for sign in (1, -1))
            moved = ((up - down) * weights).sum(1) / 2e-5
            assert torch.allclose(moved, slope.flatten(1)[:, place], atol=1e-6)


def test_more_search_explains_an_image_better() -> None:
    torch.manual_seed(0)
    network = built("vae_bayes", latent=2, width=8, steps=0)
    x = torch.rand(6, 1, 2, 2)
    before = network(x)
    network.steps = 40
    assert (network(x) >= before - 1e-6).all()
    assert (network(x) > before + 1e-4).any()


@pytest.mark.parametrize("name", ["gaussian_bayes", "gmm_bayes", "vae_bayes"])
def test_generative_classifiers_learn(name: str) -> None:
    torch.manual_seed(0)
    network = built(name)
    if hasattr(network, "solve"):
        network.solve(blobs(300), 0)
    else:
        training.train(network, blobs(300), rounds=300, batch=32, lr=5e-3, seed=0)
    assert training.accuracy(network, blobs(200)) > 0.95


def test_the_worst_image_of_a_linear_classifier_is_known() -> None:
    """Two logits (s, -s): the loss grows with |w|_1 eps, whatever the start."""
    hardened = Hardened(Linear(torch.randn(64)), 0.1, 10, 0.25, 0)
    x = 0.5 + 0.05 * torch.randn(6, 1, 8, 8)
    y = torch.randint(2, (6,))
    s = (x.flatten(1) - 0.5) @ hardened.network.w
    worst = s - (1 - 2 * y.float()) * 0.1 * hardened.network.w.norm(p=1)
    expected = cross_entropy(torch.stack([worst, -worst], 1), y)
    assert hardened.loss(x, y).item() == pytest.approx(expected.item(), rel=1e-4)
    moved = hardened.worst(x, y, 0.1)
    assert ((moved - x).abs() <= 0.1 + 1e-6).all()


def test_the_budget_grows_to_its_full_size() -> None:
    hardened = Hardened(Linear(torch.ones(64)), 0.1, 10, 0.25, 4)
    x, y = torch.full((1, 1, 8, 8), 0.5), torch.tensor([0])
    losses = [hardened.loss(x, y).item() for _ in range(5)]
    margins = [math.log(math.exp(loss) - 1) / 2 for loss in losses]  # -s
    assert margins == pytest.approx([1.6, 3.2, 4.8, 6.4, 6.4], rel=1e-3)


def test_the_papers_classifiers_have_the_papers_sizes() -> None:
    """Units and channels of the Defense-GAN paper's appendix, on its images."""
    sizes = {"a": [64, 64, 128], "b": [64, 128, 128], "c": [128, 64, 128], "d": [200, 200]}
    for letter, expected in (sizes | {"e": [200, 200], "f": [64, 128, 128]}).items():
        network = built(f"model_{letter}", (1, 28, 28), 10)
        layers = [m for m in network.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
        assert [layer.weight.shape[0] for layer in layers] == [*expected, 10]
        drops = [m.p for m in network.modules() if isinstance(m, nn.Dropout)]
        assert drops == {"a": [0.25, 0.5], "b": [0.2, 0.5], "c": [0.25, 0.5], "d": [0.5]}.get(
            letter, []
        )
        assert network(torch.rand(2, 1, 28, 28)).shape == (2, 10)
        assert built(f"model_{letter}", (3, 8, 8), 7)(torch.rand(2, 3, 8, 8)).shape == (2, 7)
