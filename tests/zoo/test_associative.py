"""The associative memory against statistics counted by hand and laws summed over all states."""

from itertools import product

import torch
from torch import Tensor, nn

from gbench.core.batches import Batches
from gbench.core.game import Game, Player
from gbench.core.train import adam, train
from gbench.zoo.models import aan
from gbench.zoo.shared.dataset import Examples


def examples(x: Tensor) -> Examples:
    return Examples(x, torch.zeros(len(x), dtype=torch.long))


def bare(units: int, **arguments: float) -> aan.AAN:
    """Its examples are the features themselves, and its samples the memory's signs."""
    game = aan.build((units,), latent=units, width=4, network="dense", **arguments)
    game.critic.trunk, game.generator = nn.Identity(), nn.Identity()
    return game


def states(n: int) -> Tensor:
    """All vectors of bits, [2^n, n]."""
    return torch.tensor([*product([0.0, 1.0], repeat=n)])


def shares(signs: Tensor) -> Tensor:
    """How often each state occurs among signs [N, 3], in the order of `states`: [8]."""
    place = (signs > 0).long() @ torch.tensor([4, 2, 1])
    return torch.bincount(place, minlength=8) / len(place)


def test_the_slope_of_contrastive_divergence_is_a_difference_of_statistics() -> None:
    """Hinton 2002: <v h> at the data less <v h> after k Gibbs steps, hidden units by their
    probabilities, and <v>, <h> for the biases; descent goes the other way."""
    game = bare(3, hidden=2, gibbs=3)
    for parameter in game.memory.parameters():
        nn.init.normal_(parameter)
    features = torch.rand(6, 3) * 2 - 1
    torch.manual_seed(5)
    loss = game.memory_loss(examples(features))
    torch.manual_seed(5)
    bits = torch.bernoulli((features + 1) / 2)
    recalled = game.memory.walk(bits, 3)
    assert not recalled.equal(bits)
    weight, of_visible, of_hidden = torch.zeros(3, 2), torch.zeros(3), torch.zeros(2)
    for sign, batch in ((-1, bits), (1, recalled)):
        for v in batch:
            excited = game.memory.hidden_bias + sum(v[i] * game.memory.weight[i] for i in range(3))
            h = 1 / (1 + (-excited.detach()).exp())
            weight += sign * torch.outer(v, h) / 6
            of_visible += sign * v / 6
            of_hidden += sign * h / 6
    own = [game.memory.weight, game.memory.visible_bias, game.memory.hidden_bias]
    found = torch.autograd.grad(loss, own)
    for one, other in zip(found, (weight, of_visible, of_hidden), strict=True):
        torch.testing.assert_close(one, other)


def test_samples_are_walks_that_reach_the_memorys_law() -> None:
    game = bare(3, hidden=2, chains=50, burn_in=60)
    for parameter in game.memory.parameters():
        nn.init.normal_(parameter)
    game.chains.fill_(1.0)  # far from the law
    v, h, units = states(3), states(2), game.memory
    energy = -(v @ units.weight @ h.T) - (v @ units.visible_bias)[:, None] - h @ units.hidden_bias
    law = (-energy.detach()).flatten().softmax(0).view(8, 4).sum(1)
    assert (shares(game.sample(20_000)) - law).abs().max().item() < 0.015
    assert shares(game.noise(100))[-1] == 1  # in training the chains themselves


def test_the_memory_learns_the_law_of_the_signs_of_features() -> None:
    """Features of two opposite kinds: their signs depend on each other, as no noise's would."""

    class Memory(Game):
        def __init__(self) -> None:
            super().__init__()
            self.game = bare(3, hidden=4, gibbs=5, chains=2000, memory_lr=0.05)

        def players(self) -> dict[str, Player]:
            return {"memory": self.game.players()["memory"]}

    torch.manual_seed(0)
    kinds = torch.tensor([[0.8, 0.8, -0.8], [-0.8, -0.8, 0.8]])
    memory = Memory()
    batches = Batches(examples(kinds.repeat(50, 1)), 100, 0)
    for _ in train(memory, batches, adam(memory), 200):
        pass
    bits = states(3)[:, None]
    chance = (1 + kinds) / 2
    law = (bits * chance + (1 - bits) * (1 - chance)).prod(2).mean(1)
    assert (law - 1 / 8).abs().sum().item() / 2 > 0.45  # the signs of noise are far from it
    assert (shares(memory.game.noise(20_000)) - law).abs().sum().item() / 2 < 0.06


def test_the_memory_learns_between_critic_and_generator_by_itself() -> None:
    game = aan.build((1, 8, 8), latent=4, hidden=3, width=4, chains=20, memory_lr=0.1, lr=0.2)
    players = game.players()
    assert [*players] == ["critic", "memory", "generator"]
    assert [player.lr for player in players.values()] == [0.2, 0.1, 0.2]
    x = torch.rand(5, 1, 8, 8)
    features = game.encode(x)
    assert features.shape == (5, 4)
    assert features.abs().max() < 1
    assert game.critic(x).equal(game.critic.head(features).squeeze(1))  # what the memory learns
