"""The subject of every question: a data set's labelled examples, and the judge."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from gbench.protocol.evaluation import Court
from gbench.protocol.evidence import Ints, Samples, Skip
from gbench.tracks.generation.measure.few_labels import round_the_classes
from gbench.tracks.generation.measure.usefulness.settings import Settings
from gbench.zoo.shared.dataset import Examples

POINTS = "points: neither are they classified, nor do their features mean much"
LABELS = "the data have no labels to classify by"
STACKS = "stacks of images: a class of theirs is a combination, of which few examples are there"


@dataclass(frozen=True)
class Case:
    """One data set at one training seed.

    Attributes:
        court: the data, and the judge.
        chosen: [N] the training examples that are used, in their order, as many of each class as
            far as they go.
        train, test: the true classes of those N, and of the test split.
        seed: of everything random.
    """

    court: Court
    chosen: Ints
    train: Ints
    test: Ints
    settings: Settings
    seed: int
    device: torch.device

    @classmethod
    def load(
        cls, dataset: Path, judge: Path, settings: Settings, seed: int, device: torch.device
    ) -> "Case":
        """
        Raises:
            DataError: a file is missing or damaged.
            Skip: these data cannot be put to use so; says why.
        """
        court = Court.load(dataset, judge)
        if court.kind == "points":
            raise Skip(POINTS)
        if court.classes < 2:
            raise Skip(LABELS)
        if court.card["kind"] == "parts":
            raise Skip(STACKS)
        with safe_open(Path(dataset) / "data.safetensors", "numpy") as file:
            train, test = file.get_tensor("train.y"), file.get_tensor("test.y")
        chosen = subset(train, court.classes, settings.examples, seed)
        return cls(court, chosen, train[chosen], test, settings, seed, device)

    @property
    def real(self) -> Examples:
        """The training examples that are used, with their true classes."""
        return self.examples(self.court.train[self.chosen], self.train)

    @property
    def held_out(self) -> Examples:
        """The test split."""
        return self.examples(self.court.test, self.test)

    def examples(self, seen: Samples, labels: Ints) -> Examples:
        """Images [N, C, H, W] as the judge sees them, with labels [N]."""
        x = torch.from_numpy(seen.x.reshape(-1, *self.court.shape))
        return Examples(x.to(self.device), torch.from_numpy(labels).to(self.device))

    def protocol(self) -> dict[str, int]:
        """The conditions of every value."""
        return {
            "n_train": len(self.chosen),
            "n_test": len(self.test),
            "classes": self.court.classes,
        }


def subset(y: Ints, classes: int, n: int, seed: int) -> Ints:
    """The indices of n of the examples with labels y [N], in their order; all where N is no more.

    As many of each class as far as they go, or one more.
    """
    if n >= len(y):
        return np.arange(len(y))
    order = round_the_classes(torch.from_numpy(y), classes, seed)[:n]
    return np.sort(order.numpy())


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within the block PyTorch draws by the seed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def in_parts(x: Tensor, chunk: int = 1000) -> Iterator[Tensor]:
    """x [N, ...] in parts of at most `chunk`, so that memory does not grow with N."""
    yield from x.split(chunk)
