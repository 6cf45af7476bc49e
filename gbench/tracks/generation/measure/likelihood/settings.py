"""The section `likelihood` of params.yaml."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

LEAST = {
    "n": 2,
    "examples": 2,
    "samples": 1,
    "chains": 1,
    "temperatures": 2,
    "leapfrogs": 1,
    "simulated": 2,
    "pixels": 0,
}
LISTS = ("variances", "bandwidths", "seeds")


class Settings(NamedTuple):
    """How likelihoods are measured.

    Attributes:
        n: examples of each split over which an exact density and one of kernels is a mean; no more
            than the split has.
        examples: of each split for bounds and for annealing, drawn anew for each seed.
        samples: k, of the posterior, for each of them in the importance-weighted bound.
        chains: for each of them in the annealing.
        temperatures: of a chain.
        leapfrogs: of a trajectory; there is one trajectory a temperature.
        simulated: examples drawn from the model itself, whose log-likelihood is bounded from both
            sides.
        tolerance: nats between these two bounds from which a value counts as unreliable.
        pixels: images of more numbers than that are not annealed.
        seeds: the runs of these seeds are annealed.
        variances: of the noise in the data about a decoder's output, of which validation
            examples choose one, unless the model has its own.
        bandwidths: standard deviations of the kernels about samples in the plane, of which
            validation examples choose one.
    """

    n: int
    examples: int
    samples: int
    chains: int
    temperatures: int
    leapfrogs: int
    simulated: int
    tolerance: float
    pixels: int
    seeds: list[int]
    variances: list[float]
    bandwidths: list[float]


def mistakes(section: Mapping[str, Any]) -> Iterator[str]:
    """Yields each value with which nothing could be measured; types are checked elsewhere."""
    for key, least in LEAST.items():
        if isinstance(section[key], int) and section[key] < least:
            yield f"likelihood.{key}: {section[key]} is under {least}"
    for key in ("variances", "bandwidths"):
        if not section[key]:
            yield f"likelihood.{key}: must be a list such as [0.01, 0.1], not []"
        for value in section[key]:
            if isinstance(value, int | float) and value <= 0:
                yield f"likelihood.{key}: {value} is not above 0"
    if isinstance(section["tolerance"], int | float) and section["tolerance"] <= 0:
        yield f"likelihood.tolerance: {section['tolerance']} is not above 0"
