"""Known answers for the report's statistics: SciPy's values, hand calculations, identities."""

import numpy as np
import pytest
import scipy.stats

from gbench import stats


def test_interval_is_students() -> None:
    values = [2.1, 2.9, 2.2, 3.4, 1.7]
    found = stats.estimate(values)
    assert found is not None
    low, high = scipy.stats.t.interval(0.95, 4, loc=np.mean(values), scale=scipy.stats.sem(values))
    assert (found.mean, found.n) == (pytest.approx(2.46), 5)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_interval_by_hand() -> None:
    # mean 2, s = 1, t(2, .975) = 4.302653: 4.302653 / sqrt(3) = 2.484138
    found = stats.estimate([1.0, 2.0, 3.0])
    assert found is not None
    assert found.half == pytest.approx(2.484138, abs=1e-6)


def test_one_seed_has_no_interval() -> None:
    found = stats.estimate([3.0])
    assert found == stats.Estimate(3.0, None, 1)
    assert found.low == found.high == 3.0
    assert stats.estimate([]) is None


def test_paired_test_is_scipys() -> None:
    first, second = [3.1, 2.8, 3.6, 3.3], [2.7, 2.9, 3.0, 2.8]
    assert stats.paired_p(first, second) == pytest.approx(
        scipy.stats.ttest_rel(first, second).pvalue
    )


@pytest.mark.parametrize(("shift", "p_value"), [(0.0, 1.0), (0.5, 0.0)])
def test_paired_test_of_constant_differences(shift: float, p_value: float) -> None:
    first = [1.0, 2.0, 4.0]
    assert stats.paired_p(first, [x + shift for x in first]) == p_value


def test_holm_by_hand() -> None:
    # sorted .01 .02 .03 .04 times 4 3 2 1: .04 .06 .06 .06 after the running maximum
    assert stats.holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert stats.holm([0.9, 0.8]) == [1.0, 1.0]
    assert stats.holm([]) == []


def test_ranks_are_scipys() -> None:
    losses = {"a": 3.0, "b": 1.0, "c": 3.0, "d": 2.0}
    assert list(stats.ranks(losses).values()) == list(scipy.stats.rankdata(list(losses.values())))


def test_ranks_by_seed() -> None:
    columns = [
        {"a": {0: 1.0, 1: 1.0}, "b": {0: 2.0, 1: 2.0}},
        {"a": {0: 1.0, 1: 5.0}, "b": {0: 2.0, 1: 3.0}},
        {"a": {0: 1.0}, "b": {}},  # b lacks it: the column counts for nobody
    ]
    found = stats.ranks_by_seed(columns)
    assert found == {"a": {0: 1.0, 1: 1.5}, "b": {0: 2.0, 1: 1.5}}
    assert stats.ranks_by_seed([]) == {}


def test_pareto_front() -> None:
    points = {"a": (1.0, 5.0), "b": (2.0, 2.0), "c": (3.0, 3.0), "d": (5.0, 1.0), "e": (5.0, 2.0)}
    assert stats.pareto(points) == ["a", "b", "d"]


def test_rank_correlation_is_spearmans() -> None:
    draw = np.random.default_rng(0)
    a = draw.integers(0, 6, size=30)  # with ties
    b = a + draw.normal(size=30)
    assert stats.rank_correlation(a, b) == pytest.approx(scipy.stats.spearmanr(a, b).statistic)
    assert stats.rank_correlation([1, 2, 3], [5, 50, 500]) == 1
    assert stats.rank_correlation([1, 2, 3], [3, 2, 1]) == -1
    assert stats.rank_correlation([1, 1, 1], [3, 2, 1]) is None


def test_partial_correlation_is_that_of_residuals() -> None:
    """Of the ranks, after each is regressed on the third's."""
    draw = np.random.default_rng(1)
    time = np.arange(40.0)
    a, b = time + 8 * draw.normal(size=40), -time + 8 * draw.normal(size=40)
    rank = scipy.stats.rankdata
    residuals = [
        rank(x) - np.polyval(np.polyfit(rank(time), rank(x), 1), rank(time)) for x in (a, b)
    ]
    expected = np.corrcoef(residuals)[0, 1]
    assert stats.partial_correlation(a, b, time) == pytest.approx(expected)
    assert abs(stats.rank_correlation(a, b) or 0) > 0.4 > 0.3 > abs(expected)
    assert stats.partial_correlation(time, b, time) is None


@pytest.mark.parametrize(("better", "of"), [(0, 7), (5, 10), (9, 10), (31, 44)])
def test_the_sign_test_is_the_binomial_one(better: int, of: int) -> None:
    assert stats.sign_p(better, of) == pytest.approx(scipy.stats.binomtest(better, of).pvalue)


def test_a_shared_spread_gives_students_t() -> None:
    """At effect sqrt(2 / n) t is 1."""
    expected = 2 * scipy.stats.t.sf(1.0, 9)
    assert stats.shared_spread_p((2 / 10) ** 0.5, 10) == pytest.approx(expected)
    assert stats.shared_spread_p(0.0, 10) == 1.0
