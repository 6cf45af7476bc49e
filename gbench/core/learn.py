"""Learning within a budget: the training loop with a log, checkpoints, and an eye on divergence.

What is learnt, of what, and what is kept of it are the caller's: see `Keep`.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer
from tqdm import tqdm

from gbench.core.batches import Batches
from gbench.core.budget import Budget, Precision, evenly
from gbench.core.checkpoint import Checkpoint, random_state, set_random_state
from gbench.core.game import Game
from gbench.core.train import adam, train

LOGGED = 200  # rows of losses.csv, whatever the number of rounds

Tensors = Mapping[str, Tensor]


class Diverged(Exception):
    """A loss, or what was to be kept, is no longer finite; the text says where."""


def finite(x: Tensor, what: str) -> Tensor:
    """
    Args:
        what: the name of x in the plural, for the message.

    Raises:
        Diverged: x holds NaN or infinity.
    """
    if not x.isfinite().all():
        raise Diverged(f"diverged: {what} are not finite")
    return x


class Final(NamedTuple):
    """One file of what is kept of a game that has learnt.

    Attributes:
        phase: under which its seconds are counted.
        file: its name, without ".safetensors".
        tensors: of the game, on any device; none: no file.  It may raise `Diverged`.
    """

    phase: str
    file: str
    tensors: Callable[[Game], Tensors]


def nothing(game: Game) -> Tensors:
    return {}


@dataclass(frozen=True)
class Keep:
    """What is kept of a training, at its end and along its way.

    Attributes:
        final: files, made in this order, from one stream of noise.
        fit: solves for what is not descended, after the last round and before each look; most
            games have no such part.
        points: at so many rounds, evenly spaced, the last among them, the game is looked at.
        look: what is kept then, of one shape each time.  Noise starts from the run's seed each
            time, and training goes on as if nothing had been drawn.  If it raises `Diverged`,
            nothing is kept of that round.
        beside: tensors that are written next to the looks, for whoever reads them.
    """

    final: Sequence[Final] = ()
    fit: Callable[[Game], None] = lambda game: None
    points: int = 0
    look: Callable[[Game], Tensors] = nothing
    beside: Tensors = field(default_factory=dict)

    @property
    def phases(self) -> list[str]:
        """Of what a run spends its time on here."""
        return ["train", "along", *(final.phase for final in self.final)]


class Outcome(NamedTuple):
    """What training a game came to.

    Attributes:
        final: by file, its tensors on the CPU; empty if it diverged.
        log: a row [round, loss of each player] at a time.
        note: why it diverged; empty if it did not.
        seconds: by phase.
        along: as `Course.kept` has it; empty if nothing was kept on the way.
    """

    final: dict[str, dict[str, Tensor]]
    log: list[list[float]]
    note: str
    seconds: dict[str, float]
    along: dict[str, Tensor]


def learn(
    game: Game,
    examples: tuple[Tensor, ...],
    budget: Budget,
    seed: int,
    checkpoint: Checkpoint,
    device: torch.device,
    keep: Keep,
) -> Outcome:
    """Trains the game on examples, a NamedTuple of tensors [N, ...]; fits it, and keeps of it what
    is to be kept.  To diverge is an outcome, not an error.
    """
    batches = Batches(examples, budget.batch, seed)
    course = Course(game, adam(game), batches, budget.rounds, device, keep)
    final, note = {}, ""
    try:
        if not game.solved:
            play(course, budget.precision, seed, checkpoint)
        keep.fit(game)
        course.lap("train")
        for phase, file, tensors in keep.final:
            final[file] = stored(tensors(game))
            course.lap(phase)
    except Diverged as error:
        final, note = {}, str(error)
    return Outcome(final, course.log, note, course.seconds, course.kept())


def stored(tensors: Tensors) -> dict[str, Tensor]:
    """On the CPU and contiguous, as files need them."""
    return {name: x.detach().cpu().contiguous() for name, x in tensors.items()}


@dataclass
class Course:
    """A training under way: all that decides how it goes on, and what it has left behind.

    Attributes:
        rounds: of the whole training.
        round: how many are behind it.
        log: a row [round, loss of each player] at a time, NaN for those who do not play then.
        looks: what was kept on the way, by the round after which it was.
        seconds: spent by phase, those before an interruption included.
        clock: when the last lap ended, by `time.perf_counter`.
    """

    game: Game
    optimizers: dict[str, Optimizer]
    batches: Batches[Any]
    rounds: int
    device: torch.device
    keep: Keep = field(default_factory=Keep)
    round: int = 0
    log: list[list[float]] = field(default_factory=list)
    looks: dict[int, dict[str, Tensor]] = field(default_factory=dict)
    seconds: dict[str, float] = field(init=False)
    clock: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.seconds = dict.fromkeys(self.keep.phases, 0.0)

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
            "looks": self.looks,
            "seconds": self.seconds,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.game.load_state_dict(state["game"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        self.batches.load_state_dict(state["batches"])
        set_random_state(state["random"], self.device)
        self.round, self.log, self.looks = state["round"], state["log"], state["looks"]
        self.seconds = state["seconds"]

    def note(self, losses: Tensors) -> None:
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

    def glimpse(self, seed: int) -> None:
        """Looks at the game as it is, as if it had ended here; training goes on as if nobody had.

        The same seed each time: what differs between two rounds is the game, not its noise.
        """
        random = random_state(self.device)
        state = {name: value.clone() for name, value in self.game.state_dict().items()}
        torch.manual_seed(seed)
        with suppress(Diverged):
            self.keep.fit(self.game)
            self.looks[self.round] = stored(self.keep.look(self.game))
        self.game.load_state_dict(state)
        set_random_state(random, self.device)

    def kept(self) -> dict[str, Tensor]:
        """What the looks kept, P of them: "round" [P], of each tensor [P, ...], and what stands
        beside them."""
        if not self.looks:
            return {}
        first, *_ = self.looks.values()
        series = {name: torch.stack([x[name] for x in self.looks.values()]) for name in first}
        return {"round": torch.tensor([*self.looks]), **series, **stored(self.keep.beside)}


def play(course: Course, precision: Precision, seed: int, checkpoint: Checkpoint) -> None:
    """Plays the rounds of a course; resumes from the checkpoint, if there is one, to the same
    numbers.

    Raises:
        Diverged: a logged loss is not finite.
    """
    if state := checkpoint.load(course.device):
        course.load_state_dict(state)
    rounds = course.rounds
    every, looks = max(1, rounds // LOGGED), evenly(course.keep.points, rounds)
    bar = tqdm(total=rounds, initial=course.round, unit="round", mininterval=2.0)
    turns = train(course.game, course.batches, course.optimizers, rounds, course.round, precision)
    for round_, losses in turns:
        course.round = round_
        if logged := round_ % every == 0 or round_ == rounds:
            bar.update(round_ - bar.n)
            course.note(losses)
        if round_ in looks:
            course.lap("train")
            course.glimpse(seed)
            course.lap("along")
        if logged and checkpoint.due():
            course.lap("train")
            checkpoint.save(course.state_dict())
    bar.close()
    course.lap("train")
