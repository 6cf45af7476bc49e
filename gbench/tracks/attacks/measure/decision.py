"""Where attacks that see only the predicted class start from."""

from __future__ import annotations

import warnings

import torch
from foolbox.attacks import LinearSearchBlendedUniformNoiseAttack
from torch import Tensor

from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.norms import length


def starting_points(ledger: Ledger, directions: int = 20) -> tuple[Tensor, Tensor]:
    """Finds a misclassified image for each image that still stands.

    First choice is uniform noise, blended in as little as needed; where all draws land in the true
    class, the nearest of the other images under attack that the target puts into another class.
    An image for which neither serves is left out, alone: foolbox gives up the whole batch.

    Returns:
        [m] the images that have a start, and [m, C, H, W] their starts.
    """
    images = ledger.left()
    model, x, criterion = ledger.select(images)
    noise = LinearSearchBlendedUniformNoiseAttack(directions=directions, steps=50)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of failed draws, which are mended below
        starts = noise.run(model, x, criterion)
    ledger.hand_in(images, starts)
    stuck = images[torch.isinf(ledger.distance[images])]
    for image in stuck.tolist():
        other = (ledger.clean != ledger.y[image]).nonzero()[:, 0]
        if len(other):
            apart = length(ledger.x[other] - ledger.x[image], ledger.norm)
            nearest = ledger.x[other[apart.argmin()]][None]
            ledger.hand_in(torch.tensor([image], device=images.device), nearest)
    ready = images[torch.isfinite(ledger.distance[images])]
    return ready, ledger.best[ready]
