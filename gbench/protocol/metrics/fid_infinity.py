"""FID as it would be with endless samples: its trend over 1 / N, continued to 0.

Chong and Forsyth, "Effectively Unbiased FID and Inception Score and Where to Find Them", 2020,
arXiv:1911.07023, section 3: FID of N samples is FID_inf + C / N and less, so that the intercept of
a line through FIDs of several N is free of the leading bias.  Deviations: both sides have N
samples, where the paper keeps one reference; each N has as many disjoint subsets as there are,
averaged, where the paper has one; plain random numbers, not Sobol's; the least N is a set share of
all.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Metric, Skip
from gbench.protocol.metrics.fid import frechet


def measure(evidence: Evidence, *, points: int = 15, smallest: float = 0.25) -> float:
    """
    Args:
        points: values of N, evenly spaced.
        smallest: the least of them, as a share of the samples.

    Raises:
        Skip: the sides differ in number, or there are too few samples for two values of N.
    """
    n = len(evidence.generated)
    if n != len(evidence.reference):
        raise Skip(f"{n} generated against {len(evidence.reference)} real examples")
    sizes = np.unique(np.linspace(max(2, smallest * n), n, points).astype(int))
    if len(sizes) < 2:
        raise Skip(f"{n} samples are too few for a trend")
    rng = np.random.default_rng(evidence.seed)
    found = [_mean_of_subsets(evidence, int(size), rng) for size in sizes]
    _, intercept = np.polyfit(1 / sizes, found, 1)
    return float(intercept)


def _mean_of_subsets(evidence: Evidence, size: int, rng: np.random.Generator) -> float:
    """The mean FID of as many disjoint pairs of subsets of this size as there are."""
    generated, reference = (
        rng.permutation(side.features) for side in (evidence.generated, evidence.reference)
    )
    starts = range(0, len(generated) - size + 1, size)
    values = [frechet(generated[i : i + size], reference[i : i + size]) for i in starts]
    return float(np.mean(values))


METRIC = Metric(
    title="FID∞ (judge)",
    axis="fidelity",
    better="lower",
    measure=measure,
    kinds=("images",),
    asks="How far would the generated features be from the real ones, were both endless?",
    formula=(
        "intercept of the line through FID (judge) of N against N images over 1/N, at 15 values of "
        "N from a quarter of all (the defaults); about 0, of either sign, for a perfect model"
    ),
    blind=(
        "All that FID is blind to, but for its bias. An extrapolation: in simulations with 64 "
        "normal features its standard deviation over draws was 0.2 to 0.4 at 400 images, where "
        "the bias that it removes was 5.5, and 0.1 at 2,000. Differences below twice that say "
        "nothing."
    ),
    source="Chong and Forsyth, 2020, arXiv:1911.07023; torch-fidelity at each N",
    primary=False,
    limits={"points": (2, 100), "smallest": (0.05, 0.9)},
)
