"""One training in a process of its own, and a clock for programs that draw from a DataLoader."""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from gbench.core.device import single_thread
from gbench.core.files import UserError
from gbench.zoo.shared.dataset import Dataset

T = TypeVar("T")


class Trial(NamedTuple):
    """What a training is told.

    Attributes:
        checkout: the peer's.
        model: the peer's name of it.
        data: a folder that `Dataset.save` wrote; its training split is a multiple of `batch`.
        epochs: passes over the training split.
        batch: images a step.
        seed: of weights, noise and order.
        n: samples wanted.
    """

    checkout: Path
    model: str
    data: Path
    epochs: int
    batch: int
    seed: int
    n: int

    def images(self) -> Tensor:
        """The training split as bytes [N, C, H, W], the same for both sides."""
        return (Dataset.load(self.data).train.x * 255).round().byte()


class Trained(NamedTuple):
    """What a training came to.

    Attributes:
        samples: [n, C, H, W] in [0, 1].
        seconds: of the training loop, CPU time: a busy machine disturbs it less than the clock's.
        loading: of these, spent in the data loader; 0 where there is none.
    """

    samples: np.ndarray
    seconds: float
    loading: float = 0.0


class Clock:
    """Times a program's training loop through the loader that it draws from.

    The loop lasts from the start of the first whole pass over the loader to the end of the last: a
    loader is asked for more only when the work on its last batch is done.
    """

    def __init__(self) -> None:
        self.passes: list[tuple[float, float]] = []
        self.loading = 0.0

    @property
    def seconds(self) -> float:
        return self.passes[-1][1] - self.passes[0][0]

    def loader(self) -> type[DataLoader]:
        """PyTorch's DataLoader, timed."""
        clock = self

        class Timed(DataLoader):
            def __iter__(self) -> Iterator[Any]:
                began = asked = time.process_time()
                loading = 0.0
                for batch in super().__iter__():
                    loading += time.process_time() - asked
                    yield batch
                    asked = time.process_time()
                clock.passes.append((began, time.process_time()))
                clock.loading += loading

        return Timed


def alone(work: Callable[[Trial], T], trial: Trial) -> T:
    """The work's result, from a new process with one thread, no terminal and no GPU.

    Raises:
        UserError: the peer needs a package that is not installed.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=begin) as pool:
        return pool.submit(quietly, work, trial).result()


def begin() -> None:
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    single_thread()


def quietly(work: Callable[[Trial], T], trial: Trial) -> T:
    # Programs write beside themselves and two folders up: into a temporary folder, then.
    with tempfile.TemporaryDirectory() as root, Path(os.devnull).open("w") as nowhere:
        folder = Path(root) / "implementations" / trial.model
        folder.mkdir(parents=True)
        with (
            contextlib.chdir(folder),
            contextlib.redirect_stdout(nowhere),
            contextlib.redirect_stderr(nowhere),
        ):
            try:
                return work(trial)
            except ModuleNotFoundError as error:
                raise UserError(
                    f"{trial.checkout} needs the package {error.name}, which is not installed: "
                    f"`pip install {error.name}` into this environment, or into another folder "
                    "that PYTHONPATH names"
                )


def seed_all(seed: int) -> None:
    """Programs draw from NumPy as well as from PyTorch."""
    np.random.seed(seed)
    torch.manual_seed(seed)
