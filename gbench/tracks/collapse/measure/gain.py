"""Does a remedy help?  Each against the plain model, over training seeds.

The interval is Student's over the differences at common seeds, as on the other pages.  The p-value
is not Student's.  Modes are counts with a ceiling: they are often the same at every seed, a
variance of 0 has no t, and five seeds cannot show that differences are normal.  A sign-flip test
of n pairs is exact, but reaches no less than 2 / 2^n, 0.06 with five seeds.  The exchange test is
exact as well, and sharper (see `gbench.stats.exchange`).  Runs of one seed may start alike; that
makes their means lie closer, and the test careful.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from gbench.stats import ALPHA, Estimate, estimate, exchange_p, holm

Verdict = Literal["helps", "hurts", "same", "not told", "untested"]
Values = Mapping[int, float]  # by seed


class Gain(NamedTuple):
    """One remedy against the plain model, by one metric.

    Attributes:
        difference: remedy minus plain over common seeds; None where they have none in common.  It
            has no interval where all differences are the same.
        p: the exchange test's, after Holm over the remedies; None where it was not done.
        seeds: of the remedy and of the plain model that have a value.
    """

    difference: Estimate | None
    p: float | None
    verdict: Verdict
    seeds: tuple[int, int]


def gains(
    values: Mapping[str, Values],
    plain: str,
    remedies: Sequence[str],
    loss: Callable[[float], float],
) -> dict[str, Gain]:
    """Every remedy against the plain model, in the order of the values.

    Args:
        values: of the models, by name.
        plain: the plain model's name.
        remedies: names; those that have no entry among the values are passed over.
        loss: turns a value so that lower is better.
    """
    base = values.get(plain, {})
    known = {name: own for name, own in values.items() if name in remedies and name != plain}
    tested = {
        name: exchange_p([*own.values()], [*base.values()])
        for name, own in known.items()
        if min(len(own), len(base)) >= 2
    }
    p_values = dict(zip(tested, holm([*tested.values()]), strict=True))
    return {
        name: Gain(
            difference(own, base),
            p_values.get(name),
            verdict(own, base, p_values.get(name), loss),
            (len(own), len(base)),
        )
        for name, own in known.items()
    }


def difference(own: Values, base: Values) -> Estimate | None:
    """Over common seeds; without an interval where it is the same at each."""
    found = [own[seed] - base[seed] for seed in sorted(own.keys() & base.keys())]
    value = estimate(found)
    return value._replace(half=None) if value and len(set(found)) == 1 else value


def verdict(own: Values, base: Values, p: float | None, loss: Callable[[float], float]) -> Verdict:
    """
    Args:
        own, base: of the remedy and of the plain model.
        p: adjusted; None if untested.
    """
    if p is None:
        return "untested"
    if len({*own.values(), *base.values()}) == 1:
        return "same"
    if p >= ALPHA:
        return "not told"
    remedy, plain = (np.mean([loss(value) for value in found.values()]) for found in (own, base))
    return "helps" if remedy < plain else "hurts"


def second_half(
    rounds: Sequence[float | None], values: Sequence[float | None], last: int
) -> list[float]:
    """What was measured after half of the `last` rounds; empty where a point has no value.

    A game that circles is somewhere on its round when it is stopped: hence the mean of these.
    """
    late = [v for r, v in zip(rounds, values, strict=True) if r and 2 * r > last]
    found = [value for value in late if value is not None]
    return found if len(found) == len(late) else []
