"""Targeted PGD in Linf: descends towards one given wrong class.

Kurakin, Goodfellow and Bengio, "Adversarial Machine Learning at Scale", 2017, arXiv:1611.01236
(targeted iteration); random starts as in Madry et al., 2018, arXiv:1706.06083.  An image counts as
broken only when the given class is reached.
"""

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.descent import pgd

ATTACK = Attack(
    title="PGD to a random class (Linf)",
    norm="linf",
    knowledge="white box",
    run=pgd,
    source="Kurakin, Goodfellow, Bengio 2017, arXiv:1611.01236",
    targeted=True,
)
