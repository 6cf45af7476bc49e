"""How numbers are written: three significant digits, decimals aligned within a column."""

from collections.abc import Sequence
from math import floor, inf, isfinite, log10

from gbench.stats import Estimate

MINUS = "\N{MINUS SIGN}"


FIGURE_SPACE, POINT_SPACE = "\N{FIGURE SPACE}", "\N{PUNCTUATION SPACE}"


def decimals(value: float) -> int:
    """Decimals that give the value three significant digits; 0 to 7."""
    return min(7, max(0, 2 - floor(log10(abs(value))))) if value else 0


class Digits:
    """How one column writes its numbers: three significant digits each, decimal below decimal.

    A number far smaller than the column's middle gets fewer: no more decimals than the middle
    has, or three.

    Args:
        values: all that stand in the column.
    """

    def __init__(self, values: Sequence[float]):
        sizes = sorted(abs(value) for value in values if value)
        self.most = max(3, decimals(sizes[len(sizes) // 2])) if sizes else 0
        self.widest = max((self.places(value) for value in values), default=0)

    def places(self, value: float) -> int:
        return min(self.most, decimals(value))

    def padding(self, value: float) -> str:
        """Spaces as wide as the decimals that the value lacks against the widest."""
        places = self.places(value)
        missing = FIGURE_SPACE * (self.widest - places)
        return (POINT_SPACE if missing and not places else "") + missing


def fixed(value: float, places: int) -> str:
    """With that many decimals, thousands parted by thin spaces, a true minus sign."""
    text = f"{value:,.{places}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return text.replace("-", MINUS) if float(f"{value:.{places}f}") else text.replace("-", "")


def short(value: float | None) -> str:
    """Three significant digits; "" for None, "never" for infinity."""
    if value is None:
        return ""
    if not isfinite(value):
        return "never"
    if value == 0:
        return "0"
    if abs(value) < 1e-4:
        return f"{value:.2e}".replace("-", MINUS)
    places = max(0, 2 - floor(log10(abs(value))))
    text = fixed(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def half_width(estimate: Estimate, places: int) -> str:
    """ "±0.12", "" where there is no interval; never a rounded "±0.00"."""
    if estimate.half is None:
        return ""
    text = fixed(estimate.half, places)
    if estimate.half > 0 and not float(f"{estimate.half:.{places}f}"):
        return f"±<{10.0**-places:.{places}f}"
    return f"±{text}"


def interval(estimate: Estimate, least: float = -inf, most: float = inf) -> str:
    """ "2.1 [1.9, 2.3]", or "2.1 (one seed)"; cut where the quantity itself ends."""
    places = min(4, decimals(estimate.mean))
    mean = fixed(estimate.mean, places)
    if estimate.half is None:
        return f"{mean} (one seed)"
    low, high = max(estimate.low, least), min(estimate.high, most)
    return f"{mean} [{fixed(low, places)}, {fixed(high, places)}]"


def percent(share: float) -> str:
    """ "41 %"; one decimal below 10 % and above 90 %, unless whole."""
    value = 100 * share
    text = f"{value:.1f}" if (value < 10 or value > 90) else f"{value:.0f}"
    return f"{text.removesuffix('.0')}\N{NO-BREAK SPACE}%"


def listed(items: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def some(items: Sequence[str], most: int = 4) -> str:
    """All items if they are few, or the first ones and how many more there are."""
    if len(items) <= most:
        return listed(items)
    return f"{', '.join(items[: most - 1])} and {len(items) - most + 1} more"


def sentence(text: str) -> str:
    """With a capital at its start."""
    return text[:1].upper() + text[1:]
