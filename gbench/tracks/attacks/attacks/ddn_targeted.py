"""DDN towards one given wrong class.

Rony, Hafemann, Oliveira, Ben Ayed, Sabourin and Granger, "Decoupling Direction and Norm for
Efficient Gradient-Based L2 Adversarial Attacks and Defenses", 2019, arXiv:1811.09600, algorithm 1.
"""

from dataclasses import replace

from gbench.tracks.attacks.attacks import ddn

ATTACK = replace(ddn.ATTACK, title="DDN to a random class (L2)", targeted=True)
