"""The classifier that learns from samples, or from real images: the same for all."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gbench.core.batches import Batches
from gbench.core.game import Batch, Game, Player
from gbench.core.train import adam, train
from gbench.games import nets
from gbench.tracks.generation.measure.usefulness.case import in_parts, seeded
from gbench.tracks.generation.measure.usefulness.settings import Settings
from gbench.zoo.shared.dataset import Examples


class Tested(NamedTuple):
    """
    Attributes:
        accuracy: the share of test images that are put into their class, in [0, 1].
        per_class: the same share of each class; None for one without test images.
    """

    accuracy: float
    per_class: list[float | None]


class Classifying(Game):
    """Cross entropy of a convolutional network without batch norm, dropout or augmentation.

    Args:
        shape: of an image, [C, H, W].
    """

    def __init__(self, shape: tuple[int, ...], classes: int, width: int, lr: float):
        super().__init__()
        trunk = nets.trunk(shape, width)
        self.classifier, self.lr = nn.Sequential(trunk, nn.Linear(trunk.features, classes)), lr

    def players(self) -> dict[str, Player]:
        return {"classifier": Player(self.loss, [self.classifier], lr=self.lr, lr_end=0.0)}

    def loss(self, batch: Batch) -> Tensor:
        return cross_entropy(self.classifier(batch.x), batch.y)


def tested(
    examples: Examples, test: Examples, classes: int, settings: Settings, seed: int
) -> Tested:
    """Trains a classifier on the examples alone, and tests it.

    The number of updates does not depend on that of the examples.

    Args:
        seed: of the first weights and of the order of the examples.
    """
    with seeded(seed):
        game = Classifying(tuple(examples.x.shape[1:]), classes, settings.width, settings.lr)
        game.to(examples.x.device)
        batches = Batches(examples, settings.batch, seed)
        for _ in train(game, batches, adam(game), settings.steps):
            pass
    with torch.no_grad():
        game.eval()
        found = torch.cat([game.classifier(x).argmax(1) for x in in_parts(test.x)])
    right = (found == test.y).double()
    counts = test.y.bincount(minlength=classes)
    hits = test.y.bincount(right, classes)
    shares = [h / n if n else None for h, n in zip(hits.tolist(), counts.tolist(), strict=True)]
    return Tested(float(right.mean()), shares)
