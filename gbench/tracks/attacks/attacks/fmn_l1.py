"""FMN in L1: the smallest perturbation, by projections onto a ball that adapts.

Pintor et al. 2021, arXiv:2102.12827; see `gbench.tracks.attacks.measure.fmn`.
"""

from gbench.tracks.attacks.measure import fmn

ATTACK = fmn.attack("FMN (L1)", "l1")
