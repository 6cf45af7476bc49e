"""Statistics of benchmarks: estimates over seeds, comparisons, ranks, parts of variance.

NumPy and SciPy only; reads and writes nothing.
"""

from gbench.stats.comparisons import (
    Apart,
    Compared,
    Scale,
    Verdict,
    apart,
    compare,
    holm,
    on_scale,
    paired_p,
    shared_spread_p,
    sign_p,
)
from gbench.stats.estimates import ALPHA, Estimate, estimate
from gbench.stats.exchange import enough, exchange_p, smallest_p
from gbench.stats.ranks import (
    pareto,
    partial_correlation,
    rank_correlation,
    ranks,
    ranks_by_seed,
)
from gbench.stats.variance import Components, Share, components, share

__all__ = [
    "ALPHA",
    "Apart",
    "Compared",
    "Components",
    "Estimate",
    "Scale",
    "Share",
    "Verdict",
    "apart",
    "compare",
    "components",
    "enough",
    "estimate",
    "exchange_p",
    "holm",
    "on_scale",
    "paired_p",
    "pareto",
    "partial_correlation",
    "rank_correlation",
    "ranks",
    "ranks_by_seed",
    "share",
    "shared_spread_p",
    "sign_p",
    "smallest_p",
]
