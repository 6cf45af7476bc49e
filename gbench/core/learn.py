"""Learning within a budget: the training loop with a log, checkpoints, and an eye on divergence."""

import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer
from tqdm import tqdm

from gbench.core.checkpoint import Checkpoint, random_state, set_random_state
from gbench.core.dataset import Batches, Dataset
from gbench.core.game import Game
from gbench.core.landscape import landscape, window
from gbench.core.train import adam, train
from gbench.params import Along, Budget, Precision

LOGGED = 200  # rows of losses.csv, whatever the number of rounds
PHASES = ("train", "along", "sample", "batches")  # of what a run spends its time on here
NOWHERE = Along(points=0, n=0, metrics=[])


class Diverged(Exception):
    """A loss or a sample is no longer finite; the text says where."""


class Outcome(NamedTuple):
    """What training a game came to.

    Attributes:
        samples: [n, *shape] on the CPU; None if it diverged.
        log: a row [round, loss of each player] at a time.
        note: why it diverged; empty if it did not.
        seconds: spent on training, on sampling, on the further batches, and on the samples along
            the way.
        along: what was kept on the way, as `Course.kept` has it; empty if nothing was.
        batches: [batches - 1, n, *shape] of further samples, as the data set stores its own;
            None if it diverged or there is one batch only.
    """

    samples: Tensor | None
    log: list[list[float]]
    note: str
    seconds: dict[str, float]
    along: dict[str, Tensor]
    batches: Tensor | None = None


def learn(
    game: Game,
    dataset: Dataset,
    budget: Budget,
    n: int,
    seed: int,
    checkpoint: Checkpoint,
    device: torch.device,
    along: Along = NOWHERE,
    batches: int = 1,
) -> Outcome:
    """Trains the game, fits it, and draws batches of n samples each, all from one stream of noise:
    the first is the same however many follow.  To diverge is an outcome, not an error.
    """
    course = Course(
        game, adam(game), Batches(dataset.train, budget.batch, seed), budget.rounds, device
    )
    samples, further, note = None, None, ""
    try:
        if not game.solved:
            play(course, dataset, budget.precision, seed, checkpoint, along)
        game.fit(dataset.train.x, seed)
        course.lap("train")
        samples = draw(game, n, dataset.kind)
        course.lap("sample")
        if batches > 1:
            drawn = (draw(game, n, dataset.kind) for _ in range(batches - 1))
            further = torch.stack([dataset.stored(x) for x in drawn])
            course.lap("batches")
    except Diverged as error:
        samples, note = None, str(error)
    kept = course.kept(dataset, along)
    return Outcome(samples, course.log, note, course.seconds, kept, further)


@dataclass
class Course:
    """A training under way: all that decides how it goes on, and what it has left behind.

    Attributes:
        rounds: of the whole training.
        round: how many are behind it.
        log: a row [round, loss of each player] at a time, NaN for those who do not play then.
        along: samples by the round after which they were drawn, [n, *shape] as the data set stores
            its own: whole numbers for pixels.
        landscapes: of the critic at the same rounds, [G, G] as `landscape` gives them; empty if
            there is none.
        seconds: spent by phase, those before an interruption included.
        clock: when the last lap ended, by `time.perf_counter`.
    """

    game: Game
    optimizers: dict[str, Optimizer]
    batches: Batches
    rounds: int
    device: torch.device
    round: int = 0
    log: list[list[float]] = field(default_factory=list)
    along: dict[int, Tensor] = field(default_factory=dict)
    landscapes: dict[int, Tensor] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))
    clock: float = field(default_factory=time.perf_counter)

    def lap(self, phase: str) -> None:
        """Counts the time since the last lap to a phase."""
        now = time.perf_counter()
        self.seconds[phase] += now - self.clock
        self.clock = now

    def state_dict(self) -> dict[str, Any]:
        return {
            "game": self.game.state_dict(),
            "optimizers": {name: one.state_dict() for name, one in self.optimizers.items()},
            "batches": self.batches.state_dict(),
            "random": random_state(self.device),
            "round": self.round,
            "log": self.log,
            "along": self.along,
            "landscapes": self.landscapes,
            "seconds": self.seconds,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.game.load_state_dict(state["game"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        self.batches.load_state_dict(state["batches"])
        set_random_state(state["random"], self.device)
        self.round, self.log = state["round"], state["log"]
        self.along, self.landscapes = state["along"], state["landscapes"]
        self.seconds = state["seconds"]

    def note(self, losses: Mapping[str, Tensor]) -> None:
        """Logs the losses of those who play.

        Raises:
            Diverged: one is not finite.
        """
        values = dict(zip(losses, torch.stack([*losses.values()]).tolist(), strict=True))
        row = (values.get(name, math.nan) for name in self.game.players())
        self.log.append([self.round, *row])
        if not all(map(math.isfinite, values.values())):
            self.lap("train")
            shown = ", ".join(f"{name} {value:g}" for name, value in values.items())
            raise Diverged(f"diverged at round {self.round} of {self.rounds}: {shown}")

    def glimpse(self, dataset: Dataset, along: Along, seed: int) -> None:
        """Keeps samples of the model as it is, as if it had ended here, and its critic's landscape.

        Training goes on as if nothing had been drawn.  The same seed each time: what differs
        between two rounds is the model, not its noise.  Samples that are not finite are not kept.
        """
        random = random_state(self.device)
        state = {name: value.clone() for name, value in self.game.state_dict().items()}
        torch.manual_seed(seed)
        with suppress(Diverged):
            self.game.fit(dataset.train.x, seed)
            self.along[self.round] = dataset.stored(draw(self.game, along.n, dataset.kind))
            score = getattr(self.game, "score", None)
            if score and surveyed(dataset, along):
                around = window(dataset.train.x)
                self.landscapes[self.round] = landscape(score, around, along.landscape)
        self.game.load_state_dict(state)
        set_random_state(random, self.device)

    def kept(self, dataset: Dataset, along: Along) -> dict[str, Tensor]:
        """What the glimpses kept, P of them: "round" [P] and "x" [P, n, *shape].

        On data in the plane, where `along` asks for landscapes, also the "window" [4] around the
        data, and, if the critic was asked, "landscape" [P, G, G].
        """
        if not self.along:
            return {}
        found = {"round": torch.tensor([*self.along]), "x": torch.stack([*self.along.values()])}
        if surveyed(dataset, along):
            found["window"] = window(dataset.train.x).cpu()
        if self.landscapes:
            found["landscape"] = torch.stack([*self.landscapes.values()])
        return found


def surveyed(dataset: Dataset, along: Along) -> bool:
    """Whether critics are asked for landscapes."""
    return along.landscape > 0 and dataset.shape == (2,)


def play(
    course: Course,
    dataset: Dataset,
    precision: Precision,
    seed: int,
    checkpoint: Checkpoint,
    along: Along,
) -> None:
    """Plays the rounds of a course; resumes from the checkpoint, if there is one, to the same
    numbers.

    Raises:
        Diverged: a logged loss is not finite.
    """
    if state := checkpoint.load(course.device):
        course.load_state_dict(state)
    rounds = course.rounds
    every, kept = max(1, rounds // LOGGED), along.rounds(rounds)
    bar = tqdm(total=rounds, initial=course.round, unit="round", mininterval=2.0)
    turns = train(course.game, course.batches, course.optimizers, rounds, course.round, precision)
    for round_, losses in turns:
        course.round = round_
        if logged := round_ % every == 0 or round_ == rounds:
            bar.update(round_ - bar.n)
            course.note(losses)
        if round_ in kept:
            course.lap("train")
            course.glimpse(dataset, along, seed)
            course.lap("along")
        if logged and checkpoint.due():
            course.lap("train")
            checkpoint.save(course.state_dict())
    bar.close()
    course.lap("train")


@torch.no_grad()
def draw(game: Game, n: int, kind: str, chunk: int = 1000) -> Tensor:
    """n samples [n, *shape] on the CPU, float32, contiguous; pixels are clamped to [0, 1].

    Raises:
        Diverged: a sample is not finite.
    """
    game.eval()
    sizes = [min(chunk, n - begin) for begin in range(0, n, chunk)]
    samples = torch.cat([game.sample(size).float().cpu() for size in sizes]).contiguous()
    if not samples.isfinite().all():
        raise Diverged("diverged: samples are not finite")
    return samples.clamp(0, 1) if kind == "images" else samples
