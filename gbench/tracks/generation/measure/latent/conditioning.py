"""Samples by class: does a model give the requested class?

The share of samples in which the oracle sees the requested class, compared with the same labels
shuffled among the samples, and with how often the oracle is right about real test images.
"""

import inspect
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from gbench.core.game import Game
from gbench.protocol.evidence import Skip
from gbench.tracks.generation.measure.latent.probe import Case, Images, Probed, Row, seeded

COLUMNS = 10  # of the sheet


def probe(game: Game, case: Case) -> Probed:
    """
    Raises:
        Skip: the game's `sample` takes no labels, or the data have none.
    """
    classes = case.court.classes
    if "labels" not in inspect.signature(game.sample).parameters:
        raise Skip("its samples cannot be asked for by class")
    if classes < 2:
        raise Skip("the data have no classes")
    asked = np.arange(case.n) % classes
    images = drawn(game, asked, case.seed)
    seen = case.court.see(images).labels
    real = float((case.court.test.labels == case.labels).mean())
    shuffled = float((seen == case.random().permutation(asked)).mean())
    value = float((seen == asked).mean())
    against = {"shuffled labels": shuffled, "real images": real}
    rows = [Row("asked_class", value, name, baseline) for name, baseline in against.items()]
    sheet = [images[asked == k][:COLUMNS] for k in range(classes)]
    least = min(map(len, sheet))
    return Probed(rows, {"classes": np.stack([row[:least] for row in sheet])})


@torch.no_grad()
def drawn(game: Game, labels: np.ndarray, seed: int) -> Images:
    """A sample of each label [N], as [N, C, H, W] in [0, 1]."""
    by_class: Callable[..., Tensor] = game.sample
    with seeded(seed):
        samples = by_class(len(labels), labels=torch.from_numpy(labels))
    return samples.float().cpu().numpy().clip(0, 1)
