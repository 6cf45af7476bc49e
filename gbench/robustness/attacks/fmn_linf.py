"""FMN in Linf: the smallest perturbation, by projections onto a ball that adapts.

Pintor, Roli, Brendel and Biggio, "Fast Minimum-norm Adversarial Attacks through Adaptive Norm
Constraints", 2021, arXiv:2102.12827; see `gbench.robustness.fmn`.
"""

from gbench.robustness.attack import Attack
from gbench.robustness.fmn import fmn

ATTACK = Attack(
    title="FMN (Linf)",
    norm="linf",
    knowledge="white box",
    run=fmn,
    source="Pintor et al. 2021, arXiv:2102.12827",
)
