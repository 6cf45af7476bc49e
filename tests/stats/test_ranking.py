"""Ranks and ties: SciPy's and hand-made answers, error rates."""

import numpy as np
import pytest
import scipy.stats

from gbench import stats
from gbench.report import svg
from gbench.report.sections import ranking


def ranked(values: np.ndarray) -> np.ndarray:
    """Within each column."""
    return scipy.stats.rankdata(values, axis=0)


@pytest.mark.parametrize("tied", [False, True])
def test_f_is_iman_and_davenports_of_scipys_friedman(tied: bool) -> None:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(7, 4)) + np.arange(7)[:, None] / 3
    x = x.round(0) if tied else x
    k, b = x.shape
    chi = scipy.stats.friedmanchisquare(*x).statistic
    found = stats.friedman(ranked(x))
    assert found is not None
    f = (b - 1) * chi / (b * (k - 1) - chi)
    assert found[:3] == (pytest.approx(f), k - 1, (k - 1) * (b - 1))
    assert found.p == pytest.approx(scipy.stats.f.sf(f, k - 1, (k - 1) * (b - 1)))


def test_f_by_hand() -> None:
    # rank sums 4, 5, 9 in 3 blocks: chi2 = 12 * 122 / (3 * 3 * 4) - 36 = 14 / 3
    # F = 2 * (14 / 3) / (3 * 2 - 14 / 3) = 7 on 2 and 4
    scores = np.array([[1.0, 2, 1], [2, 1, 2], [3, 3, 3]])
    found = stats.friedman(scores)
    assert found is not None
    assert found[:3] == (pytest.approx(7), 2, 4)


def test_full_agreement_has_the_exact_p() -> None:
    scores = np.arange(1.0, 5)[:, None].repeat(3, 1)
    found = stats.friedman(scores)
    assert found == (float("inf"), 3, 6, pytest.approx(1 / 24**2))
    assert stats.friedman(np.full((4, 3), 2.5)) is None
    assert stats.friedman(scores[:, :1]) is None
    assert stats.friedman(scores[:1]) is None


def test_pairs_are_conovers_where_variances_are_equal() -> None:
    """Each model has the variance 1 / 3 over blocks, so the residual is above any pair's own."""
    scores = np.array([[1.0, 1, 2], [2, 2, 1], [3, 4, 3], [4, 3, 4]])
    k, b = scores.shape
    squares, sums = (scores**2).sum(), scores.sum(1)
    s2 = (squares - (sums**2).sum() / b) / ((b - 1) * (k - 1))
    t = np.abs(sums[:, None] - sums) / np.sqrt(2 * b * s2)
    p = 2 * scipy.stats.t.sf(t, (b - 1) * (k - 1))
    first, second = np.triu_indices(k, 1)
    raw, found = p[first, second], stats.pair_p(scores)
    order = np.argsort(raw)
    expected = np.minimum(1, np.maximum.accumulate(raw[order] * np.arange(6, 0, -1)))
    assert found[first, second][order] == pytest.approx(expected)
    assert np.array_equal(found, found.T)
    assert np.diag(found).tolist() == [1] * 4


def test_a_pair_that_varies_more_is_judged_by_its_own_variance() -> None:
    """Two models of mean 0 and 2 and own variance 16, among eight that never move."""
    scores = np.arange(10.0)[:, None].repeat(3, 1) * 10
    scores[:2] = [[-4.0, 0, 4], [6, 2, -2]]
    own, pooled = 16.0, stats.residual(scores)
    assert pooled < own
    found = stats.pair_p(scores)[0, 1]
    t = 2 / np.sqrt(2 * own / 3)
    raw = 2 * scipy.stats.t.sf(t, 18)
    assert found == pytest.approx(min(1, raw))  # the largest p of all pairs: its factor is 1


def test_blocks_that_agree_do_not_tell_neighbours_apart() -> None:
    """As if two neighbours had changed places once: s^2 = (4 / 3) / 4 with 3 models and blocks.

    t = 1 / sqrt(2 / 9) and 2 / sqrt(2 / 9) with 4 degrees of freedom.
    """
    scores = np.arange(1.0, 4)[:, None].repeat(3, 1)
    near, far = (2 * scipy.stats.t.sf(gap * 3 / 2**0.5, 4) for gap in (1, 2))
    assert stats.pair_p(scores)[0].tolist() == pytest.approx([1, min(1, 2 * near), 3 * far])
    assert stats.pair_p(scores)[0, 1] > 0.05 > stats.pair_p(scores)[0, 2]
    found = ranking.ranking("fid", "FID", [by_seed(scores)])
    assert [list(group) for group in found.groups] == [["m0", "m1"], ["m1", "m2"]]
    assert found.test is not None and ranking.test_text(found.test) == "F(2, 4) = ∞, p = 0.0278"
    assert (found.title, len(found.groups), len(found.tied)) == ("FID", 2, 2)


def by_seed(values: np.ndarray) -> dict[str, dict[int, float]]:
    return {f"m{i}": dict(enumerate(map(float, row))) for i, row in enumerate(values)}


def test_groups_and_letters_of_two_clear_clusters() -> None:
    """Within a cluster each model takes each place once."""
    turns = (np.arange(6)[:, None] + np.arange(6)) % 6
    losses = np.concatenate([turns, 100.0 + turns])
    found = ranking.ranking("fid", "FID", [by_seed(losses)])
    assert [set(group) for group in found.groups] == [
        {f"m{i}" for i in range(6)},
        {f"m{i}" for i in range(6, 12)},
    ]
    assert [found.letters(f"m{i}") for i in (0, 5, 6, 11)] == ["a", "a", "b", "b"]
    assert [ranking.letter(i) for i in (0, 25, 26, 52)] == ["a", "z", "aa", "ba"]


def test_without_a_difference_there_is_one_group() -> None:
    """Each model takes each place once: F is 0."""
    square = np.array([[1.0, 2, 3], [2, 3, 1], [3, 1, 2]])
    found = ranking.ranking("fid", "FID", [by_seed(square)])
    assert found.test is not None
    assert (found.test.f, found.test.p) == (pytest.approx(0), pytest.approx(1))
    assert [sorted(group) for group in found.groups] == [["m0", "m1", "m2"]]
    alone = ranking.ranking("fid", "FID", [by_seed(square[:, :1])])
    assert (alone.test, list(alone.groups)) == (None, [])
    assert [alone.letters(model) for model in alone.ranks] == ["", "", ""]


def test_equal_models_are_seldom_told_apart_and_others_often() -> None:
    """12 pairs of equals with unequal variances, 3 seeds: 5 % of errors is promised.

    100 repetitions: a rate of 0.05 stays under 12 errors with probability 0.989.
    """
    draw = np.random.default_rng(3)
    mean = np.arange(12).repeat(2) * 1.0
    sd = draw.uniform(0.2, 1.0, size=12).repeat(2)
    errors, power = 0, []
    equal = np.arange(24) ^ 1
    far = np.abs(mean[:, None] - mean) > 6
    for _ in range(100):
        x = mean[:, None] + sd[:, None] * draw.normal(size=(24, 3))
        apart = stats.pair_p(ranked(x)) < 0.05
        errors += bool(apart[np.arange(24), equal].any())
        power.append(apart[far].mean())
    assert errors < 12
    assert np.mean(power) > 0.9


def test_lanes_never_overlap() -> None:
    groups = [[0, 1, 2], [1, 4], [3, 5], [5, 6], [6, 9]]
    assert svg.lanes(groups) == [0, 1, 0, 1, 0]
    assert svg.lanes([]) == []
