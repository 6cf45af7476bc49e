"""The input of every probe, and its output."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from gbench.core.game import Game
from gbench.protocol.evaluation import Court
from gbench.protocol.evidence import Ints, Samples
from gbench.tracks.generation.measure.latent.settings import Settings

Images = NDArray[np.float32]


class Row(NamedTuple):
    """One number and the baseline that it is to be read against.

    Attributes:
        measure: the measured quantity.
        value: None where it cannot be had; the note says why.
        against: the baseline: "random direction", "pixels blended", ...; "" for none.
        baseline: what that gets in the same measure.
        at: the setting at which it was measured, where there are several.
    """

    measure: str
    value: float | None
    against: str = ""
    baseline: float | None = None
    note: str = ""
    at: float | None = None


@dataclass(frozen=True)
class Probed:
    """
    Attributes:
        rows: the numbers.
        pictures: [rows, columns, C, H, W] by name.
        note: how it was asked, where that differs between models.
    """

    rows: list[Row]
    pictures: dict[str, Images] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Case:
    """One model's run as its probes see it.

    Attributes:
        court: the data, and the judge who sees images.
        labels: [N] the true classes of the test images; -1 without labels.
        seed: of everything random.
    """

    court: Court
    labels: Ints
    settings: Settings
    seed: int

    def random(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    def images(self, samples: Samples) -> Images:
        """[N, C, H, W]"""
        return samples.x.reshape(-1, *self.court.shape).astype(np.float32, copy=False)

    @property
    def n(self) -> int:
        """How many images a judgement is over."""
        return min(self.settings.n, len(self.court.test))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within the block PyTorch draws by the seed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


@torch.no_grad()
def through(game: Game, ability: str, x: Images, chunk: int = 500) -> NDArray[np.float32]:
    """The game's "encode", "decode" or "codes" of x [N, ...], a chunk at a time."""
    function = getattr(game, ability)
    parts = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32)).split(chunk)
    return np.concatenate([function(part.to(game.device)).float().cpu().numpy() for part in parts])
