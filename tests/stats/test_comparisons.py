"""Comparisons with the best and against zero: closed forms, SciPy's values, rates of error."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.stats

from gbench import stats
from gbench.stats import comparisons, moderated

SHARE = 0.03  # of p and of critical values: three standard errors of 10,000 draws, and more


def by_seed(values: np.ndarray) -> dict[str, dict[int, float]]:
    return {f"m{i}": dict(enumerate(map(float, row))) for i, row in enumerate(values)}


def verdicts(losses: dict[str, dict[int, float]]) -> dict[str, str]:
    return {row: found.verdict for row, found in stats.compare(losses).items()}


def test_moderated_variance_by_hand() -> None:
    # degrees 1 and 3: pooled (1 * 4 + 3 * 8) / 4 = 7; halves (7 + 4) / 2 and (7 + 8) / 2, over n
    found = moderated.mean_variances(np.array([4.0, 8.0]), np.array([2, 4]))
    assert found.tolist() == [5.5 / 2, 7.5 / 4]


@pytest.mark.parametrize("k", [2, 5, 20])
def test_with_known_equal_variances_the_critical_value_is_the_studentized_range(k: int) -> None:
    """The largest distance from the lowest of k equals is their range over sqrt(2)."""
    variances = np.random.default_rng(1).normal(size=(k, 400)).var(axis=1, ddof=1)
    means, errors = moderated.alike(variances, np.full(k, 400))
    largest = comparisons._to_best(means, errors).max(axis=1)
    expected = scipy.stats.studentized_range.ppf(0.95, k, 1e6) / 2**0.5
    assert np.quantile(largest, 0.95) == pytest.approx(expected, rel=SHARE)


@pytest.mark.parametrize("k", [1, 4, 20])
def test_against_zero_the_critical_value_is_sidaks(k: int) -> None:
    variances = np.random.default_rng(2).normal(size=(k, 400)).var(axis=1, ddof=1)
    means, errors = moderated.alike(variances, np.full(k, 400))
    largest = comparisons._to_zero(means, errors).max(axis=1)
    expected = scipy.stats.norm.ppf(0.5 + 0.95 ** (1 / k) / 2)
    assert np.quantile(largest, 0.95) == pytest.approx(expected, rel=SHARE)


@pytest.mark.parametrize("values", [[1.0, 1.3, 0.2], [0.4, -0.1, 0.6, 0.4, 0.1]])
def test_a_single_difference_is_students(values: list[float]) -> None:
    found = stats.apart({"a": dict(enumerate(values))})["a"]
    assert found.difference == pytest.approx(np.mean(values))
    assert found.p == pytest.approx(scipy.stats.ttest_1samp(values, 0).pvalue, abs=0.012)


def test_the_law_of_variances_is_found() -> None:
    """Of 2,000 variances with 2 degrees of freedom each, from d0 = 4 and s0^2 = 3."""
    draw = np.random.default_rng(0)
    variances = 4 * 3 / draw.chisquare(4, 2000) * draw.chisquare(2, 2000) / 2
    scales, likelihoods = moderated._laws(variances, np.full(2000, 2))
    likeliest = int(likelihoods.argmax())
    assert 2.5 < moderated.DEGREES[likeliest] < 6
    assert scales[likeliest] == pytest.approx(3, rel=0.15)


def test_the_likelihood_is_scipys() -> None:
    variances, degrees = np.array([0.3, 1.2, 5.0]), np.array([2, 4, 2])
    scales, likelihoods = moderated._laws(variances, degrees)
    laws = zip(moderated.DEGREES, scales, strict=True)
    log = [scipy.stats.f.logpdf(variances / s, degrees, d0).sum() - 3 * np.log(s) for d0, s in laws]
    assert np.log(likelihoods) == pytest.approx(np.array(log) - max(log))


def test_best_tied_worse_and_untested() -> None:
    losses = {
        "best": {0: 1.00, 1: 1.10, 2: 0.95},
        "tied": {0: 1.05, 1: 1.00, 2: 1.10},
        "worse": {0: 3.01, 1: 3.10, 2: 2.95},
        "alone": {7: 1.5},
    }
    assert verdicts(losses) == {
        "best": "best",
        "tied": "tied",
        "worse": "worse",
        "alone": "untested",
    }
    found = stats.compare(losses)
    assert found["worse"].difference == pytest.approx(3.02 - 3.05 / 3)
    assert (found["best"].p, found["alone"].p) == (None, None)
    assert verdicts({"a": {0: 1.0}, "b": {0: 2.0}}) == dict.fromkeys("ab", "untested")
    assert verdicts({"a": {0: 1.0, 1: 2.0}}) == {"a": "untested"}
    assert stats.compare({}) == {} == stats.apart({}) == stats.apart({"a": {0: 1.0}})


def test_a_precise_row_is_not_told_by_its_own_variance_alone() -> None:
    """Three seeds that agree by chance: on its own variance the row would be worse."""
    draw = np.random.default_rng(5)
    values = draw.normal(size=(20, 3))
    low = values.mean(axis=1).argmin()
    values[(low + 1) % 20] = values[low].mean() + 1.0 + np.array([-0.001, 0.0, 0.001])
    assert verdicts(by_seed(values))[f"m{(low + 1) % 20}"] == "tied"


def test_rows_that_leave_make_the_rest_easier() -> None:
    """Next to thirty far rows one is tied; when these have left it is worse."""
    draw = np.random.default_rng(0)
    near = np.array([[0.0], [2.5]]) + draw.normal(size=(2, 3))
    far = 1000.0 + 100 * np.arange(30)[:, None] + draw.normal(size=(30, 3))
    found = stats.compare(by_seed(np.concatenate([near, far])))
    means, variances, seeds = comparisons._moments([*np.concatenate([near, far])])
    errors = moderated.mean_variances(variances, seeds)
    t = (means[1] - means[0]) / (errors[0] + errors[1]) ** 0.5
    drawn = moderated.alike(variances, seeds)
    single = (comparisons._to_best(*drawn).max(axis=1) >= t).mean()
    assert single > 0.05 > (found["m1"].p or 0)


def test_without_chance_what_differs_differs() -> None:
    assert verdicts({"a": {0: 1.0, 1: 1.0}, "b": {0: 1.0, 1: 1.0}, "c": {0: 2.0, 1: 2.0}}) == {
        "a": "best",
        "b": "tied",
        "c": "worse",
    }
    found = stats.apart({"a": {0: 0.1, 1: 0.1, 2: 0.1}, "b": {0: 0.0, 1: 0.0}})
    assert (found["a"].sign, found["b"].sign) == (1, 0)


def test_ranks_that_agree_do_not_rule_out_chance() -> None:
    """Variances 1 / 3, so t = 1 / sqrt(2 / 9) of neighbours, and 20 times that of the ends."""
    ranks = {f"m{k:02}": dict.fromkeys(range(3), float(k)) for k in range(21)}
    found = stats.compare(ranks, step=1.0)
    assert (found["m00"].verdict, found["m01"].verdict) == ("best", "tied")
    assert found["m20"].verdict == "worse"
    two = {name: ranks[name] for name in ("m00", "m01")}
    assert 0.1 < (stats.compare(two, step=1.0)["m01"].p or 0) < 0.4


def test_the_logarithmic_scale_compares_ratios() -> None:
    losses = {"a": {0: 1.0, 1: 1.1}, "b": {0: 200.0, 1: 220.0}}
    found = stats.compare(losses, "log")["b"]
    assert found.difference == pytest.approx(np.log(200))
    assert stats.on_scale(losses, "linear") == losses
    scaled = stats.on_scale({"a": {0: -1.0, 1: 1.0}, "b": {0: 2e6, 1: 3e6}}, "log")
    unit = np.median([2**0.5, 1e6 / 2**0.5])  # the standard deviations of two values
    assert scaled["b"][1] == pytest.approx(np.arcsinh(3e6 / unit))
    ordered = [stats.on_scale({"a": {0: -1.0, 1: v}}, "log")["a"][1] for v in (-0.5, 0.5, 5.0)]
    assert all(one < two for one, two in pairwise(ordered))


def test_the_star_stands_at_the_lowest_mean_also_on_the_logarithmic_scale() -> None:
    """The mean of b is lower, that of its logarithms higher."""
    losses = {"a": {0: 0.1, 1: 4.0}, "b": {0: 2.0, 1: 2.0}}
    assert verdicts(losses)["b"] == "best"
    assert stats.compare(losses, "log")["b"].verdict == "best"


def test_equal_tables_have_equal_p_values() -> None:
    losses = by_seed(np.random.default_rng(4).normal(size=(8, 3)))
    assert stats.compare(losses) == stats.compare(losses)


@pytest.mark.parametrize("seeds", [3, 5])
def test_equals_are_seldom_worse_and_others_often(seeds: int) -> None:
    """Ten equals with unequal variances, ten worse: 100 tables, of which 5 % may err.

    Under 12 errors has the probability 0.989 at a rate of 0.05.
    """
    draw = np.random.default_rng(3)
    errors, found = 0, []
    for _ in range(100):
        spread = np.sqrt(4 / draw.chisquare(4, size=(20, 1)))
        losses = 6.0 * (np.arange(20)[:, None] > 9) + spread * draw.normal(size=(20, seeds))
        verdict = [*verdicts(by_seed(losses)).values()]
        errors += "worse" in verdict[:10]
        found.append(np.mean([one == "worse" for one in verdict[10:]]))
    assert errors < 12
    assert np.mean(found) > 0.8
