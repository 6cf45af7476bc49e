"""APGD on the cross-entropy in L2.

Croce and Hein 2020, arXiv:2003.01690; see `gbench.robustness.auto`.
"""

from gbench.robustness import auto

ATTACK = auto.attack("APGD-CE (L2)", "l2", auto.cross_entropies)
