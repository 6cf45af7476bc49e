"""Wilson's score interval for a share.

Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927, Journal of the
American Statistical Association 22.
"""

from math import sqrt

Z95 = 1.959963984540054


def interval(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """The interval of the share hits/n; (0, 1) where nothing was counted.

    With p = hits/n its ends solve (p - q)^2 = z^2 q (1 - q) / n for q.
    """
    if n == 0:
        return 0.0, 1.0
    p = hits / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low = 0.0 if hits == 0 else centre - half
    high = 1.0 if hits == n else centre + half
    return low, high
