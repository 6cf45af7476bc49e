"""Axes: how values become places, and which round numbers stand along them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10


@dataclass(frozen=True)
class Scale:
    """Maps values to [0, 1].

    Attributes:
        low, high: the ends, low < high; above 0 if `log`.
        label: what is shown, with unit and the better direction.
        log: logarithmic.
    """

    low: float
    high: float
    label: str = ""
    log: bool = False

    def __call__(self, value: float) -> float:
        """Clipped to the ends."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return log10(value / self.low) / log10(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, wanted: int = 5) -> list[float]:
        """Round numbers within the ends, about as many as wanted."""
        if self.log:
            first, last = floor(log10(self.low)), ceil(log10(self.high))
            steps = (1,) if last - first > 4 else (1, 3) if last - first > 2 else (1, 2, 5)
            values = [m * 10.0**e for e in range(first, last + 1) for m in steps]
        else:
            raw = (self.high - self.low) / wanted
            power = 10.0 ** floor(log10(raw))
            step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
            count = floor(self.high / step + 1e-9) - ceil(self.low / step - 1e-9)
            first = ceil(self.low / step - 1e-9)
            values = [(first + k) * step for k in range(count + 1)]
        slack = 1e-9 * (self.high - self.low)
        return [v for v in values if self.low - slack <= v <= self.high + slack]


def fit(values: Sequence[float], label: str = "", *, log: bool | None = None) -> Scale:
    """A scale over the finite values with a little room.

    Args:
        values: what must be visible.
        label: of the axis.
        log: logarithmic or not; None decides for it when all values are positive and the largest
            is over 25 times the smallest.
    """
    found = [value for value in values if isfinite(value)] or [0.0, 1.0]
    low, high = min(found), max(found)
    if log is None:
        log = low > 0 and high > 25 * low
    if log:
        room = (high / low) ** 0.06 if high > low else 2.0
        return Scale(low / room, high * room, label, True)
    room = 0.06 * (high - low) or 0.5 * abs(high) or 0.5
    return Scale(low - room, high + room, label)


def tick_text(value: float) -> str:
    if abs(value) >= 10000 or 0 < abs(value) < 0.001:
        mantissa, exponent = f"{value:.3e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}".replace("-", "\N{MINUS SIGN}")
    return f"{value:.6g}".replace("-", "\N{MINUS SIGN}")
