"""Ranks and ties: SciPy's and hand-made answers, error rates."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from gbench.report.tables import Table, table

from gbench import report, stats
from gbench.report import figures, pairs, ranking, reading, svg
from tests import report_tree

pytestmark = pytest.mark.usefixtures("stand_ins")


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
    assert ranking.lines([found]) == [("FID", "F(2, 4) = ∞, p = 0.0278", "2", "2 of 3")]


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


PARAMS = report_tree.PARAMS | {"data": ["digits", "ring"]}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    report_tree.build(root)
    for path in (root / "results/scores/digits").glob("*/*.json"):
        record = json.loads(path.read_text())
        if record["scores"]:
            value = record["scores"]["fid"]["value"]
            record["batches"] = {"fid": [value, value + 0.5, value - 0.5], "recall": [0.5, None]}
            path.write_text(json.dumps(record))
    return root


@pytest.fixture(scope="module")
def digits(tree: Path) -> Table:
    return table(reading.read(PARAMS, tree).data[0])


@pytest.fixture(scope="module")
def out(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    report.write(PARAMS, tree, folder)
    return folder


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_ranks_over_all_metrics_are_those_of_the_table(digits: Table, out: Path) -> None:
    found = {
        r["model"]: r for r in read(out / "ranks.csv")
        if (r["data"], r["metric"]) == ("digits", "all")
    }  # fmt: skip
    assert set(found) == {row.name for row in digits.models if row.rank} and "gan" not in found
    for row in digits.models:
        if row.rank:
            assert float(found[row.name]["mean_rank"]) == pytest.approx(row.rank.mean, rel=1e-5)
            assert float(found[row.name]["high"]) == pytest.approx(row.rank.high, rel=1e-5)
            assert found[row.name]["groups"]
    fid = [r for r in read(out / "ranks.csv") if (r["data"], r["metric"]) == ("digits", "fid")]
    assert sum(float(r["mean_rank"]) for r in fid) == pytest.approx(15)  # 5 models: 1 + ... + 5


def test_pairs_have_the_paired_tests(digits: Table, out: Path) -> None:
    found = [r for r in read(out / "comparisons.csv") if r["data"] == "digits"]
    assert [c.name for c in pairs.compared(digits)] == ["fid", "recall"]
    assert len(found) == 2 * 10  # 5 models that never diverged
    (one,) = (r for r in found if (r["metric"], r["a"], r["b"]) == ("fid", "gmm", "vae"))
    models = {model.name: model for model in digits.data.models}
    a, b = ([*models[name].values("fid").values()] for name in ("gmm", "vae"))
    assert float(one["difference"]) == pytest.approx(np.mean(a) - np.mean(b), rel=1e-4)
    assert float(one["p"]) == pytest.approx(scipy.stats.ttest_rel(a, b).pvalue, rel=1e-4)
    assert float(one["p"]) <= float(one["p_holm"]) <= min(1, 10 * float(one["p"]) + 1e-9)
    assert {r["metric"] for r in read(out / "comparisons.csv") if r["data"] == "ring"} == {
        "modes", "high_quality",
    }  # fmt: skip


def test_the_page_shows_ties_and_parts(out: Path, digits: Table) -> None:
    html, text = (out / "index.html").read_text(), (out / "report.md").read_text()
    assert html.count('class="ladder"') == 2
    assert html.count("How much of the spread is sampling?") == 1  # ring has no batches
    assert "GAN <b>" not in html and "Not told apart: " in html
    assert "SD of sampling alone: 0.5" in html
    for words in ("How much of the spread is sampling?", "| Ranks by |", "| SD of sampling |"):
        assert words in text
    figure = figures.ladder(digits, ranking.rankings(digits)[0])
    assert figure.drawing.count('class="mark"') == 5
    (spread,) = read(out / "spread.csv")
    assert (spread["metric"], spread["models"], spread["runs"]) == ("fid", "6", "17")
    assert float(spread["sampling_sd"]) == pytest.approx(0.5)


def test_one_seed_has_ranks_and_no_verdict(tree: Path, tmp_path: Path) -> None:
    report.write(PARAMS | {"seeds": [0]}, tree, tmp_path)
    found = read(tmp_path / "ranks.csv")
    assert found and {(r["groups"], r["p"], r["high"]) for r in found} == {("", "", "")}
    assert read(tmp_path / "comparisons.csv") == []
    html = (tmp_path / "index.html").read_text()
    assert 'class="ladder"' not in html and "How much of the spread" not in html


def test_quality_against_images_seen_is_among_the_trade_offs(digits: Table) -> None:
    titles = [figure.title for figure in figures.trade_offs(digits)]
    (seen,) = (title for title in titles if "training examples seen" in title)
    assert seen.startswith("FID against training examples seen: ")
    assert len(titles) == 4
