"""Published results on the ring, the grid and stacked MNIST, and bounds that no model can beat.

Lin, Khetan, Fanti and Oh, "PacGAN: The Power of Two Samples in Generative Adversarial Networks",
2018, arXiv:1712.04086, tables 1 to 3; Srivastava, Valkov, Russell, Gutmann and Sutton, "VEEGAN:
Reducing Mode Collapse in GANs using Implicit Variational Learning", 2017, arXiv:1705.07761, tables
1 and 2.  All numbers were read in the authors' own pictures of these tables.  PacGAN's ring and
grid are the data sets here; VEEGAN's need not be: its GAN reaches 1 mode of 8 where PacGAN's
reaches 6.3.  The baseline is set by whoever tunes it.
"""

from collections.abc import Sequence
from math import exp
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import gammaln, xlogy

Paper = Literal["PacGAN", "VEEGAN"]
ARXIV: dict[Paper, str] = {"PacGAN": "1712.04086", "VEEGAN": "1705.07761"}
HIGH_QUALITY = 1 - exp(-9 / 2)  # of a Gaussian in the plane, within 3 standard deviations


class Value(NamedTuple):
    """
    Attributes:
        mean: as printed; a share in [0, 1] where the paper prints percent.
        error: the standard error, None where the paper gives none.
    """

    mean: float
    error: float | None = None


class Published(NamedTuple):
    """One row of a paper's table.

    Attributes:
        system: the paper's name for it.
        data: ring, grid, or stacked_mnist.
        modes: reached, of 8, 25 and 1000.
        high_quality: share of samples within 3 standard deviations of a mode.
        kl: in nats, of the shares of the modes from the uniform ones (PacGAN: reverse KL).
        paper: who printed it.
        table: its number there.
        trials: that mean and standard error are over; None where the table does not say.
        setting: its particulars.
    """

    system: str
    data: str
    modes: Value
    high_quality: Value | None
    kl: Value | None
    paper: Paper
    table: int
    trials: int | None = None
    setting: str = ""

    @property
    def source(self) -> str:
        return f"{self.paper}, arXiv:{ARXIV[self.paper]}, table {self.table}"


def _pacgan(data: str, system: str, modes: Value, percent: Value, kl: Value) -> Published:
    assert percent.error is not None
    share = Value(round(percent.mean / 100, 4), round(percent.error / 100, 4))
    return Published(system, data, modes, share, kl, "PacGAN", 1, 10)


def _veegan(data: str, system: str, modes: float, percent: float) -> Published:
    share = Value(round(percent / 100, 4))
    return Published(system, data, Value(modes), share, None, "VEEGAN", 1)


def _stacked(system: str, modes: float, kl: float) -> Published:
    return Published(system, "stacked_mnist", Value(modes), None, Value(kl), "VEEGAN", 2)


def _packed(
    system: str, modes: Value, kl: Value, table: int = 2, trials: int | None = 10, setting: str = ""
) -> Published:
    return Published(system, "stacked_mnist", modes, None, kl, "PacGAN", table, trials, setting)


QUARTER, HALF = "critic a quarter of the generator", "critic half of the generator"

ROWS: Sequence[Published] = (
    _pacgan("ring", "GAN", Value(6.3, 0.5), Value(98.2, 0.2), Value(0.45, 0.09)),
    _pacgan("ring", "ALI", Value(6.6, 0.3), Value(97.6, 0.4), Value(0.36, 0.04)),
    _pacgan("ring", "PacGAN2", Value(7.9, 0.1), Value(95.6, 2.0), Value(0.07, 0.03)),
    _pacgan("ring", "PacGAN3", Value(7.8, 0.1), Value(97.7, 0.3), Value(0.10, 0.02)),
    _pacgan("ring", "PacGAN4", Value(7.8, 0.1), Value(95.9, 1.4), Value(0.07, 0.02)),
    _pacgan("grid", "GAN", Value(17.3, 0.8), Value(94.8, 0.7), Value(0.70, 0.07)),
    _pacgan("grid", "ALI", Value(24.1, 0.4), Value(95.7, 0.6), Value(0.14, 0.03)),
    _pacgan("grid", "PacGAN2", Value(23.8, 0.7), Value(91.3, 0.8), Value(0.13, 0.04)),
    _pacgan("grid", "PacGAN3", Value(24.6, 0.4), Value(94.2, 0.4), Value(0.06, 0.02)),
    _pacgan("grid", "PacGAN4", Value(24.8, 0.2), Value(93.6, 0.6), Value(0.04, 0.01)),
    _veegan("ring", "GAN", 1.0, 99.3),
    _veegan("ring", "ALI", 2.8, 0.13),
    _veegan("ring", "Unrolled GAN", 7.6, 35.6),
    _veegan("ring", "VEEGAN", 8.0, 52.9),
    _veegan("grid", "GAN", 3.3, 0.5),
    _veegan("grid", "ALI", 15.8, 1.6),
    _veegan("grid", "Unrolled GAN", 23.6, 16.0),
    _veegan("grid", "VEEGAN", 24.6, 40.0),
    _stacked("DCGAN", 99.0, 3.40),
    _stacked("ALI", 16.0, 5.40),
    _stacked("Unrolled GAN", 48.7, 4.32),
    _stacked("VEEGAN", 150.0, 2.95),
    _packed("DCGAN", Value(78.9, 6.46), Value(4.50, 0.127)),
    _packed("PacDCGAN2", Value(1000.0, 0.0), Value(0.06, 0.003)),
    _packed("PacDCGAN3", Value(1000.0, 0.0), Value(0.06, 0.003)),
    _packed("PacDCGAN4", Value(1000.0, 0.0), Value(0.07, 0.005)),
    _packed("DCGAN, unrolled paper", Value(30.6, 20.73), Value(5.99, 0.42), 3, None, QUARTER),
    _packed("Unrolled GAN, 1 step", Value(65.4, 34.75), Value(5.91, 0.14), 3, None, QUARTER),
    _packed("Unrolled GAN, 5 steps", Value(236.4, 63.30), Value(4.67, 0.43), 3, None, QUARTER),
    _packed("Unrolled GAN, 10 steps", Value(327.2, 74.67), Value(4.66, 0.46), 3, None, QUARTER),
    _packed("DCGAN", Value(78.5, 17.56), Value(5.21, 0.19), 3, 50, QUARTER),
    _packed("PacDCGAN2", Value(484.5, 32.99), Value(2.61, 0.22), 3, 50, QUARTER),
    _packed("PacDCGAN3", Value(601.3, 32.18), Value(2.00, 0.17), 3, 50, QUARTER),
    _packed("PacDCGAN4", Value(667.4, 29.00), Value(1.81, 0.15), 3, 50, QUARTER),
    _packed("DCGAN, unrolled paper", Value(628.0, 140.9), Value(2.58, 0.75), 3, None, HALF),
    _packed("Unrolled GAN, 1 step", Value(523.6, 55.77), Value(2.44, 0.26), 3, None, HALF),
    _packed("Unrolled GAN, 5 steps", Value(732.0, 44.98), Value(1.66, 0.09), 3, None, HALF),
    _packed("Unrolled GAN, 10 steps", Value(817.4, 37.91), Value(1.43, 0.12), 3, None, HALF),
    _packed("DCGAN", Value(487.7, 34.59), Value(2.24, 0.15), 3, 50, HALF),
    _packed("PacDCGAN2", Value(840.7, 15.92), Value(1.00, 0.05), 3, 50, HALF),
    _packed("PacDCGAN3", Value(866.6, 12.10), Value(0.90, 0.04), 3, 50, HALF),
    _packed("PacDCGAN4", Value(820.2, 25.50), Value(1.15, 0.14), 3, 50, HALF),
)


COUNTERPARTS = {  # a published system, or the start of its name, by what a model here is made of
    ("gan", ()): ("GAN", "DCGAN"),
    ("dcgan", ()): ("DCGAN",),
    ("ali", ()): ("ALI",),
    ("gan", ("packing",)): ("PacGAN", "PacDCGAN"),
    ("dcgan", ("packing",)): ("PacDCGAN",),
    ("gan", ("unrolled",)): ("Unrolled GAN",),
    ("dcgan", ("unrolled",)): ("Unrolled GAN",),
}


def beside(
    data: str, model: str, tricks: Sequence[str] = (), packed: int = 2, setting: str = ""
) -> list[Published]:
    """The published rows of a system that is made like one of ours, PacGAN's before VEEGAN's.

    Args:
        data: ring, grid or stacked_mnist.
        model: the file that an entry is built from.
        tricks: the names of its tricks, in their order.
        packed: how many samples packing shows the critic at once.
        setting: "" for the main tables, or QUARTER or HALF.
    """
    names = COUNTERPARTS.get((model, tuple(tricks)), ())
    names = tuple(f"{name}{packed}" if name.startswith("Pac") else name for name in names)
    found = [
        row
        for row in ROWS
        if row.data == data and row.setting == setting and row.system.partition(",")[0] in names
    ]
    return sorted(found, key=lambda row: row.paper)


class Floor(NamedTuple):
    """The expected score of samples of the data themselves.

    Attributes:
        modes: reached.
        high_quality: share of samples.
        kl: in nats.
    """

    modes: float
    high_quality: float
    kl: float


def floor(modes: int, n: int, high_quality: float = HIGH_QUALITY) -> Floor:
    """The exact expectations for n samples of a balanced mixture.

    Args:
        modes: K.
        n: samples.
        high_quality: q, the share of samples that count; 1 where each has a class, as in stacked
            digits read without error.

    K (1 - (1 - q/K)^n) modes; q; and E KL(p || uniform) over the h samples that count, h binomial
    (n, q), with C binomial (h, 1/K): log K + K E[(C/h) log (C/h)], about (K - 1) / (2 q n).
    """
    h = np.arange(1, n + 1)
    weights = _binomial(h, n, high_quality)
    likely = weights > 1e-12
    kl = np.array([_kl(int(one), modes) for one in h[likely]])
    return Floor(
        modes * (1 - (1 - high_quality / modes) ** n),
        high_quality,
        float(weights[likely] @ kl / weights[likely].sum()),
    )


def _kl(h: int, modes: int) -> float:
    hits = np.arange(h + 1)
    shares = hits / h
    return float(np.log(modes) + modes * (_binomial(hits, h, 1 / modes) @ xlogy(shares, shares)))


def _binomial(k: np.ndarray, n: int, p: float) -> np.ndarray:
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.exp(ways + xlogy(k, p) + xlogy(n - k, 1 - p))
