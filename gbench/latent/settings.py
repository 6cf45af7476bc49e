"""The section `latent` of params.yaml."""

from typing import NamedTuple


class Settings(NamedTuple):
    """How latent spaces are probed.

    Attributes:
        n: images that a distance or a share is over; no more than the test split has.
        pairs: paths on which the oracle looks at every step.
        steps: of a path, its two ends among them.
        samples: generated for the mean codes of classes and strokes; half is held out.
        moves: codes that are moved from class to class, and along a stroke.
        truncations: bounds of the noise, in standard deviations; untruncated comes by itself.
        shown: rows of a sheet.
    """

    n: int
    pairs: int
    steps: int
    samples: int
    moves: int
    truncations: list[float]
    shown: int
