"""FMN in L2: the smallest perturbation, by projections onto a ball that adapts.

Pintor et al. 2021, arXiv:2102.12827; see `gbench.tracks.attacks.measure.fmn`.
"""

from gbench.tracks.attacks.measure import fmn

ATTACK = fmn.attack("FMN (L2)", "l2")
