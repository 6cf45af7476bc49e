"""Reconstruction: how much of a test image is left after coding and decoding?

Errors are read against those between two test images drawn at random: a ratio of 0 is the image
itself, of 1 any other.  The distance in the judge's features forgives what pixels do not; models
such as BiGAN and ALI are not trained on pixels at all (Donahue et al., "Adversarial Feature
Learning", 2017, arXiv:1605.09782; Dumoulin et al., "Adversarially Learned Inference", 2017,
arXiv:1606.00704).
"""

import numpy as np

from gbench.core.game import Game
from gbench.protocol.evidence import Floats, Skip
from gbench.tracks.generation.measure.latent.prior import require_decoder
from gbench.tracks.generation.measure.latent.probe import Case, Probed, Row, through

RANDOM = "random pairs"
COLUMNS = 12  # of the sheet


def probe(game: Game, case: Case) -> Probed:
    """
    Raises:
        Skip: the game cannot decode, or cannot encode.
    """
    require_decoder(game)
    if not hasattr(game, "encode"):
        raise Skip("no encode: it has no way from an image to a code")
    court, n = case.court, case.n
    real = court.test[:n]
    codes = through(game, "encode", case.images(real))
    rebuilt = court.see(through(game, "decode", codes))
    other = real[partners(n, case.random())]
    rows = []
    for name, own, rest in (
        ("pixel", rmse(rebuilt.x, real.x), rmse(other.x, real.x)),
        ("feature", distance(rebuilt.features, real.features),
         distance(other.features, real.features)),
    ):  # fmt: skip
        rows.append(Row(f"{name}_error", own, RANDOM, rest))
        note = "" if rest else "all test images are alike"
        rows.append(Row(f"{name}_ratio", own / rest if rest else None, RANDOM, 1.0, note))
    if court.classes:
        same, chance = (float((x.labels == real.labels).mean()) for x in (rebuilt, other))
        rows.append(Row("same_class", same, RANDOM, chance))
    else:
        rows.append(Row("same_class", None, RANDOM, None, "the data have no classes"))
    sheet = np.stack([case.images(real[:COLUMNS]), case.images(rebuilt[:COLUMNS])])
    return Probed(rows, {"reconstruction": sheet})


def partners(n: int, draw: np.random.Generator) -> np.ndarray:
    """A random other index for each of n, [n]: each follows the one before it in a random order."""
    order = draw.permutation(n)
    found = np.empty(n, dtype=np.int64)
    found[order] = np.roll(order, 1)
    return found


def rmse(x: Floats, y: Floats) -> float:
    """The root of the mean squared difference of all pixels."""
    return float(np.sqrt(np.square(x.astype(np.float64) - y).mean()))


def distance(x: Floats, y: Floats) -> float:
    """The mean Euclidean distance between the rows of both."""
    return float(np.linalg.norm(x.astype(np.float64) - y, axis=1).mean())
