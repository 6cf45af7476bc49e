"""The classes requested for samples, and how often the judge sees them.

The share is what `latent.conditioning` measures of gbench's own conditional models.
"""

from pathlib import Path
from typing import Any

import numpy as np

from gbench.core.files import DataError
from gbench.protocol.evidence import Ints
from gbench.stats.wilson import interval
from gbench.tracks.generation.outside.images import archived

KEYS = ("y", "labels", "arr_0")


def read(path: Path, samples: int, classes: int) -> Ints:
    """[N] class indices, in the order of the samples.

    Args:
        path: an .npz file with y, labels or arr_0, or a text file with a whole number per line.
        samples: N, how many there must be.
        classes: of the data.

    Raises:
        DataError: the data have no classes, or the file is missing, or does not hold N of them.
    """
    if classes < 2:
        raise DataError(f"{path}: the data have no classes")
    if path.suffix == ".npz":
        labels = archived(path, KEYS)[0]
    else:
        try:
            labels = np.array([int(line) for line in path.read_text().split()])
        except (OSError, ValueError) as error:
            raise DataError(f"{path} is no .npz, and no text with a whole number a line: {error}")
    if labels.shape != (samples,) or not np.issubdtype(labels.dtype, np.integer):
        found = f"{labels.dtype} {list(labels.shape)}"
        raise DataError(f"{path} holds {found}; wanted are whole numbers [{samples}], one a sample")
    if labels.min() < 0 or labels.max() >= classes:
        low, high = labels.min(), labels.max()
        raise DataError(f"{path} has labels from {low} to {high}; allowed: 0 to {classes - 1}")
    return labels.astype(np.int64)


def agreement(asked: Ints, seen: Ints, of_real: float | None) -> dict[str, Any]:
    """How often the judge sees the requested class.

    Args:
        asked, seen: [N] classes.
        of_real: how often it is right about real test images; None where it names no class.

    Returns:
        the share with Wilson's 95 % interval over images, N, and `real`.
    """
    hits = int((asked == seen).sum())
    share = hits / len(asked)
    return {
        "share": share,
        "wilson": [*interval(hits, len(asked))],
        "n": len(asked),
        "real": of_real,
    }
