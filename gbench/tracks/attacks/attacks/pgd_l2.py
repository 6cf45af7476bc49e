"""PGD in L2: iterated gradient ascent, projected onto the ball, from random starts.

Madry, Makelov, Schmidt, Tsipras and Vladu, "Towards Deep Learning Models Resistant to Adversarial
Attacks", 2018, arXiv:1706.06083, section 2.1.  Besides the cross-entropy, which saturates where
the target is sure, the logit margin is climbed; every iterate counts, not only the last.
"""

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.descent import pgd

ATTACK = Attack(
    title="PGD (L2)",
    norm="l2",
    knowledge="white box",
    run=pgd,
    source="Madry et al. 2018, arXiv:1706.06083",
)
