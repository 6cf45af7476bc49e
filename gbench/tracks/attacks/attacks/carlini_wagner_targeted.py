"""Carlini and Wagner's L2 attack towards one given wrong class.

Carlini and Wagner, "Towards Evaluating the Robustness of Neural Networks", 2017, arXiv:1608.04644,
section VI.A.
"""

from dataclasses import replace

from gbench.tracks.attacks.attacks import carlini_wagner

ATTACK = replace(
    carlini_wagner.ATTACK, title="Carlini-Wagner to a random class (L2)", targeted=True
)
