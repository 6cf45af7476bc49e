"""APGD on the cross-entropy in Linf.

Croce and Hein 2020, arXiv:2003.01690; see `gbench.tracks.attacks.measure.auto`.
"""

from gbench.tracks.attacks.measure import auto

ATTACK = auto.attack("APGD-CE (Linf)", "linf", auto.cross_entropies)
