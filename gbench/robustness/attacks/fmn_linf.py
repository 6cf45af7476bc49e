"""FMN in Linf: the smallest perturbation, by projections onto a ball that adapts.

Pintor et al. 2021, arXiv:2102.12827; see `gbench.robustness.fmn`.
"""

from gbench.robustness import fmn

ATTACK = fmn.attack("FMN (Linf)", "linf")
