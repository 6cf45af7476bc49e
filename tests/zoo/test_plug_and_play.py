"""The chain of PPGN-h against Gaussians, whose best denoiser is known, and against integrals."""

import pytest
import torch
from torch import Tensor, nn

from gbench.core.batches import Batches
from gbench.core.game import Game, Player
from gbench.core.train import adam, train
from gbench.zoo.models import ppgn
from gbench.zoo.shared.dataset import Examples


def bare(size: int, classes: int = 2, **arguments: object) -> ppgn.PPGN:
    """Data are features, and the classifier and the denoiser are linear."""
    game = ppgn.build((size,), classes, latent=size, width=4, hidden=4, **arguments)
    game.encoder, game.generator = nn.Identity(), nn.Identity()
    game.head, game.denoiser = nn.Linear(size, classes), nn.Linear(size, size, bias=False)
    return game


def gaussian(game: ppgn.PPGN, variance: float) -> None:
    """The best denoiser of N(0, variance): v / (v + sigma^2) times what it sees."""
    size = game.denoiser.weight.shape[0]
    shrink = variance / (variance + game.sigma**2)
    game.denoiser.weight = nn.Parameter(shrink * torch.eye(size))


@torch.no_grad()
def chain(game: ppgn.PPGN, label: int, n: int, steps: int) -> Tensor:
    h = torch.randn(n, game.latent)
    for _ in range(steps):
        h = game.step(h, torch.full((n,), label))
    return h


def test_the_chain_of_a_gaussian_prior_has_the_variance_of_an_autoregression() -> None:
    """h <- a h + eps3 n has the variance eps3^2 / (1 - a^2), a = 1 - eps1 sigma^2 / (v + sigma^2);
    any eps2 is idle where the classifier says nothing."""
    game = bare(2, sigma=0.8, eps=(0.5, 3.0, 0.4))
    gaussian(game, 0.5)
    nn.init.zeros_(game.head.weight)
    a = 1 - 0.5 * 0.64 / 1.14
    torch.manual_seed(0)
    h = chain(game, 0, 20_000, 60)
    assert h.mean(0).tolist() == pytest.approx([0, 0], abs=0.02)
    expected = 0.16 / (1 - a**2)
    assert torch.cov(h.T).flatten().tolist() == pytest.approx([expected, 0, 0, expected], abs=0.015)


def test_langevins_noise_gives_the_law_of_the_features_given_the_class() -> None:
    """With eps3^2 = 2 eps1 sigma^2 and eps2 = eps1 sigma^2 the density is that of noisy features
    times C: N(0, 2) * sigmoid(2 h) here, whose mean is an integral."""
    game = bare(1, sigma=1.0, eps=(0.05, 0.05, 0.1**0.5))
    gaussian(game, 1.0)
    game.head.weight = nn.Parameter(torch.tensor([[0.0], [2.0]]))
    nn.init.zeros_(game.head.bias)
    line = torch.linspace(-12, 12, 4001)
    density = (-(line**2) / 4).exp() * (2 * line).sigmoid()
    density /= density.sum()
    mean, share = (density * line).sum().item(), (density * (2 * line).sigmoid()).sum().item()
    torch.manual_seed(0)
    h = chain(game, 1, 20_000, 150)
    assert h.mean().item() == pytest.approx(mean, abs=0.04)
    assert (2 * h).sigmoid().mean().item() == pytest.approx(share, abs=0.01)
    assert chain(game, 0, 20_000, 150).mean().item() == pytest.approx(-mean, abs=0.04)


def test_the_slope_is_that_of_the_log_probability_of_the_class() -> None:
    """d log softmax(W h)_y / dh = W_y - sum_k p_k W_k, through a generator that doubles."""
    game = bare(3, classes=4)
    game.generator = nn.Linear(3, 3, bias=False)
    game.generator.weight = nn.Parameter(2 * torch.eye(3))
    h, labels = torch.randn(5, 3), torch.tensor([0, 1, 2, 3, 1])
    weight = game.head.weight
    chance = game.predict(2 * h).softmax(1)
    with torch.no_grad():
        found = game.slope(h, labels)
    torch.testing.assert_close(found, 2 * (weight[labels] - chance @ weight))


def test_the_denoiser_learns_the_best_one_of_a_gaussian() -> None:
    class Denoiser(Game):
        def __init__(self) -> None:
            super().__init__()
            self.game = bare(1, sigma=0.7, pretraining=0.0)

        def players(self) -> dict[str, Player]:
            return {"denoiser": self.game.players()["denoiser"]._replace(lr=0.02, lr_end=0.0)}

    torch.manual_seed(0)
    x = 1.5 * torch.randn(4000, 1)
    alone = Denoiser()
    data = Examples(x, torch.zeros(4000, dtype=torch.long))
    for _ in train(alone, Batches(data, 500, 0), adam(alone), 400):
        pass
    power = x.square().mean().item()
    expected = power / (power + 0.49)
    assert alone.game.denoiser.weight.item() == pytest.approx(expected, abs=0.02)


def test_the_generators_loss_is_a_weighted_sum_of_three() -> None:
    weights = {"image": 3.0, "feature": 0.5, "adversarial": 2.0}
    game = ppgn.build((2,), 3, latent=4, width=4, sigma=0.6, **weights).eval()
    batch = Examples(torch.randn(6, 2), torch.arange(6) % 3)
    h = game.encode(batch.x)
    torch.manual_seed(1)
    fake = game.decode(h + 0.6 * torch.randn(6, 4))
    errors = 3.0 * (fake - batch.x).square().sum() / 12
    errors = errors + 0.5 * (game.encode(fake) - h).square().sum() / 24
    expected = errors - 2.0 * game.critic(fake).sigmoid().log().mean()
    torch.manual_seed(1)
    torch.testing.assert_close(game.generator_loss(batch), expected)
    torch.testing.assert_close(h.square().mean(1), torch.ones(6))


def test_the_classifier_learns_before_all_others() -> None:
    game = ppgn.build((2,), 2, latent=4, width=4, pretraining=0.5)
    batches = Batches(Examples(torch.randn(20, 2), torch.arange(20) % 2), 8, 0)
    learners = [sorted(losses) for _, losses in train(game, batches, adam(game), 4)]
    assert learners == [["classifier"]] * 2 + [["critic", "denoiser", "generator"]] * 2


def test_samples_are_of_their_class_and_drawn_by_the_seed() -> None:
    """Two classes apart along one axis; without eps2 labels make no difference."""
    game = bare(2, sigma=1.0, steps=60, eps=(0.1, 0.5, 0.1)).eval()
    gaussian(game, 1.0)
    game.head.weight = nn.Parameter(torch.tensor([[-2.0, 0.0], [2.0, 0.0]]))
    labels = torch.arange(400) % 2
    torch.manual_seed(3)
    drawn = game.sample(400, labels)
    right = (game.predict(drawn).argmax(1) == labels).float().mean().item()
    game.eps = (0.1, 0.0, 0.1)
    chance = (game.predict(game.sample(400, labels)).argmax(1) == labels).float().mean().item()
    assert right > 0.99
    assert chance == pytest.approx(0.5, abs=0.1)
    game.eps = (0.1, 0.5, 0.1)
    torch.manual_seed(3)
    assert game.sample(400, labels).equal(drawn)
    assert not game.sample(400, labels).equal(drawn)
    assert game.sample(3).shape == (3, 2)
