"""What the training loop costs beside one written by hand: `python benchmarks/training.py`.

The same GAN on digits, once through `gbench.core.train.train` and once through the loop that one
would write for it alone: two networks, two optimisers (Adam, fused in both), detached fakes.  Both
run in one process, in turns, on one thread; printed is the median ratio of rounds a second.
"""

import statistics
import time
from collections.abc import Callable, Iterator

import torch
from torch.nn.functional import softplus
from torch.optim import Adam

from gbench.core.batches import Batches
from gbench.core.game import Game
from gbench.core.train import adam, train
from gbench.zoo.data import digits
from gbench.zoo.models import dcgan, gan
from gbench.zoo.shared.dataset import Dataset

ROUNDS, TURNS, BATCH = 200, 15, 64
Loop = Iterator[None]


def ours(game: Game, data: Dataset) -> Loop:
    batches = Batches(data.train, BATCH, seed=0)
    for _ in train(game, batches, adam(game), rounds=10**9):
        yield


def by_hand(game: Game, data: Dataset) -> Loop:
    x, latent = data.train.x, game.latent
    generator, critic = game.generator, game.critic
    steps = {"lr": 2e-4, "betas": (0.5, 0.999), "fused": True}
    of_critic, of_generator = (
        Adam(critic.parameters(), **steps),
        Adam(generator.parameters(), **steps),
    )
    while True:
        for indices in torch.randperm(len(x)).split(BATCH):
            if len(indices) < BATCH:
                continue
            real = x[indices]
            fake = generator(torch.randn(BATCH, latent)).detach()
            of_critic.zero_grad()
            (softplus(-critic(real)).mean() + softplus(critic(fake)).mean()).backward()
            of_critic.step()
            of_generator.zero_grad()
            softplus(-critic(generator(torch.randn(BATCH, latent)))).mean().backward()
            of_generator.step()
            yield


def seconds(loop: Loop) -> float:
    began = time.process_time()
    for _ in range(ROUNDS):
        next(loop)
    return time.process_time() - began


def main() -> None:
    torch.set_num_threads(1)
    data = digits.build(seed=0, validation=400, test=400)
    makers: dict[str, Callable[[], Game]] = {
        "gan, dense, width 128": lambda: gan.build(data.shape, width=128),
        "dcgan, width 16": lambda: dcgan.build(data.shape, width=16),
    }
    for name, make in makers.items():
        mine, plain = ours(make(), data), by_hand(make(), data)
        for loop in (mine, plain):
            seconds(loop)
        pairs = [(seconds(mine), seconds(plain)) for _ in range(TURNS)]
        low, middle, high = statistics.quantiles([b / a for a, b in pairs], n=4)
        rate = ROUNDS / statistics.median(a for a, _ in pairs)
        print(
            f"{name}: {rate:.0f} rounds/s; by hand takes {middle:.2f} of the time "
            f"(quartiles {low:.2f} to {high:.2f})"
        )


if __name__ == "__main__":
    main()
