"""Classification accuracy score: a model's samples in the place of real training images.

Ravuri and Vinyals, "Classification Accuracy Score for Conditional Generative Models", 2019,
arXiv:1905.10887: a classifier is trained on as many samples as there are training images, each of
the requested class, and tested on real images; their naive augmentation score adds the
samples to the training images.  Deviations: a small network and budget in place of ResNet-50's, the
same number of updates with the samples added, and images that are not augmented otherwise.

Samples that cannot be requested by class have no such score.  With labels from the judge, who was
trained on the labelled training images, another question can be asked of every model: whether its
samples cover what tells the classes apart.  It knows nothing of whether a model knows the classes.
"""

import inspect
from typing import Any

import numpy as np
import torch

from gbench.core.game import Game
from gbench.protocol.evidence import Floats, Ints, Samples, Skip
from gbench.tracks.generation.measure.usefulness.case import Case, seeded
from gbench.tracks.generation.measure.usefulness.classifier import tested
from gbench.zoo.shared.dataset import Examples

TRAININGS = ("own", "joined", "judged")  # by class; and with the real images; labelled by the judge
UNASKED = "its samples cannot be asked for by class"


def scores(game: Game, case: Case) -> dict[str, dict[str, Any]]:
    """By training: "value", "per_class", and the "note" why there is none."""
    conditional = "labels" in inspect.signature(game.sample).parameters
    try:
        seen = case.court.see(drawn(game, case.train, case.seed, conditional))
    except Skip as skip:
        return {training: absent(str(skip)) for training in TRAININGS}
    found = {training: absent(UNASKED) for training in TRAININGS}
    if conditional:
        found |= of_labelled(case, seen, case.train)
    return found | {"judged": score(case, case.examples(seen, seen.labels))}


def of_labelled(case: Case, seen: Samples, labels: Ints) -> dict[str, dict[str, Any]]:
    """The score of images [N, D] with their labels [N], alone and together with the real ones."""
    own, real = case.examples(seen, labels), case.real
    joined = Examples(torch.cat([real.x, own.x]), torch.cat([real.y, own.y]))
    return {"own": score(case, own), "joined": score(case, joined)}


def score(case: Case, examples: Examples) -> dict[str, Any]:
    result = tested(examples, case.held_out, case.court.classes, case.settings, case.seed)
    return {"value": result.accuracy, "per_class": result.per_class, "note": ""}


def absent(note: str) -> dict[str, Any]:
    return {"value": None, "per_class": [], "note": note}


@torch.no_grad()
def drawn(game: Game, labels: Ints, seed: int, conditional: bool, chunk: int = 1000) -> Floats:
    """A sample for each of the labels [N], of that class if the game is conditional, [N, ...]."""
    parts = []
    with seeded(seed):
        for part in torch.from_numpy(labels).split(chunk):
            asked = {"labels": part} if conditional else {}
            parts.append(game.sample(len(part), **asked).float().cpu().numpy())
    return np.concatenate(parts)
