"""Statistics of benchmarks: estimates over seeds, comparisons, ranks, parts of variance.

NumPy and SciPy only; reads and writes nothing.
"""

from gbench.stats.comparisons import (
    Verdict,
    compare,
    holm,
    paired_p,
    shared_spread_p,
    sign_p,
)
from gbench.stats.estimates import ALPHA, Estimate, estimate
from gbench.stats.exchange import enough, exchange_p, smallest_p
from gbench.stats.friedman import Test, friedman, grouped, pair_p, residual
from gbench.stats.ranks import (
    mean_ranks,
    pareto,
    partial_correlation,
    rank_correlation,
    ranks,
    ranks_by_seed,
)
from gbench.stats.variance import Components, Share, components, share

__all__ = [
    "ALPHA",
    "Components",
    "Estimate",
    "Share",
    "Test",
    "Verdict",
    "compare",
    "components",
    "enough",
    "estimate",
    "exchange_p",
    "friedman",
    "grouped",
    "holm",
    "mean_ranks",
    "pair_p",
    "paired_p",
    "pareto",
    "partial_correlation",
    "rank_correlation",
    "ranks",
    "ranks_by_seed",
    "residual",
    "share",
    "shared_spread_p",
    "sign_p",
    "smallest_p",
]
