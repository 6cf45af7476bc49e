"""APGD on the difference of logits ratio in L2.

Croce and Hein 2020, arXiv:2003.01690; see `gbench.tracks.attacks.measure.auto`.
"""

from gbench.tracks.attacks.measure import auto

ATTACK = auto.attack("APGD-DLR (L2)", "l2", auto.dlr)
