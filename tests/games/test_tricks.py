"""Tricks: each against a known answer, and each on every adversarial model."""

import copy
from math import exp
from pathlib import Path
from typing import get_type_hints

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.nn.functional import batch_norm, binary_cross_entropy_with_logits, conv2d
from torch.nn.utils.parametrize import is_parametrized

from gbench.core import plugin
from gbench.core.batches import Batches
from gbench.core.files import OutOfRange, UserError
from gbench.core.game import Game, Player, Unsuitable
from gbench.core.learn import Course
from gbench.core.train import adam, train
from gbench.games.nets.critic import Critic
from gbench.games.nets.mlp import Trunk
from gbench.games.tricks._reference import ReferenceNorm
from gbench.games.two_player.criteria import Minimax, NonSaturating, Wasserstein
from gbench.games.two_player.game import GAN, Adversarial
from gbench.games.two_player.wrapper import Wrapper, unwrapped
from gbench.params import read
from gbench.params.check import find
from gbench.zoo import checks
from gbench.zoo.shared.dataset import Examples
from gbench.zoo.shared.run import make, with_tricks
from tests.core.test_contract import MODELS, examples, small

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")
TRICKS = plugin.names("games/tricks")


class Shift(nn.Module):
    """A generator that gives t, whatever the noise."""

    def __init__(self, t: Tensor):
        super().__init__()
        self.t = nn.Parameter(t)

    def forward(self, z: Tensor) -> Tensor:
        return self.t.expand(len(z), -1)


def linear(*w: float) -> Critic:
    """A critic whose features are its input and whose score is w'x."""
    head = nn.Linear(len(w), 1, bias=False)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([w]))
    return Critic(Trunk([nn.Identity()], len(w)), head)


def shift_game(critic: Critic, criterion: object = None) -> GAN:
    """Real data are what the batch holds, and all fakes are 0.7."""
    inputs = next(critic.parameters()).shape[1]
    return GAN(
        Shift(torch.full((inputs,), 0.7)),
        critic,
        Wasserstein() if criterion is None else criterion,
        latent=1,
        lr=0.1,
        betas=(0.5, 0.9),
    )


def batch(*rows: list[float]) -> Examples:
    return Examples(torch.tensor(rows), torch.zeros(len(rows)))


def apply(game: Game, name: str, **keywords: object) -> Game:
    return with_tricks(game, [{name: keywords}])


def played(game: Game, shape: tuple[int, ...], rounds: int = 2, seed: int = 0) -> list[Tensor]:
    """The losses of some rounds."""
    torch.manual_seed(seed)
    losses = train(game, Batches(examples(shape), 8, 0), adam(game), rounds)
    return [torch.stack([*by_player.values()]) for _, by_player in losses]


def test_minibatch_discrimination_by_hand() -> None:
    """Two equal inputs and a third at distances |1| + |2|: e^0 + e^-3 twice, and 2 e^-3."""
    game = apply(shift_game(linear(1.0, 1.0)), "minibatch_discrimination", kernels=1, dimension=2)
    layer = game.critic.head[0]
    with torch.no_grad():
        layer.project.weight.copy_(torch.eye(2))
    features = torch.tensor([[0.0, 0.0], [0.0, 0.0], [1.0, -2.0]])
    expected = torch.tensor([1 + exp(-3), 1 + exp(-3), 2 * exp(-3)])
    torch.testing.assert_close(layer(features), torch.cat([features, expected[:, None]], 1))
    assert not game.critic.independent


def test_minibatch_discrimination_compares_kernel_by_kernel() -> None:
    """Against the sum over all pairs, one number at a time."""
    module = plugin.load("games/tricks", "minibatch_discrimination")
    layer, features = module.MinibatchDiscrimination(4, 3, 2), torch.randn(5, 4)
    rows = (features @ layer.project.weight.T).view(5, 3, 2)
    for i in range(5):
        for b in range(3):
            others = (exp(-(rows[i, b] - rows[j, b]).abs().sum()) for j in range(5) if j != i)
            assert layer(features)[i, 4 + b].item() == pytest.approx(sum(others), rel=1e-4)


def test_replay_memory_shows_old_fakes_and_keeps_as_many_new_ones() -> None:
    memory = plugin.load("games/tricks", "replay_memory").ReplayMemory(torch.zeros(10, 3), 0.5)
    shown = memory(torch.ones(8, 3))
    assert shown.sum(1).tolist() == [0.0] * 4 + [3.0] * 4
    assert sorted(memory.memory.sum(1).tolist()) == [0.0] * 6 + [3.0] * 4
    older = memory(torch.full((8, 3), 2.0))
    assert set(older[:4].flatten().tolist()) <= {0.0, 1.0}
    assert older[4:].eq(2).all()


def test_replay_memory_is_for_the_critic_alone_and_starts_full() -> None:
    game = apply(shift_game(linear(1.0)), "replay_memory", size=6, share=1.0)
    assert game.fakes[0].memory.tolist() == [[pytest.approx(0.7)]] * 6
    with torch.no_grad():
        game.generator.t.fill_(3.0)
    rows = batch([0.0], [0.0])
    assert game("critic", rows).item() == pytest.approx(0.7)
    assert game("generator", rows).item() == pytest.approx(-3)


@pytest.mark.parametrize(
    ("codes", "value"),
    [([[1.0, 0.0], [0.0, 3.0]], 0.0), ([[1.0, 2.0], [-3.0, -6.0]], 1.0)],
    ids=["orthogonal", "parallel"],
)
def test_pulling_away_of_two_fakes(codes: list[list[float]], value: float) -> None:
    game = apply(shift_game(linear(1.0, 1.0)), "pulling_away", weight=0.1)
    (term,) = game.terms["generator"]
    fakes = torch.tensor(codes)
    assert term(game.critic, fakes, fakes).item() == pytest.approx(0.1 * value, abs=1e-6)
    assert not game.terms["critic"]


def test_feature_matching_is_the_squared_distance_of_means() -> None:
    game = shift_game(linear(2.0, -1.0))
    rows = batch([1.0, 0.0], [3.0, 4.0])  # means 2 and 2, fakes 0.7 and 0.7
    before = game("critic", rows).item()
    game = apply(game, "feature_matching")
    assert game("generator", rows).item() == pytest.approx(2 * 1.3**2)
    assert game("critic", rows).item() == before


def test_label_smoothing_is_cross_entropy_with_that_target() -> None:
    real, fake = torch.randn(6), torch.randn(6)

    def entropy(scores: Tensor, target: float) -> Tensor:
        return binary_cross_entropy_with_logits(scores, torch.full_like(scores, target))

    for smoothing in (0.0, 0.1):
        game = shift_game(linear(1.0), NonSaturating())
        criterion = apply(game, "label_smoothing", smoothing=smoothing).criterion
        expected = entropy(real, 1 - smoothing) + entropy(fake, 0.0)
        torch.testing.assert_close(criterion.critic(real, fake), expected)
        torch.testing.assert_close(criterion.generator(fake), NonSaturating().generator(fake))


def test_label_smoothing_moves_the_label_of_least_squares() -> None:
    game = apply(small("lsgan", (2,), a=-1.0, b=1.0, c=0.0), "label_smoothing", smoothing=0.25)
    assert game.criterion == (-1.0, 0.5, 0.0)


def test_historical_averaging_over_three_rounds() -> None:
    plain = shift_game(linear(1.0))
    game, rows = apply(plain, "historical_averaging", weight=2.0), batch([1.0], [2.0])
    path = {"critic": [1.0], "generator": [0.7]}
    for _ in train(game, iter([rows] * 9), adam(game), 3):
        path["critic"].append(plain.critic.head.weight.item())
        path["generator"].append(plain.generator.t.item())
    for player, values in path.items():
        assert len(set(values)) == 4
        extra = game(player, rows).item() - plain(player, rows).item()
        assert extra == pytest.approx(2 * (values[-1] - sum(values) / 4) ** 2, rel=1e-4)


def test_softened_mean_lies_between_the_mean_and_the_greatest() -> None:
    softened = plugin.load("games/tricks", "ensemble").softened
    losses = torch.tensor([0.2, 1.0, 0.5])
    assert softened(losses, 0.0).item() == pytest.approx(1.7 / 3)
    assert softened(losses, "greatest").item() == pytest.approx(1.0)
    assert softened(losses, 500.0).item() == pytest.approx(1.0)
    weights = [exp(2 * loss) for loss in (0.2, 1.0, 0.5)]
    by_hand = (0.2 * weights[0] + weights[1] + 0.5 * weights[2]) / sum(weights)
    assert softened(losses, 2.0).item() == pytest.approx(by_hand)


def test_each_critic_of_an_ensemble_learns_as_if_alone() -> None:
    rows = batch([1.0, 3.0], [2.0, -1.0])
    game = apply(shift_game(linear(1.0, -2.0), Minimax()), "ensemble", critics=2)
    game("critic", rows).backward()
    first, second = game.critic
    assert sorted(second.head.weight.flatten().tolist()) == [-2.0, 1.0]  # other draws, same law
    for member in (first, second):
        alone = shift_game(linear(*member.head.weight.flatten().tolist()), Minimax())
        alone("critic", rows).backward()
        torch.testing.assert_close(member.head.weight.grad, alone.critic.head.weight.grad)


def test_an_ensemble_has_the_penalty_of_each_member() -> None:
    """Slopes of norm 5 in each: 2 critics, 10 (5 - 1)^2 each."""
    game = apply(shift_game(linear(3.0, -4.0)), "gradient_penalty", weight=10.0)
    game = apply(game, "ensemble", critics=2)
    (term,) = game.terms["critic"]
    rows = torch.randn(4, 2)
    assert term(game.critic, rows, rows).item() == pytest.approx(2 * 160, rel=1e-5)


def test_packing_of_one_is_the_plain_game() -> None:
    for name in ("wgan", "dcgan", "bigan"):
        torch.manual_seed(0)
        plain = small(name, (1, 8, 8))
        game = apply(copy.deepcopy(plain), "packing", samples=1)
        for mine, theirs in zip(played(game, (1, 8, 8)), played(plain, (1, 8, 8)), strict=True):
            torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_a_packed_layer_is_the_layer_of_joined_inputs() -> None:
    packed = plugin.load("games/tricks", "packing").Packed
    dense, x = packed(nn.Linear(4, 5), 3), torch.randn(6, 4)
    weight = torch.cat([layer.weight for layer in dense.layers], dim=1)
    joined = x.view(2, 12) @ weight.T + dense.layers[0].bias
    torch.testing.assert_close(dense(x), joined)
    game = apply(small("wgan", (1, 8, 8)), "packing", samples=2)  # a convolution as a matrix
    first, x = game.critic.trunk[1], torch.rand(6, 1, 8, 8)
    weight = torch.cat([layer.weight for layer in first.layers], dim=1)
    joined = conv2d(x.view(3, 2, 8, 8), weight, first.layers[0].bias, stride=2, padding=1)
    torch.testing.assert_close(first(x), joined)


def test_a_score_is_of_all_samples_of_its_pack_and_no_other() -> None:
    game = apply(small("wgan", (2,)), "packing", samples=3)
    x = torch.randn(9, 2, requires_grad=True)
    scores = game.critic(x)
    assert scores.shape == (3,)
    (slope,) = torch.autograd.grad(scores[1], x)
    assert slope.norm(dim=1).bool().tolist() == [False] * 3 + [True] * 3 + [False] * 3
    assert len({row.norm().item() for row in slope[3:6]}) == 3  # each has weights of its own


def test_packs_must_fill_the_batch() -> None:
    game = apply(small("gan", (2,)), "packing", samples=3)
    with pytest.raises(UserError, match="a batch of 8 has no packs of 3"):
        played(game, (2,))


def test_instance_noise_has_its_variance_and_falls_to_nothing() -> None:
    game = apply(shift_game(linear(1.0)), "instance_noise", sigma=0.4)
    x = torch.zeros(40_000, 1)
    for progress, deviation in ((0.0, 0.4), (0.5, 0.2), (0.75, 0.1)):
        game.progress = progress
        assert game.critic(x).std().item() == pytest.approx(deviation, rel=0.02)
        assert unwrapped(game).progress == progress
    game.progress = 1.0
    assert game.critic(x).eq(0).all()
    game.progress = 0.0
    assert game.eval().critic(x).eq(0).all()


def test_instance_noise_leaves_codes_as_they_are() -> None:
    game = apply(small("bigan", (2,)), "instance_noise", sigma=1.0)
    seen: list[Tensor] = []
    game.critic.trunk[0].code.register_forward_pre_hook(lambda _, x: seen.append(x[0]))
    pair = torch.randn(4, 5)
    assert not game.critic(pair).equal(game.critic(pair))
    assert all(code.equal(pair[:, 2:]) for code in seen)


def test_critic_dropout_drops_its_share_in_training_alone() -> None:
    game = apply(small("wgan", (2,), width=500), "critic_dropout", share=0.3)
    features = game.critic.features(torch.randn(20, 2))
    assert features.eq(0).float().mean().item() == pytest.approx(0.3, abs=0.02)
    assert sum(isinstance(layer, nn.Dropout) for layer in game.critic.modules()) == 2
    assert game.eval().critic.features(torch.randn(20, 2)).ne(0).all()


def test_critic_dropout_follows_maxout() -> None:
    game = with_tricks(
        make("gan", (2,), 0, {"network": "maxout", "width": 500}), ["critic_dropout"]
    )
    features = game.critic.features(torch.randn(20, 2))
    assert features.eq(0).float().mean().item() == pytest.approx(0.3, abs=0.02)
    assert sum(isinstance(layer, nn.Dropout) for layer in game.critic.modules()) == 3


def normed(own: float, h: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
    """What a batch [R + B, F, ...] with a reference of R = 6 becomes."""
    norm = nn.BatchNorm2d(3)
    with torch.no_grad():
        norm.weight.copy_(gain)
        norm.bias.copy_(bias)
    return ReferenceNorm(norm, 6, own)(h)


def test_virtual_batch_norm_is_batch_norm_of_the_reference_and_one_more() -> None:
    h, gain, bias = torch.randn(10, 3, 2, 2) * 2 + 1, torch.randn(3), torch.randn(3)
    out = normed(1 / 7, h, gain, bias)
    alone = batch_norm(h[:6], None, None, gain, bias, training=True)
    torch.testing.assert_close(out[:6], alone, rtol=1e-4, atol=1e-5)
    for i in range(6, 10):
        both = torch.cat([h[:6], h[i : i + 1]])
        expected = batch_norm(both, None, None, gain, bias, training=True)[6]
        torch.testing.assert_close(out[i], expected, rtol=1e-4, atol=1e-5)


def test_reference_batch_norm_has_the_statistics_of_the_reference() -> None:
    h, gain, bias = torch.randn(10, 3, 2, 2) * 2 + 1, torch.randn(3), torch.randn(3)
    mean, variance = h[:6].mean((0, 2, 3)), h[:6].var((0, 2, 3), correction=0)
    expected = batch_norm(h, mean, variance, gain, bias)
    torch.testing.assert_close(normed(0.0, h, gain, bias), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["virtual_batch_norm", "reference_batch_norm"])
@pytest.mark.parametrize("shape", [(2,), (1, 8, 8)])
def test_a_sample_depends_on_its_own_code_and_the_reference(
    name: str, shape: tuple[int, ...]
) -> None:
    plain = small("dcgan", shape)
    z, others = torch.randn(2, plain.latent), torch.randn(7, plain.latent)
    together = torch.cat([z, others])
    assert not plain.decode(together)[:2].allclose(plain.decode(z), rtol=1e-2)
    game = apply(plain, name, size=5)
    alone = game.decode(z)
    torch.testing.assert_close(game.decode(together)[:2], alone, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(game.eval().decode(z), alone)
    before = alone.detach().clone()
    game.generator.reference.mul_(3)
    assert not game.decode(z).allclose(before)
    assert "generator.reference" in game.state_dict()


def kinds(network: nn.Module) -> list[str]:
    return [type(layer).__name__ for layer in network.modules() if not [*layer.children()]]


@pytest.mark.parametrize("shape", [(2,), (1, 8, 8), (3, 32, 32)])
def test_batch_norm_in_hidden_layers_is_radfords_rule(shape: tuple[int, ...]) -> None:
    """Taken out and put back, it stands where DCGAN has it."""
    plain = small("dcgan", shape)
    game = apply(copy.deepcopy(plain), "batch_norm")
    assert kinds(game.generator) == kinds(plain.generator)
    assert kinds(game.critic.trunk) == kinds(plain.critic.trunk)


def test_batch_norm_in_one_network_or_at_the_ends() -> None:
    def norms(network: nn.Module) -> int:
        return sum("BatchNorm" in kind for kind in kinds(network))

    def built(**where: str) -> Game:
        return apply(small("dcgan", (1, 8, 8)), "batch_norm", **where)

    plain = small("dcgan", (1, 8, 8))
    game = built(generator_layers="none")
    assert (norms(game.generator), norms(game.critic)) == (0, norms(plain.critic))
    assert all(layer.bias is not None for layer in game.generator if hasattr(layer, "bias"))
    game = built(critic_layers="none")
    assert (norms(game.generator), norms(game.critic)) == (norms(plain.generator), 0)
    assert game.critic.independent
    game = built(generator_layers="all", critic_layers="all")
    assert norms(game.generator) == norms(plain.generator) + 1
    assert kinds(game.generator)[-3:] == ["BatchNorm2d", "Tanh", "Affine"]
    assert norms(game.critic) == norms(plain.critic) + 1
    assert kinds(game.critic)[2] == "BatchNorm2d"


def test_spectral_norm_makes_the_largest_singular_value_one() -> None:
    game = apply(small("gan", (1, 8, 8), network="convolutional"), "spectral_norm")
    for _ in range(200):
        game.critic(torch.rand(2, 1, 8, 8))
    game.eval()
    layers = [layer for layer in game.critic.modules() if is_parametrized(layer)]
    assert len(layers) == 3  # a convolution, and the dense layers of trunk and head
    matrices = [layer.weight.flatten(1) for layer in layers]
    for matrix in matrices:
        assert torch.linalg.svdvals(matrix)[0].item() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "keywords", "values"),
    [
        ("gradient_penalty", {"weight": 10.0}, (2.5, 0.0, 40.0)),
        ("one_sided_penalty", {"weight": 10.0}, (0.0, 0.0, 40.0)),
        ("r1", {"gamma": 10.0}, (1.25, 5.0, 45.0)),
    ],
)
def test_penalties_of_a_linear_critic(
    name: str, keywords: dict[str, float], values: tuple[float, ...]
) -> None:
    """Slopes of norm 1/2, 1 and 3: 10 (|w| - 1)^2, the same from 1 on, and 10 / 2 |w|^2."""
    for norm, value in zip((0.5, 1.0, 3.0), values, strict=True):
        game = apply(shift_game(linear(0.6 * norm, 0.8 * norm)), name, **keywords)
        (term,) = game.terms["critic"]
        real, fake = torch.randn(5, 2), torch.randn(5, 2)
        assert term(game.critic, real, fake).item() == pytest.approx(value, abs=1e-4)


def test_r1_looks_at_real_inputs_alone() -> None:
    """f(x) = |x|^2 / 2 has slope x: gamma / 2 E |real|^2."""

    class Half(Critic):
        def forward(self, x: Tensor) -> Tensor:
            return x.square().sum(1) / 2

    game = apply(shift_game(Half(Trunk([nn.Identity()], 2))), "r1", gamma=4.0)
    (term,) = game.terms["critic"]
    real = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    value = term(game.critic, real, torch.full((2, 2), 9.0))
    assert value.item() == pytest.approx(2 * (25 + 1) / 2)
    assert not real.requires_grad


def test_average_by_hand_and_unseen_by_training() -> None:
    torch.manual_seed(0)
    plain = small("gan", (2,))
    game = apply(copy.deepcopy(plain), "average", decay=0.5)
    path = [plain.generator[-1].weight.detach().clone()]
    torch.manual_seed(1)
    for _ in train(plain, Batches(examples((2,)), 8, 0), adam(plain), 2):
        path.append(plain.generator[-1].weight.detach().clone())
    played(game, (2,), seed=1)
    assert game.generator.network[-1].weight.equal(path[2])
    by_hand = 0.25 * path[0] + 0.25 * path[1] + 0.5 * path[2]
    torch.testing.assert_close(game.generator.average.network[-1].weight, by_hand)
    z = torch.randn(4, game.latent)
    assert game.decode(z).equal(plain.decode(z))
    expected = game.generator.average(z)
    assert game.eval().decode(z).equal(expected)
    assert not expected.allclose(plain.decode(z))


def test_step_ratio_counts_updates() -> None:
    game = apply(small("alpha_gan", (2,)), "step_ratio", critic=3, generator=2)
    seen: list[str] = []
    forward = game.forward

    def counting(player: str, batch_: Examples) -> Tensor:
        seen.append(player)
        return forward(player, batch_)

    game.forward = counting
    played(game, (2,), rounds=2)
    assert seen == (["critic"] * 3 + ["code_critic"] * 3 + ["autoencoder"] * 2) * 2


class Decay(nn.Module):
    """A term w^2 / 2, which makes the linear critic's loss quadratic."""

    def forward(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        return critic.head.weight.square().sum() / 2


@pytest.mark.parametrize("steps", [0, 1, 4])
@pytest.mark.parametrize("quadratic", [False, True])
def test_unrolled_gradient_steps_in_closed_form(steps: int, quadratic: bool) -> None:
    """Scores w x, fakes t, real mean r.  The critic descends w (t - r), to w + k lr (r - t); with
    w^2 / 2 to r - t + (1 - lr)^k (w - r + t).  The generator descends -w_k t."""
    w, t, r, lr = 0.4, 0.7, 2.0, 0.1
    plain = shift_game(linear(w))
    if quadratic:
        plain.terms["critic"].append(Decay())
    game = apply(plain, "unrolled", steps=steps, optimizer="gradient", lr=lr)
    loss = game("generator", batch([1.0], [3.0]))
    (slope,) = torch.autograd.grad(loss, plain.generator.t)
    left = (1 - lr) ** steps
    ahead = r - t + left * (w - r + t) if quadratic else w + steps * lr * (r - t)
    by_t = left - 1 if quadratic else -steps * lr
    assert loss.item() == pytest.approx(-ahead * t, rel=1e-5)
    assert slope.item() == pytest.approx(-ahead - by_t * t, rel=1e-5)


def test_unrolling_no_step_changes_nothing() -> None:
    for optimizer in ("adam", "gradient"):
        torch.manual_seed(0)
        plain = small("dcgan", (1, 8, 8))
        game = apply(copy.deepcopy(plain), "unrolled", steps=0, optimizer=optimizer)
        for mine, theirs in zip(played(game, (1, 8, 8)), played(plain, (1, 8, 8)), strict=True):
            assert mine.equal(theirs)


def test_unrolled_adam_is_torchs_and_so_is_its_slope() -> None:
    """From the moments of 3 rounds, 4 steps ahead by torch.optim.Adam on a copy; the slope by
    finite differences of the same."""
    rows = Examples(torch.randn(6, 2, dtype=torch.double), torch.zeros(6))
    critic = Critic(Trunk([nn.Linear(2, 3), nn.Tanh()], 3))
    plain = shift_game(critic, Minimax()).double()
    game = apply(plain, "unrolled", steps=4)
    descent = adam(game)
    for _ in train(game, iter([rows] * 9), descent, 3):
        pass

    def ahead(t: Tensor) -> float:
        twin = copy.deepcopy(plain)
        with torch.no_grad():
            twin.generator.t.copy_(t)
        own = twin.players()["critic"].parameters()
        optimizer = torch.optim.Adam(own, lr=0.1, betas=(0.5, 0.9))
        optimizer.load_state_dict(copy.deepcopy(descent["critic"].state_dict()))
        for _ in range(4):
            optimizer.zero_grad()
            twin("critic", rows).backward()
            optimizer.step()
        return twin("generator", rows).item()

    now, h = plain.generator.t.detach().clone(), 1e-5
    loss = game("generator", rows)
    (slope,) = torch.autograd.grad(loss, plain.generator.t)
    assert loss.item() == pytest.approx(ahead(now), rel=1e-6)
    for i in range(2):
        step = h * torch.eye(2, dtype=torch.double)[i]
        expected = (ahead(now + step) - ahead(now - step)) / (2 * h)
        assert slope[i].item() == pytest.approx(expected, rel=1e-4)
    plain_slope = torch.autograd.grad(plain("generator", rows), plain.generator.t)[0]
    assert not plain_slope.allclose(slope, rtol=0.01)


def test_unrolled_adam_stays_finite_where_a_slope_is_always_zero() -> None:
    """The last bias of a Wasserstein critic cancels out of its loss."""
    game = apply(small("wgan_gp", (2,)), "unrolled", steps=2)
    assert torch.stack(played(game, (2,), rounds=3)).isfinite().all()
    assert all(parameter.isfinite().all() for parameter in game.parameters())


ADVERSARIAL = [
    name
    for name in MODELS
    if issubclass(get_type_hints(plugin.load("zoo/models", name).build)["return"], Adversarial)
]
SAME = {"bgan", "fgan_gan", "fgan_hellinger", "fgan_js", "fgan_neyman", "fgan_pearson"}
SAME |= {"fgan_reverse_kl", "minimax_gan", "ali"}  # as fgan_kl, dcgan and bigan
KINDS = [name for name in ADVERSARIAL if name not in SAME]
IMAGES = {"bgan_discrete", "biggan", "bigan", "dcgan", "wgan"}  # the others see points, if they can
KEYWORDS = {"replay_memory": {"size": 16}, "unrolled": {"steps": 2}}
KEYWORDS |= {name: {"size": 4} for name in ("virtual_batch_norm", "reference_batch_norm")}
NORMED = {"alpha_gan", "dcgan", "fgan_kl", "lsgan", "vae_gan"}
OWN_LOSS = {"acgan", "alpha_gan", "bgan_discrete", "bigan", "infogan", "sgan", "vae_gan"}
COPIES = {"biggan", "gogan"}  # of their generators
PENALTY = NORMED | {"wgan_gp"}
NO_NORM = {"acgan", "bigan", "cgan", "ebgan", "ebgan_pt", "gan", "infogan", "sgan", "wgan"}
REFUSED = {
    "average": COPIES,
    "batch_norm": COPIES | {"wgan_gp"},
    "critic_dropout": {"acgan", "biggan", "cgan", "gan", "sgan"},
    "ensemble": OWN_LOSS | {"gogan"},
    "feature_matching": OWN_LOSS,
    "gradient_penalty": PENALTY,
    "instance_noise": {"ebgan", "ebgan_pt"},
    "label_smoothing": {"biggan", "bigan", "ebgan", "ebgan_pt", "fgan_kl", "gogan"}
    | {"wgan", "wgan_gp"},
    "minibatch_discrimination": {"biggan", "ebgan", "ebgan_pt", "wgan_gp"},
    "one_sided_penalty": PENALTY,
    "packing": OWN_LOSS - {"bigan"} | {"biggan", "ebgan", "ebgan_pt", "wgan_gp"},
    "pulling_away": {"bgan_discrete", "ebgan_pt"},
    "r1": PENALTY,
    "reference_batch_norm": COPIES | NO_NORM | {"wgan_gp"},
    "replay_memory": {"acgan", "infogan"},
    "spectral_norm": NORMED | {"biggan", "ebgan", "ebgan_pt", "gogan", "wgan"},
    "unrolled": {"alpha_gan", "bgan_discrete", "gogan", "vae_gan", "wgan"},
    "virtual_batch_norm": COPIES | NO_NORM | {"wgan_gp"},
}


PINNED = IMAGES | {"acgan", "alpha_gan", "cgan", "ebgan", "ebgan_pt", "fgan_kl", "gan", "gogan"}
PINNED |= {"infogan", "lsgan", "sgan", "vae_gan", "wgan_gp"}  # a newer model need not be listed


def data_for(name: str) -> tuple[int, ...]:
    """The shape of small data on which a model is tried."""
    try:
        small(name, (2,))
    except pytest.skip.Exception:  # it is made for images alone
        return (1, 8, 8)
    return (1, 8, 8) if name in IMAGES else (2,)


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_suits_a_model_or_says_why_not(trick: str) -> None:
    """Where it suits, the game learns, samples, and goes on from its state to the same numbers."""
    refused = set()
    for name in KINDS:
        shape = data_for(name)
        data, listed = examples(shape), [{trick: KEYWORDS.get(trick, {})}]
        try:
            game = with_tricks(small(name, shape), listed)
        except Unsuitable as error:
            assert len(str(error)) > len(f"the trick {trick} does not go here: ") + 20
            refused.add(name)
            continue
        unbroken = Course(game, adam(game), Batches(data, 8, 0), 2, CPU)
        for round_, _ in train(game, unbroken.batches, unbroken.optimizers, 2):
            if round_ == 1:
                kept = copy.deepcopy(unbroken.state_dict())
        other = with_tricks(small(name, shape), listed)  # as one that was interrupted, or loaded
        taken_up = Course(other, adam(other), Batches(data, 8, 1), 2, CPU)
        taken_up.load_state_dict(kept | {"game": load(save(kept["game"]))})
        for _ in train(other, taken_up.batches, taken_up.optimizers, 2, start=1):
            pass
        expected = game.state_dict()
        assert all(value.equal(expected[key]) for key, value in other.state_dict().items()), name
        x = game.eval().sample(3)
        assert x.shape == (3, *shape)
        assert x.isfinite().all()
        for capability in ("encode", "decode", "predict"):
            assert hasattr(game, capability) == hasattr(unwrapped(game), capability)
    assert refused & PINNED == REFUSED.get(trick, set())


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_stays_on_its_device_and_never_waits_for_it(trick: str) -> None:
    """As tests/test_contract.py does for models: on the meta device a look at a value fails."""
    with torch.device("meta"):
        data = examples((1, 8, 8))
    name = next(
        n
        for n in ("lsgan", "wgan", "infogan", "fgan_kl", "gan", "cgan")
        if n not in REFUSED.get(trick, set())
    )
    game = with_tricks(small(name, (1, 8, 8)), [{trick: KEYWORDS.get(trick, {})}]).to("meta")
    descent = {k: torch.optim.SGD(p.parameters(), 0.1) for k, p in game.players().items()}
    (_, losses), *_ = train(game, Batches(data, 8, 0), descent, 2)
    assert {loss.device.type for loss in losses.values()} == {"meta"}


@pytest.mark.parametrize(
    ("model", "tricks", "why"),
    [
        ("wgan", ["minibatch_discrimination", "gradient_penalty"], "depends on the whole batch"),
        ("bigan", ["r1", "packing"], "of one input's score, but packing scores several"),
        ("bigan", ["r1", "one_sided_penalty"], "there is one already"),
        ("bigan", ["r1", {"batch_norm": {}}], "batch norm mixes a batch"),
        ("bigan", ["batch_norm", "spectral_norm"], "batch norm rescales"),
        ("infogan", ["spectral_norm", "batch_norm"], "more than a layer"),
        ("infogan", ["spectral_norm", "spectral_norm"], "spectral norm already"),
        ("ebgan", ["unrolled", "feature_matching"], "unrolled must come after"),
        ("ebgan", ["average", "batch_norm"], "average must come after"),
        ("ebgan", ["unrolled", "average"], "unrolled must come after"),
        ("ebgan", ["ensemble", "r1"], "ensemble must come after"),
        ("bigan", ["historical_averaging", "unrolled"], "historical averaging"),
        ("progan", ["packing"], "games with a critic; ProGAN is none"),
        ("vae", ["packing"], "games with a critic; VAE is none"),
    ],
)
def test_what_contradicts_is_refused_with_its_reason(
    model: str, tricks: list[object], why: str
) -> None:
    with pytest.raises(Unsuitable, match=why):
        with_tricks(small(model, (1, 8, 8)), tricks)


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        ({"packing": {"samples": 0}}, "packing.samples: 0 is under 1"),
        ({"replay_memory": {"share": 1.5}}, "replay_memory.share: 1.5 is not in"),
        ({"unrolled": {"steps": -1}}, "unrolled.steps: -1 is under 0"),
        ({"step_ratio": {"critic": 0}}, "0 to 1 leaves one of the two unmoved"),
        ({"ensemble": {"critics": 0}}, "ensemble.critics: 0 is under 1"),
        ({"critic_dropout": {"share": 1.0}}, "critic_dropout.share: 1.0 is not in"),
        ({"average": {"decay": 1.0}}, "average.decay: 1.0 is not in"),
        ({"virtual_batch_norm": {"size": 1}}, "a reference batch of 1 has no variance"),
    ],
)
def test_a_value_that_suits_no_model_is_a_mistake_that_the_check_tells(
    listed: dict[str, object], why: str
) -> None:
    with pytest.raises(OutOfRange, match=why):
        with_tricks(small("dcgan", (1, 8, 8)), [listed])
    told = [*checks.tricks("models.gan", {"tricks": [listed]}, plugin.load("zoo/models", "gan"))]
    assert len(told) == 1 and told[0].startswith("models.gan.tricks: ") and why in told[0]


@pytest.mark.parametrize(
    ("model", "tricks"),
    [
        ("dcgan", ["packing", "minibatch_discrimination", "virtual_batch_norm", "unrolled"]),
        ("wgan_gp", ["instance_noise", "step_ratio", "ensemble", "replay_memory", "average"]),
        ("lsgan", ["label_smoothing", "pulling_away", "feature_matching", "unrolled"]),
        ("lsgan", ["feature_matching", "ensemble", "average", "unrolled"]),
        ("dcgan", [{"batch_norm": {"critic_layers": "none"}}, "spectral_norm", "r1", "average"]),
        ("cgan", ["instance_noise", "packing", "average", "unrolled", "historical_averaging"]),
        ("bigan", ["critic_dropout", "minibatch_discrimination", "instance_noise", "unrolled"]),
    ],
)
def test_tricks_go_together(model: str, tricks: list[object]) -> None:
    game = with_tricks(small(model, (1, 8, 8)), tricks)
    losses = played(game, (1, 8, 8))
    assert torch.stack(losses).isfinite().all()
    assert game.eval().sample(3).shape == (3, 1, 8, 8)


def test_a_wrapper_is_the_inner_game_in_all_else() -> None:
    inner = small("cgan", (2,))
    game = Wrapper(Wrapper(inner))
    assert game.sample(2, torch.tensor([0, 1])).shape == (2, 2)
    assert game.latent == inner.latent
    game.progress = 0.5
    assert inner.progress == 0.5
    assert not hasattr(game, "encode")
    assert isinstance(game.players()["critic"], Player)
    twin = copy.deepcopy(game)
    assert twin.critic is not inner.critic
    assert twin.sample.__self__ is unwrapped(twin)


def test_an_entry_lists_its_tricks() -> None:
    listed = ["packing", {"unrolled": {"steps": 2}}]
    game = make("gan", (2,), 0, {"width": 4}, listed)
    assert type(game).__name__ == "AdamUnrolled"
    assert game.steps == 2
    assert type(game.critic.trunk[0]).__name__ == "Packed"


@pytest.mark.parametrize(
    ("model", "tricks", "message"),
    [
        ("gan", "packing", "models.gan.tricks: must be a list"),
        (
            "gan",
            ["paking"],
            r"models.gan.tricks.paking: 'paking' has no file gbench/games/tricks/paking",
        ),
        ("gan", [{"packing": {"m": 2}}], "models.gan.tricks.packing.m: unknown; allowed: samples"),
        ("gan", [{"packing": {"samples": "two"}}], "'two' is not a whole number"),
        ("gan", [{"ensemble": {"sharpness": "max"}}], "a number or one of greatest"),
        ("gan", [{"packing": 3}], "models.gan.tricks.packing: must map keywords"),
        ("gan", [{"packing": {}, "r1": {}}], "is not a name, nor one name with its keywords"),
        ("gan", ["packing", "packing"], "'packing' stands there 2 times"),
        ("vae", ["packing"], "models.vae.tricks: tricks are for adversarial games"),
        ("gmm", ["packing"], "models.gmm.tricks: tricks are for adversarial games"),
    ],
)
def test_a_mistake_in_a_list_of_tricks_is_told(model: str, tricks: object, message: str) -> None:
    params = read(ROOT / "params.yaml")
    params["models"][model]["tricks"] = tricks
    (mistake,) = find(params)
    assert mistake.startswith(f"models.{model}.tricks")
    assert message.replace("\\", "") in mistake
    del params["models"][model]["tricks"]
    params["models"][model]["on"] = {"ring": {"tricks": tricks}}
    (mistake,) = find(params)
    assert mistake.startswith(f"models.{model}.on.ring.tricks")


def test_models_do_not_import_tricks_and_stages_that_make_them_depend_on_these() -> None:
    for file in (ROOT / "gbench").rglob("*.py"):
        if "tricks" not in file.parts:
            assert "gbench.games.tricks" not in file.read_text(), file
    stages = read(ROOT / "dvc.yaml")["stages"]
    for name, stage in stages.items():
        if any(dep.startswith("gbench/zoo/models") for dep in stage["deps"]):
            assert "gbench/games" in stage["deps"], name
