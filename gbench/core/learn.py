"""Learning within a budget: the training loop with a log, checkpoints, and an eye on divergence."""

import math
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer
from tqdm import tqdm

from gbench.core.checkpoint import Checkpoint, random_state, set_random_state
from gbench.core.dataset import Batches, Dataset
from gbench.core.game import Game
from gbench.core.train import adam, train
from gbench.params import Budget

LOGGED = 200  # rows of losses.csv, whatever the number of rounds


class Diverged(Exception):
    """A loss is no longer finite; the text says where.

    Attributes:
        log: the logged losses until then, as `play` returns them.
    """

    def __init__(self, text: str, log: list[list[float]] | None = None):
        super().__init__(text)
        self.log = log or []


class Outcome(NamedTuple):
    """What training a game came to.

    Attributes:
        samples: [n, *shape] on the CPU; None if it diverged.
        log: a row [round, loss of each player] at a time.
        note: why it diverged; empty if it did not.
        seconds: spent on training, and on sampling.
    """

    samples: Tensor | None
    log: list[list[float]]
    note: str
    seconds: dict[str, float]


def learn(
    game: Game,
    dataset: Dataset,
    budget: Budget,
    n: int,
    seed: int,
    checkpoint: Checkpoint,
    device: torch.device,
) -> Outcome:
    """Trains the game, fits it, and draws n samples; to diverge is an outcome, not an error."""
    log: list[list[float]] = []
    seconds = {"train": 0.0, "sample": 0.0}
    try:
        if not game.solved:
            log, seconds["train"] = play(
                game, dataset, budget, seed=seed, checkpoint=checkpoint, device=device
            )
        start = time.perf_counter()
        game.fit(dataset.train.x, seed)
        seconds["train"] += time.perf_counter() - start
        start = time.perf_counter()
        samples = draw(game, n, dataset.kind)
        seconds["sample"] = time.perf_counter() - start
    except Diverged as error:
        return Outcome(None, log or error.log, str(error), seconds)
    return Outcome(samples, log, "", seconds)


@dataclass
class Course:
    """A training under way: all that decides how it goes on, and what it has logged.

    Attributes:
        round: how many are behind it.
        log: as `play` returns it.
        seconds: that training has taken, those before an interruption included.
    """

    game: Game
    optimizers: dict[str, Optimizer]
    batches: Batches
    device: torch.device
    round: int = 0
    log: list[list[float]] = field(default_factory=list)
    seconds: float = 0.0

    def state_dict(self) -> dict[str, Any]:
        return {
            "game": self.game.state_dict(),
            "optimizers": {name: one.state_dict() for name, one in self.optimizers.items()},
            "batches": self.batches.state_dict(),
            "random": random_state(self.device),
            "round": self.round,
            "log": self.log,
            "seconds": self.seconds,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.game.load_state_dict(state["game"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        self.batches.load_state_dict(state["batches"])
        set_random_state(state["random"], self.device)
        self.round, self.log, self.seconds = state["round"], state["log"], state["seconds"]


def play(
    game: Game,
    dataset: Dataset,
    budget: Budget,
    *,
    seed: int,
    checkpoint: Checkpoint,
    device: torch.device,
) -> tuple[list[list[float]], float]:
    """Trains the game; resumes from the checkpoint if there is one, to the same numbers.

    Returns the logged losses, a row [round, loss of each player] at a time, NaN for those who do
    not play then, and the seconds that training took, those before an interruption included.

    Raises:
        Diverged: a logged loss is not finite.
    """
    rounds, batch, precision = budget
    course = Course(game, adam(game), Batches(dataset.train, batch, seed), device)
    if state := checkpoint.load(device):
        course.load_state_dict(state)
    began = time.monotonic() - course.seconds
    every = max(1, rounds // LOGGED)
    bar = tqdm(total=rounds, initial=course.round, unit="round", mininterval=2.0)
    turns = train(game, course.batches, course.optimizers, rounds, course.round, precision)
    players = [*game.players()]
    for round_, losses in turns:
        if round_ % every and round_ != rounds:
            continue
        values = dict(zip(losses, torch.stack([*losses.values()]).tolist(), strict=True))
        course.log.append([round_, *(values.get(name, math.nan) for name in players)])
        bar.update(round_ - bar.n)
        if not all(map(math.isfinite, values.values())):
            shown = ", ".join(f"{name} {value:g}" for name, value in values.items())
            raise Diverged(f"diverged at round {round_} of {rounds}: {shown}", course.log)
        if checkpoint.due():
            course.round, course.seconds = round_, time.monotonic() - began
            checkpoint.save(course.state_dict())
    bar.close()
    return course.log, time.monotonic() - began


@torch.no_grad()
def draw(game: Game, n: int, kind: str, chunk: int = 1000) -> Tensor:
    """n samples [n, *shape] on the CPU, float32; pixels are clamped to [0, 1].

    Raises:
        Diverged: a sample is not finite.
    """
    game.eval()
    sizes = [min(chunk, n - begin) for begin in range(0, n, chunk)]
    samples = torch.cat([game.sample(size).float().cpu() for size in sizes])
    if not samples.isfinite().all():
        raise Diverged("diverged: samples are not finite")
    return samples.clamp(0, 1) if kind == "images" else samples
