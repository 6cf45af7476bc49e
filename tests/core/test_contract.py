"""Every model keeps the contract, on every kind of data; and the loop keeps the one rule."""

import copy
import inspect
from typing import get_type_hints

import pytest
import torch
from torch import nn
from torch.optim import SGD

from gbench.core import plugin
from gbench.core.batches import Batches
from gbench.core.game import Fitted, Game, Player, Unsuitable
from gbench.core.learn import Course
from gbench.core.train import adam, train
from gbench.zoo.shared.along import Along
from gbench.zoo.shared.dataset import Dataset, Examples
from gbench.zoo.shared.run import make
from gbench.zoo.shared.samples import keep

SHAPES = {"points": (2,), "digits": (1, 8, 8), "mnist": (1, 28, 28), "cifar": (3, 32, 32)}
SHAPES["odd"] = (3, 13, 17)
MODELS = plugin.names("zoo/models")
DESCENDED = [
    name
    for name in MODELS
    if not issubclass(get_type_hints(plugin.load("zoo/models", name).build)["return"], Fitted)
]


CLASSES = 3
SMALL = {"width": 8, "latent": 3, "components": 2, "ridge": 0.1, "hidden": 8}


def examples(shape: tuple[int, ...], n: int = 40) -> Examples:
    return Examples(torch.rand(n, *shape), torch.arange(n) % CLASSES)


def small(name: str, shape: tuple[int, ...], **arguments: object) -> Game:
    """A small one, or a skipped test if the model is not made for such data."""
    known = inspect.signature(plugin.load("zoo/models", name).build).parameters
    numbers = {key: value for key, value in SMALL.items() if key in known}
    if name == "gaussian":
        del numbers["components"]
    try:
        return make(name, shape, CLASSES, numbers | arguments)
    except Unsuitable as error:
        pytest.skip(str(error))


def test_the_gan_also_has_convolutions() -> None:
    layers = {type(module) for module in small("gan", (3, 32, 32)).modules()}
    assert not layers & {nn.Conv2d, nn.ConvTranspose2d}
    game = small("gan", (3, 32, 32), network="convolutional")
    assert {nn.Conv2d, nn.ConvTranspose2d} <= {type(module) for module in game.modules()}
    assert game.eval().sample(2).shape == (2, 3, 32, 32)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("name", MODELS)
def test_learns_and_samples(name: str, shape: tuple[int, ...]) -> None:
    if name not in DESCENDED and torch.Size(shape).numel() > 800:
        pytest.skip("a full covariance of a large image takes long; pca is tested below")
    game, data = small(name, shape), examples(shape)
    before = {key: value.clone() for key, value in game.state_dict().items()}
    if not isinstance(game, Fitted):
        for _ in train(game, Batches(data, 8, 0), adam(game), 1):
            pass
    game.fit(data.x, 0)
    changed = [key for key, value in game.state_dict().items() if not value.equal(before[key])]
    assert changed
    game.eval()
    x = game.sample(5)
    assert x.shape == (5, *shape)
    assert x.isfinite().all()
    if name in DESCENDED and len(shape) == 3:
        assert 0 <= x.min() <= x.max() <= 1
    for capability, size in (("encode", None), ("log_prob", (5,)), ("score", (5,))):
        if hasattr(game, capability):
            out = getattr(game, capability)(x)
            assert out.shape[0] == 5
            assert size is None or out.shape == size
    if hasattr(game, "decode"):
        assert game.decode(torch.randn(4, game.latent)).shape == (4, *shape)
    if "labels" in inspect.signature(game.sample).parameters:
        assert game.sample(4, torch.tensor([0, 1, 2, 0])).shape == (4, *shape)


@pytest.mark.parametrize("name", DESCENDED)
def test_a_round_stays_on_its_device_and_never_waits_for_it(name: str) -> None:
    """On PyTorch's meta device a tensor from elsewhere, or a look at a value, is an error."""
    for shape in ((2,), (1, 8, 8), (3, 32, 32)):
        with torch.device("meta"):
            data = examples(shape)
        game = small(name, shape).to("meta")
        descent = {k: SGD(player.parameters(), 0.1) for k, player in game.players().items()}
        (_, losses), *_ = train(game, Batches(data, 8, 0), descent, 3)
        assert {loss.device.type for loss in losses.values()} == {"meta"}
        with pytest.raises(RuntimeError, match="meta"):
            next(iter(losses.values())).item()


@pytest.mark.parametrize("name", DESCENDED)
def test_mixed_precision_learns_the_same_at_first(name: str) -> None:
    losses = {}
    for precision in ("float32", "bfloat16"):
        torch.manual_seed(0)
        game = small(name, (1, 8, 8))
        batches = Batches(examples((1, 8, 8)), 8, 0)
        rounds = [*train(game, batches, adam(game), 5, precision=precision)]
        losses[precision] = torch.stack([*rounds[-1][1].values()]).float()
        assert {p.dtype for p in game.parameters()} == {torch.float32}
        assert game.eval().sample(2).dtype == torch.float32
    assert not losses["float32"].equal(losses["bfloat16"])
    torch.testing.assert_close(losses["float32"], losses["bfloat16"], rtol=0.05, atol=0.02)


@pytest.mark.parametrize("name", DESCENDED)
def test_each_player_moves_its_own_modules_only(name: str) -> None:
    game, data = small(name, (1, 8, 8)), examples((1, 8, 8))
    batches = Batches(data, 8, 0)
    for player_name, player in game.players().items():
        own = {id(parameter) for parameter in player.parameters()}
        before = [p.detach().clone() for p in game.parameters()]
        alone = Alone(game, player_name)
        for _ in train(alone, batches, adam(alone), 6):  # through all phases of those that have any
            pass
        for parameter, old in zip(game.parameters(), before, strict=True):
            assert id(parameter) in own or parameter.equal(old)
        # Weights only: a Wasserstein critic's last bias cancels out of its loss.
        for parameter, old in zip(game.parameters(), before, strict=True):
            if id(parameter) in own and parameter.dim() > 1:
                assert not parameter.equal(old)


@pytest.mark.parametrize("name", DESCENDED)
def test_a_training_taken_up_again_ends_as_if_never_broken(name: str) -> None:
    """And as if nobody had looked at its samples on the way."""
    data, cpu = examples((1, 8, 8)), torch.device("cpu")
    dataset = Dataset("noise", data, data, data, CLASSES, "", levels=255)
    kept = keep(dataset, 7, Along(points=6, n=5, metrics=[]), n=5)

    def course(seed: int) -> Course:
        torch.manual_seed(seed)
        game = small(name, (1, 8, 8))
        return Course(game, adam(game), Batches(data, 8, seed), 6, cpu, kept)

    unbroken, taken_up = course(0), course(1)
    state = {}
    for round_, _ in train(unbroken.game, unbroken.batches, unbroken.optimizers, 6):
        unbroken.round = round_
        if round_ == 3:
            state = copy.deepcopy(unbroken.state_dict())
        unbroken.glimpse(seed=7)
    taken_up.load_state_dict(state)
    for _ in train(taken_up.game, taken_up.batches, taken_up.optimizers, 6, taken_up.round):
        pass
    for course_ in (unbroken, taken_up):
        torch.manual_seed(0)
        course_.game.fit(data.x, seed=0)
    expected = unbroken.game.state_dict()
    assert all(value.equal(expected[key]) for key, value in taken_up.game.state_dict().items())
    assert [*unbroken.looks] == [1, 2, 3, 4, 5, 6]
    assert {look["x"].shape for look in unbroken.looks.values()} == {(5, 1, 8, 8)}


class Alone(Game):
    """One player of a game."""

    def __init__(self, game: Game, player: str):
        super().__init__()
        self.game, self.player = game, player

    def players(self) -> dict[str, Player]:
        return {self.player: self.game.players()[self.player]}

    @property
    def progress(self) -> float:
        return self.game.progress

    @progress.setter
    def progress(self, value: float) -> None:
        self.game.progress = value


def test_a_player_takes_its_steps_each_on_a_fresh_batch() -> None:
    class Counting(Game):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(1, 1), nn.Linear(1, 1)
            self.seen: list[tuple[str, float]] = []
            self.after = 0

        def players(self) -> dict[str, Player]:
            def count() -> None:
                self.after += 1

            return {
                "a": Player(lambda x: self.loss("a", x), [self.a], steps=3, after_step=count),
                "b": Player(lambda x: self.loss("b", x), [self.b]),
            }

        def loss(self, name: str, x: float) -> torch.Tensor:
            self.seen.append((name, x))
            return getattr(self, name)(torch.tensor([[x]])).sum()

    game = Counting()
    rounds = list(train(game, iter(float(i) for i in range(99)), adam(game), 2))
    assert [round_ for round_, _ in rounds] == [1, 2]
    names = "aaabaaab"
    assert game.seen == [(name, float(i)) for i, name in enumerate(names)]
    assert game.after == 6


def test_the_loop_descends_a_quadratic_as_adam_does_by_hand() -> None:
    class Quadratic(Game):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.tensor([1.0, -2.0]))

        def players(self) -> dict[str, Player]:
            return {"w": Player(lambda _: self.w.square().sum() / 2, [self], lr=0.1)}

    game = Quadratic()
    for _ in train(game, iter(range(9)), adam(game), 3):
        pass
    w, m, v = torch.tensor([1.0, -2.0], dtype=torch.double), 0.0, 0.0
    for t in range(1, 4):  # Kingma and Ba 2015, algorithm 1
        m, v = 0.9 * m + 0.1 * w, 0.999 * v + 0.001 * w**2
        w = w - 0.1 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
    assert torch.allclose(game.w.double(), w, atol=1e-6)


def test_the_step_size_falls_along_a_line() -> None:
    """A slope of 1 moves Adam's weight by exactly its step size each round: 1, 3/4, 1/2, 1/4, 0."""

    class Slope(Game):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.zeros(1))

        def players(self) -> dict[str, Player]:
            return {"w": Player(lambda _: self.w.sum(), [self], lr=1.0, lr_end=0.0)}

    game = Slope()
    path = [game.w.item() for _ in train(game, iter(range(9)), adam(game), 5)]
    assert path == pytest.approx([-1, -1.75, -2.25, -2.5, -2.5], abs=1e-5)


def test_a_player_plays_within_its_span_and_the_game_knows_its_progress() -> None:
    class Phases(Game):
        def __init__(self) -> None:
            super().__init__()
            self.w, self.seen = nn.Parameter(torch.zeros(1)), []

        def players(self) -> dict[str, Player]:
            spans = {"first": (0.0, 0.5), "both": (0.0, 1.0), "second": (0.5, 1.0)}
            return {
                name: Player(lambda _, name=name: self.note(name), [self], span=span)
                for name, span in spans.items()
            }

        def note(self, name: str) -> torch.Tensor:
            self.seen.append((name, self.progress))
            return self.w.sum()

    game = Phases()
    rounds = [sorted(losses) for _, losses in train(game, iter(range(99)), adam(game), 4)]
    assert rounds == [["both", "first"]] * 2 + [["both", "second"]] * 2
    assert [progress for name, progress in game.seen if name == "both"] == [0, 0.25, 0.5, 0.75]


def test_conditional_models_are_made_with_the_classes_and_need_them() -> None:
    for name in MODELS:
        if "classes" in inspect.signature(plugin.load("zoo/models", name).build).parameters:
            with pytest.raises(Unsuitable, match="labels"):
                make(name, (1, 8, 8), 0, {})


def test_batches_cover_each_epoch_once_and_resume() -> None:
    data = Examples(torch.arange(10.0)[:, None], torch.arange(10))
    batches = Batches(data, 4, seed=3)
    seen = torch.cat([next(batches).y for _ in range(5)])
    assert sorted(seen[:10].tolist()) == sorted(seen[10:].tolist()) == list(range(10))
    assert seen[:10].tolist() != seen[10:].tolist()
    state = batches.state_dict()
    ahead = [next(batches).y.tolist() for _ in range(6)]
    resumed = Batches(data, 4, seed=99)
    resumed.load_state_dict(state)
    assert [next(resumed).y.tolist() for _ in range(6)] == ahead


def test_dcgan_follows_radfords_rules() -> None:
    game = small("dcgan", (1, 64, 64), width=16)  # large enough that no convolution is a matrix
    critic, generator = list(game.critic.trunk), list(game.generator)
    norms = [i for i, layer in enumerate(critic) if isinstance(layer, nn.BatchNorm2d)]
    convolutions = [i for i, layer in enumerate(critic) if isinstance(layer, nn.Conv2d)]
    assert len(norms) == len(convolutions) - 1
    assert norms[0] > convolutions[1]  # none after the first
    assert all(layer.stride == (2, 2) for layer in critic if isinstance(layer, nn.Conv2d))
    assert not any("Pool" in type(layer).__name__ for layer in game.modules())
    ups = [i for i, layer in enumerate(generator) if isinstance(layer, nn.ConvTranspose2d)]
    norms = [i for i, layer in enumerate(generator) if isinstance(layer, nn.BatchNorm2d)]
    assert len(norms) == len(ups)
    assert norms[-1] < ups[-1]  # none after the last
    assert {player.lr for player in game.players().values()} == {2e-4}
    assert {player.betas for player in game.players().values()} == {(0.5, 0.999)}


def test_wgan_gp_has_no_batch_norm_and_five_critic_steps() -> None:
    game = small("wgan_gp", (1, 8, 8))
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in game.modules())
    assert game.players()["critic"].steps == 5
    assert [term.weight for term in game.terms["critic"]] == [10.0]
