"""One way of measuring one run's log-likelihood, as it is kept."""

from typing import NamedTuple

from torch import Tensor

from gbench.tracks.generation.measure.likelihood.mean import Mean, mean
from gbench.tracks.generation.measure.likelihood.observed import Observed, bits


class Measured(NamedTuple):
    """
    Attributes:
        kind: "exact", "bound" (importance-weighted), "annealed" or "kernels".
        observation: the subject of the density: "own", the model itself; "noise", its decoder with
            Gaussian noise; "kernels", about its samples.
        test, train: log densities in nats an example.
        bits: those of the test examples in bits for each number; see `observed.bits`.
        sigma: standard deviation of the noise or of the kernels; None without.
        chosen: by what sigma was: "own" or "validation"; "" without.
        gap: mean of upper less lower bounds on simulated examples, in nats; None if not bounded.
        accepted: mean acceptance of the trajectories; None without.
    """

    kind: str
    observation: str
    test: Mean
    train: Mean
    bits: float
    sigma: float | None = None
    chosen: str = ""
    gap: float | None = None
    accepted: float | None = None

    @classmethod
    def of(
        cls, kind: str, observation: str, test: Tensor, train: Tensor, seen: Observed
    ) -> "Measured":
        """Of the log densities of examples, [N] each.

        Raises:
            Skip: some are not finite.
        """
        first, second = mean(test, "test examples"), mean(train, "training examples")
        per_number = bits(first.value, seen.dimensions, seen.levels)
        return cls(kind, observation, first, second, per_number)
