"""The smallest game that circles, min over x and max over y of x y, solved exactly.

Goodfellow, "NIPS 2016 Tutorial: Generative Adversarial Networks", 2017, arXiv:1701.00160, section
8.2 (in continuous time the players orbit the equilibrium 0 for ever); Mescheder, Geiger and
Nowozin, "Which Training Methods for GANs do actually Converge?", 2018, arXiv:1801.04406
(simultaneous against alternating steps); Gidel, Berard, Vignoud, Vincent and Lacoste-Julien, "A
Variational Inequality Perspective on Generative Adversarial Networks", 2019, arXiv:1802.10551
(averages of the iterates).  What follows is derived here.

With step size e, a round is linear, z <- M z for z = (x, y):

    simultaneous  x' = x - e y, y' = y + e x     M = [[1, -e], [e, 1]]
    alternating   x' = x - e y, y' = y + e x'    M = [[1, -e], [e, 1 - e^2]]

M has the eigenvalues r exp(+-i a).  Simultaneous: r = sqrt(1 + e^2), a = atan e: |z| grows by r a
round, a spiral.  Alternating: the determinant is 1 and the trace 2 - e^2, so for e < 2 r = 1 and
a = 2 asin(e / 2): z stays on the ellipse x^2 + y^2 - e x y = constant.  In both cases
|r exp(i a) - 1| = e, which is what the averages below divide by.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Order = Literal["simultaneous", "alternating"]


def matrix(order: Order, step: float) -> Floats:
    """M of one round, [2, 2]."""
    last = 1.0 if order == "simultaneous" else 1 - step**2
    return np.array([[1.0, -step], [step, last]])


def spin(order: Order, step: float) -> tuple[float, float]:
    """Size r and angle a (radians) of M's eigenvalues r exp(+-i a).

    Raises:
        ValueError: alternating steps of 2 or more do not turn, they run away.
    """
    if order == "simultaneous":
        return float(np.hypot(1, step)), float(np.arctan(step))
    if not 0 < step < 2:
        raise ValueError(f"alternating steps circle for 0 < step < 2, not for {step}")
    return 1.0, 2 * float(np.arcsin(step / 2))


def size(order: Order, step: float, z: Floats) -> Floats:
    """The norm of z [..., 2] that each round multiplies by exactly r: of the circle |z|, or of the
    ellipse sqrt(x^2 + y^2 - e x y)."""
    x, y = z[..., 0], z[..., 1]
    skew = step if order == "alternating" else 0.0
    return np.sqrt(x**2 + y**2 - skew * x * y)


def iterates(order: Order, step: float, start: Floats, rounds: int) -> Floats:
    """z after 0, 1, ..., `rounds` rounds, [rounds + 1, 2].

    By Cayley and Hamilton M^t = r^(t-1) (sin(t a) M - r sin((t-1) a) I) / sin a.
    """
    r, a = spin(order, step)
    t = np.arange(rounds + 1)[:, None]
    moved = np.sin(t * a) * (matrix(order, step) @ start)
    return r ** (t - 1.0) * (moved - r * np.sin((t - 1) * a) * start) / np.sin(a)


def uniform_average(order: Order, step: float, start: Floats, rounds: int) -> Floats:
    """The mean of z_0, ..., z_t for t = 0, ..., `rounds`, [rounds + 1, 2].

    (M^(t+1) - I) (M - I)^-1 z_0 / (t + 1).  Its `size` is at most that of z_0 times
    (r^(t+1) + 1) / (e (t + 1)): alternating, it falls like 1/t; simultaneous, it grows as r^t / t.
    """
    z = iterates(order, step, start, rounds + 1)
    moved = (z[1:] - z[0]) @ np.linalg.inv(matrix(order, step) - np.eye(2)).T
    return moved / np.arange(1, rounds + 2)[:, None]


def exponential_average(
    order: Order, step: float, start: Floats, rounds: int, decay: float
) -> Floats:
    """a_0 = z_0, a_t = d a_{t-1} + (1 - d) z_t, as the trick `average` keeps it, [rounds + 1, 2].

    a_t = P z_t + d^t (I - P) z_0 with P = (1 - d) M (M - d I)^-1, which commutes with M: once the
    start is forgotten, the average circles as z does, on a path `shrinkage` times as large.
    """
    m, eye = matrix(order, step), np.eye(2)
    p = (1 - decay) * m @ np.linalg.inv(m - decay * eye)
    forgotten = decay ** np.arange(rounds + 1)[:, None]
    return iterates(order, step, start, rounds) @ p.T + forgotten * ((eye - p) @ start)


def shrinkage(order: Order, step: float, decay: float) -> float:
    """How large the exponential average's path is relative to that of z, both by `size`.

    (1 - d) r / |r exp(i a) - d|; alternating 1 / sqrt(1 + d e^2 / (1 - d)^2).  It is no power of t:
    with a fixed decay the average circles closer to the equilibrium and never reaches it.
    """
    r, a = spin(order, step)
    return float((1 - decay) * r / abs(r * np.exp(1j * a) - decay))
