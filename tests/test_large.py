"""The larger adversarial games and the energy-based one against known answers."""

import pytest
import torch
from scipy.stats import truncnorm
from torch import Tensor, nn
from torch.nn.functional import one_hot

from gbench.adversarial.hinge import Hinge
from gbench.generative import biggan
from gbench.nets.biggan import ConditionalNorm


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
