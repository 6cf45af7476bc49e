"""How much brighter a run's samples are than test images, and validation images than these."""

from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from gbench.tracks._example.measure.record import Record
from gbench.zoo.shared.dataset import Dataset
from gbench.zoo.shared.run import load


class Settings(NamedTuple):
    """The section `brightness` of params.yaml.

    Attributes:
        n: images on each side; no more than a split has.
    """

    n: int = 1000


def difference(x: Tensor, y: Tensor) -> float:
    """How much brighter images x [N, C, H, W] are than images y [M, C, H, W], both in [0, 1]."""
    return float(x.mean() - y.mean())


def record(run: Path, data: Path, settings: Settings) -> Record:
    """
    Args:
        run: the folder runs/<data>/<model>/<seed>.

    Raises:
        DataError: the run or the data cannot be read.
    """
    dataset, n = Dataset.load(data), settings.n
    real = dataset.test.x[:n]
    return {
        "model": run.parent.name,
        "seed": int(run.name),
        "samples": difference(load(run).sample(len(real)), real),
        "control": difference(dataset.validation.x[:n], real),
    }
