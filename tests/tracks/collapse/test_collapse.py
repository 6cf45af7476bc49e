"""The track on mode collapse: its measures against closed forms, brute force and made-up cases."""

import json
from itertools import combinations, count, product
from math import comb, log
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn
from torch.optim import SGD

from gbench import stats as statistics
from gbench.core import plugin
from gbench.core.game import Game, Player
from gbench.core.train import train
from gbench.games.nets.average import Average
from gbench.report.kit.page import make
from gbench.report.kit.view import Cell, Fold, Grid
from gbench.report.records import Data, Model, Records, Run, Score
from gbench.tracks.collapse.measure import bilinear, circling, published, turnover
from gbench.tracks.collapse.measure.record import TurnoverRecord
from gbench.tracks.collapse.page import gain, oscillation, placement, toy
from gbench.tracks.collapse.page.matrices import Matrices
from gbench.tracks.collapse.page.page import PAGE
from tests.records import keeps_its_type

START = np.array([0.7, -0.4])
ORDERS = ("simultaneous", "alternating")


# --- the bilinear game ---------------------------------------------------------------------------
def stepped(order, step, start, rounds):
    """The same game, a step at a time."""
    (x, y), seen = start, [start]
    for _ in range(rounds):
        new = x - step * y
        x, y = new, y + step * (new if order == "alternating" else x)
        seen.append((x, y))
    return np.array(seen)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("step", [0.1, 1.0, 1.7])
def test_iterates_are_those_of_single_steps(order, step):
    there = bilinear.iterates(order, step, START, 60)
    np.testing.assert_allclose(there, stepped(order, step, START, 60), rtol=1e-9, atol=1e-12)


def test_simultaneous_steps_spiral_out_and_alternating_steps_keep_to_an_ellipse():
    spiral = bilinear.iterates("simultaneous", 0.3, START, 50)
    radius = np.linalg.norm(spiral, axis=1)
    np.testing.assert_allclose(radius[1:] / radius[:-1], (1 + 0.09) ** 0.5, rtol=1e-12)
    x, y = bilinear.iterates("alternating", 0.3, START, 50).T
    np.testing.assert_allclose(x**2 + y**2 - 0.3 * x * y, 0.49 + 0.16 + 0.3 * 0.28, rtol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
def test_each_round_multiplies_the_size_by_the_eigenvalues(order):
    r, a = bilinear.spin(order, 0.4)
    eigenvalues = np.linalg.eigvals(bilinear.matrix(order, 0.4))
    np.testing.assert_allclose(sorted(np.angle(eigenvalues)), [-a, a], rtol=1e-12)
    np.testing.assert_allclose(abs(eigenvalues), r, rtol=1e-12)
    sizes = bilinear.size(order, 0.4, bilinear.iterates(order, 0.4, START, 9))
    np.testing.assert_allclose(sizes[1:] / sizes[:-1], r, rtol=1e-12)


def test_alternating_steps_of_two_do_not_circle():
    with pytest.raises(ValueError, match="0 < step < 2"):
        bilinear.spin("alternating", 2.0)


@pytest.mark.parametrize("order", ORDERS)
def test_averages_are_those_of_the_iterates(order):
    z = stepped(order, 0.2, START, 80)
    means = np.cumsum(z, axis=0) / np.arange(1, 82)[:, None]
    np.testing.assert_allclose(bilinear.uniform_average(order, 0.2, START, 80), means, atol=1e-12)
    slow = [z[0]]
    for one in z[1:]:
        slow.append(0.9 * slow[-1] + 0.1 * one)
    found = bilinear.exponential_average(order, 0.2, START, 80, 0.9)
    np.testing.assert_allclose(found, slow, atol=1e-12)


def test_the_mean_of_alternating_steps_falls_like_one_over_t_and_no_faster():
    step, rounds = 0.1, 4000
    mean = bilinear.uniform_average("alternating", step, START, rounds)
    sizes = bilinear.size("alternating", step, mean) * np.arange(1, rounds + 2)
    first = float(bilinear.size("alternating", step, START))
    assert sizes.max() <= 2 * first / step
    assert sizes[rounds // 2 :].max() > 1.99 * first / step


@pytest.mark.parametrize("order", ORDERS)
def test_an_exponential_average_circles_on_a_smaller_path(order):
    step, decay, rounds = 0.3, 0.8, 300
    z = bilinear.iterates(order, step, START, rounds)
    slow = bilinear.exponential_average(order, step, START, rounds, decay)
    ratio = bilinear.size(order, step, slow) / bilinear.size(order, step, z)
    assert ratio[-1] == pytest.approx(bilinear.shrinkage(order, step, decay), rel=1e-9)
    if order == "alternating":
        assert ratio[-1] == pytest.approx((1 + 0.8 * 0.09 / 0.04) ** -0.5, rel=1e-9)


class Bilinear(Game):
    """min over x, max over y of x y, and the average of both that the trick keeps."""

    def __init__(self, step, decay):
        super().__init__()
        self.step = step
        self.x, self.y = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
        self.double()
        with torch.no_grad():
            self.x.weight.fill_(START[0])
            self.y.weight.fill_(START[1])
        self.slow = Average(nn.ModuleDict({"x": self.x, "y": self.y}), decay)

    def players(self):
        product = lambda: (self.x.weight * self.y.weight).sum()  # noqa: E731
        return {
            "x": Player(lambda _: product(), [self.x], lr=self.step),
            "y": Player(lambda _: -product(), [self.y], lr=self.step),
        }

    @property
    def place(self):
        return [self.x.weight.item(), self.y.weight.item()]


def test_the_training_loop_plays_the_alternating_game():
    step, decay, rounds = 0.15, 0.95, 200
    game = Bilinear(step, decay)
    optimizers = {name: SGD(p.parameters(), lr=step) for name, p in game.players().items()}
    seen, averaged = [game.place], [game.place]
    for _ in train(game, count(), optimizers, rounds):
        game.slow.follow(nn.ModuleDict({"x": game.x, "y": game.y}))
        seen.append(game.place)
        averaged.append([float(b) for b in game.slow.network.buffers()])
    exact = bilinear.iterates("alternating", step, START, rounds)
    np.testing.assert_allclose(seen, exact, rtol=0, atol=1e-12)
    slow = bilinear.exponential_average("alternating", step, START, rounds, decay)
    np.testing.assert_allclose(averaged, slow, rtol=0, atol=1e-12)


# --- turnover ------------------------------------------------------------------------------------
def test_a_cycle_through_the_modes_turns_over_whole():
    by_mode = 100 * np.eye(4, dtype=int)[[0, 1, 2, 3, 0, 1, 2, 3]]
    found = turnover.turnover(by_mode, 100)
    assert (found.turnover, found.points) == (1.0, 8)
    assert found.excess == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    "covered",
    [
        [[1, 1, 1]] * 5,  # full, for ever
        [[1, 0, 0]] * 5,  # collapsed, for ever
        [[1, 0, 0], [1, 1, 0], [1, 1, 0], [1, 1, 1], [1, 1, 1]],  # only grows
        [[1, 1, 1], [1, 1, 0], [1, 1, 0], [1, 0, 0], [1, 0, 0]],  # only shrinks: no circling
    ],
)
def test_what_stays_or_goes_one_way_does_not_turn_over(covered):
    found = turnover.turnover(50 * np.array(covered), 200)
    assert found.turnover == 0.0
    assert found.excess == pytest.approx(0.0, abs=1e-5)


def test_half_of_the_cover_exchanged_each_time():
    by_mode = 30 * np.array([[1, 1, 0], [1, 0, 1], [1, 1, 0], [1, 0, 1], [1, 1, 0]])
    assert turnover.turnover(by_mode, 60).turnover == 0.5


def test_no_turnover_without_points_or_modes():
    assert turnover.turnover(np.ones((3, 4), dtype=int), 10) is None
    assert turnover.turnover(np.zeros((6, 4), dtype=int), 10) is None


def test_the_turnover_expected_is_that_of_samples_dealt_at_random():
    """Against shuffling the samples themselves, for modes that 0, 1, 3, 9 and 200 samples hit."""
    points, n, hits = 6, 50, [0, 1, 3, 9, 200]
    labels = np.repeat([-1, 0, 1, 2, 3, 4], [points * n - sum(hits), *hits])
    random, exchanged, covered = np.random.default_rng(0), 0, 0
    for _ in range(4000):
        dealt = random.permutation(labels).reshape(points, n)
        seen = (dealt[:, :, None] == np.arange(5)).any(axis=1)
        lost, gained = (seen[:-1] & ~seen[1:]).sum(), (~seen[:-1] & seen[1:]).sum()
        exchanged += min(lost, gained)
        covered += seen[:-1].sum()
    by_mode = np.zeros((points, 5), dtype=int)
    by_mode[0] = [0, 1, 3, 9, 45]
    by_mode[1:, 4] = 31
    assert by_mode.sum(axis=0).tolist() == hits
    assert turnover.expected(by_mode, n) == pytest.approx(exchanged / covered, rel=0.02)


def test_a_model_that_stands_still_has_no_excess_though_it_misses_rare_modes():
    random = np.random.default_rng(1)
    shares = [0.5, 0.4, 0.004, 0.004, 0.002, 0.001, 0.0005, 0.0]
    seen = [
        turnover.turnover(random.multinomial(250, [*shares, 1 - sum(shares)], 12)[:, :8], 250)
        for _ in range(300)
    ]
    assert np.mean([one.turnover for one in seen]) > 0.15
    assert np.mean([one.excess for one in seen]) == pytest.approx(0.0, abs=0.005)


def test_a_cover_that_grows_by_rare_modes_is_not_taken_for_circling():
    by_mode = np.array([[90, 0, 0], [90, 0, 0], [90, 1, 0], [90, 2, 1], [90, 3, 2]])
    found = turnover.turnover(by_mode, 100)
    assert found.turnover == 0.0
    assert found.excess < -0.05


def test_luck_never_misses_a_mode_that_all_samples_hit():
    assert turnover.expected(np.array([[20, 0]] * 4), 20) == 0.0


def test_counts_are_of_samples_within_three_sigma_of_their_mode():
    centres = np.array([[0.0, 0.0], [1.0, 0.0]])
    x = np.array([[[0.29, 0.0], [0.31, 0.0], [1.0, 0.2]], [[0.0, -0.1], [0.1, 0.1], [9.0, 9.0]]])
    assert turnover.counts(x, centres, 0.1).tolist() == [[1, 1], [2, 0]]


def test_the_record_of_a_run_is_of_its_second_half(tmp_path):
    from safetensors.numpy import save_file

    centres = np.array([[0.0, 0.0], [1.0, 0.0]], dtype=np.float32)
    visits = [0, 1, 0, 1, 0, 1, 0, 1]
    save_file(
        {"round": np.arange(10, 90, 10), "x": np.repeat(centres[visits][:, None], 20, axis=1)},
        tmp_path / "along.safetensors",
    )
    save_file(
        {"centres": centres}, tmp_path / "data.safetensors", {"card": json.dumps({"sigma": 0.1})}
    )
    card = {"data": "ring", "variant": "gan", "seed": 3, "status": "ok", "note": ""}
    (tmp_path / "run.json").write_text(json.dumps(card))
    found = turnover.record(tmp_path, tmp_path)
    keeps_its_type(found, TurnoverRecord)
    assert found["by_mode"] == [[20, 0], [0, 20]] * 4
    assert (found["points"], found["turnover"], found["n"]) == (4, 1.0, 20)
    assert found["excess"] == pytest.approx(1.0, abs=1e-3)
    (tmp_path / "along.safetensors").unlink()
    assert "no samples" in turnover.record(tmp_path, tmp_path)["note"]


# --- published numbers and floors ----------------------------------------------------------------
def test_the_floor_of_a_few_samples_is_that_of_all_outcomes():
    modes, n, q = 2, 4, 0.8
    kls, covers, weight = [], [], 0.0
    for outcome in product(range(modes + 1), repeat=n):  # the last: of no mode
        hits = np.bincount(outcome, minlength=modes + 1)[:modes]
        chance = np.prod([1 - q if one == modes else q / modes for one in outcome])
        covers.append(chance * (hits > 0).sum())
        if hits.any():
            p = hits[hits > 0] / hits.sum()
            kls.append(chance * (p * np.log(p * modes)).sum())
            weight += chance
    found = published.floor(modes, n, q)
    assert found.modes == pytest.approx(sum(covers), rel=1e-12)
    assert found.kl == pytest.approx(sum(kls) / weight, rel=1e-9)
    assert found.high_quality == q


def test_the_floors_of_the_three_data_sets():
    ring, grid = published.floor(8, 2500), published.floor(25, 2500)
    assert ring.high_quality == pytest.approx(stats.chi2.cdf(9, 2), rel=1e-12)
    assert (ring.modes, grid.modes) == (pytest.approx(8), pytest.approx(25))
    stacked = published.floor(1000, 26_000, 1.0)
    assert stacked.modes == pytest.approx(1000, abs=1e-6)
    for found, modes, n in ((ring, 8, 2500), (grid, 25, 2500), (stacked, 1000, 26_000)):
        counted = n * found.high_quality  # the bias of the plug-in entropy to second order
        bias = (modes - 1) / (2 * counted) + (modes**2 - 1) / (12 * counted**2)
        assert found.kl == pytest.approx(bias, rel=1e-3)


def test_published_rows_can_be_what_they_say():
    most = {"ring": 8, "grid": 25, "stacked_mnist": 1000}
    for row in published.ROWS:
        assert 0 <= row.modes.mean <= most[row.data]
        if row.high_quality:
            assert 0 <= row.high_quality.mean <= published.HIGH_QUALITY + 0.005
        if row.kl:  # with m modes reached at best evenly, it is no less than log(K / m)
            assert row.kl.mean < log(most[row.data])
            assert row.kl.mean + 0.35 > log(most[row.data] / row.modes.mean)
    keys = [(r.system, r.data, r.paper, r.table, r.setting) for r in published.ROWS]
    assert len(set(keys)) == len(keys)


def test_a_row_of_ours_finds_its_counterparts():
    def names(*arguments, **keywords):
        return [(row.paper, row.system) for row in published.beside(*arguments, **keywords)]

    assert names("ring", "gan") == [("PacGAN", "GAN"), ("VEEGAN", "GAN")]
    assert names("grid", "ali") == [("PacGAN", "ALI"), ("VEEGAN", "ALI")]
    assert names("ring", "gan", ["packing"], packed=4) == [("PacGAN", "PacGAN4")]
    assert names("ring", "gan", ["unrolled"]) == [("VEEGAN", "Unrolled GAN")]
    assert names("stacked_mnist", "dcgan") == [("PacGAN", "DCGAN"), ("VEEGAN", "DCGAN")]
    assert names("ring", "gan", ["r1"]) == []
    quarter = published.beside("stacked_mnist", "dcgan", ["unrolled"], setting=published.QUARTER)
    assert [row.modes.mean for row in quarter] == [65.4, 236.4, 327.2]


# --- remedies against the plain model ------------------------------------------------------------
def test_the_exchange_test_is_that_of_all_divisions():
    first, second = [3.0, 5.0, 8.0, 8.0], [1.0, 4.0, 2.0]
    found = stats.permutation_test(
        (first, second), lambda a, b: np.mean(a) - np.mean(b), n_resamples=np.inf
    )
    assert statistics.exchange_p(first, second) == pytest.approx(found.pvalue)
    pooled = [*first, *second]
    slow = np.mean([sum(pooled[i] for i in c) >= 24 for c in combinations(range(7), 4)])
    assert statistics.exchange_p(first, second) == pytest.approx(2 * slow)
    assert statistics.exchange_p(second, first) == pytest.approx(2 * slow)


def test_the_exchange_test_where_a_t_test_has_no_answer():
    assert statistics.exchange_p([8] * 5, [1] * 5) == pytest.approx(2 / comb(10, 5))
    assert statistics.exchange_p([8] * 5, [8] * 5) == 1.0
    assert statistics.smallest_p(5, 5) == statistics.exchange_p([8] * 5, [1] * 5)


def test_the_exchange_test_draws_where_divisions_are_too_many():
    random = np.random.default_rng(0)
    first, second = random.normal(0.6, 1, 14), random.normal(0, 1, 14)
    assert comb(28, 14) > statistics.exchange.MOST
    welch = stats.ttest_ind(first, second).pvalue
    assert statistics.exchange_p(first, second) == pytest.approx(welch, rel=0.15)


def test_the_exchange_test_keeps_its_level():
    random = np.random.default_rng(2)
    tied = [statistics.exchange_p(*random.binomial(8, 0.8, (2, 5))) for _ in range(2000)]
    assert 0.005 < np.mean(np.array(tied) < 0.05) < 0.06


def test_how_many_seeds_can_tell():
    assert [statistics.enough(m) for m in (1, 6, 7, 22, 23, 24, 85)] == [4, 5, 6, 6, 6, 7, 7]
    assert statistics.enough(22, plain=10) == 4


def model(name, values, title=None):
    runs = [
        Run(seed, "ok", "", scores={m: Score(v) for m, v in scores.items()})
        for seed, scores in enumerate(values)
    ]
    return Model(name, title or name, "adversarial", "", "", runs, None, None)


def data_of(models, metrics, name="ring", centres=None):
    found = {metric: plugin.load("protocol/metrics", metric).METRIC for metric in metrics}
    return Data(
        name, "", "points", "", {}, None, 0, None, centres, 0.01, {}, found, models, [], [], {}, []
    )


def modes_of(**by_name):
    models = [model(n, [{"modes": float(v)} for v in values]) for n, values in by_name.items()]
    return data_of(models, ["modes"])


def results(data, root=Path(), placed=None):
    """As the page has them: the table's data, and the placement's."""
    names = [model.name for model in data.models]
    given = {"models": {name: {} for name in names}}
    other = Records([placed] if placed else [], {}, [], 0, [], False, {})
    table = Records([data], {}, names, 0, [], False, {}, given, root)
    return Matrices(**vars(table), placement=other, gallery=other)


def grids(made):
    """Every table of a section, by the row's title: its cells."""
    found = []
    for _, views in made.views:
        inner = [v for view in views for v in (view.views if isinstance(view, Fold) else [view])]
        tables = [view for view in inner if isinstance(view, Grid)]
        found += [{r.title: r.cells for g in t.groups for r in g.rows} for t in tables]
    return found


def texts(cells: list[Cell]) -> list[tuple[str, str]]:
    return [(cell.text, cell.interval) for cell in cells]


MODES = gain.Measure("modes")


def gains(data, remedies):
    frame = gain.gained(results(data))
    found = frame[(frame.window == "end") & frame.model.isin(remedies)]
    return dict(zip(found.model, found.gain, strict=True))


def test_a_run_is_also_taken_by_the_mean_of_its_second_half():
    late = gain.Measure("modes", "second half")
    courses = ([8, 8, 1, 3], [8, 8, None, 3], [])
    runs = [
        Run(
            seed,
            "ok",
            "",
            card={"rounds": 8},
            scores={"modes": Score(5.0)},
            along={"round": [2, 4, 6, 8], "modes": modes} if modes else {},
        )
        for seed, modes in enumerate(courses)
    ]
    circling = Model("gan", "GAN", "adversarial", "", "", runs, None, None)
    assert late.values(circling) == {0: 2.0}
    assert MODES.values(circling) == {0: 5.0, 1: 5.0, 2: 5.0}
    metric = plugin.load("protocol/metrics", "modes").METRIC
    assert [m.title(metric) for m in (MODES, late)] == ["modes", "modes, second half"]


def test_verdicts_on_remedies():
    data = modes_of(
        gan=[1, 2, 1, 2, 1, 1], best=[8] * 6, none=[1, 2, 2, 1, 1, 1], worse=[0] * 6, late=[3]
    )
    found = gains(data, ["best", "none", "worse", "late"])
    assert {name: g.verdict for name, g in found.items()} == {
        "best": "helps",
        "none": "not told",
        "worse": "hurts",
        "late": "untested",
    }
    assert found["best"].p == pytest.approx(3 * 2 / comb(12, 6))
    assert found["best"].difference.mean == pytest.approx(8 - 8 / 6)
    assert found["none"].difference.n == 6
    assert "1 of 3 help (best), 1 of 3 hurt (worse)" in gain.told(found, "modes")
    assert "1 cannot be distinguished from the plain model." in gain.told(found, "modes")


def test_the_ceiling_is_no_verdict_and_constant_differences_have_no_interval():
    found = gains(modes_of(gan=[8] * 5, same=[8] * 5, other=[7] * 5), ["same", "other"])
    same, other = found["same"], found["other"]
    assert (same.verdict, same.difference.mean) == ("same", 0.0)
    assert (other.verdict, other.difference.half) == ("hurts", None)


def test_too_few_seeds_are_distinguished_from_no_effect():
    names = {f"r{k}": [8] * 5 for k in range(20)}
    found = gains(modes_of(gan=[1] * 5, **names), [*names])
    assert {g.verdict for g in found.values()} == {"not told"}
    assert "cannot distinguish 20 remedies" in gain.told(found, "modes")
    assert "6 seeds of each could" in gain.told(found, "modes")


# --- sections ------------------------------------------------------------------------------------
def write_turnover(root, name, seed, **values):
    folder = root / "results" / "turnover" / "ring" / name
    folder.mkdir(parents=True, exist_ok=True)
    found = {
        "round": [10, 20],
        "by_mode": [[9, 8, 7] + 5 * [0], 2 * [0] + 5 * [4] + [0]],
        "n": 50,
        "note": "",
        "points": 4,
    }
    (folder / f"{seed}.json").write_text(json.dumps(found | values))


@pytest.mark.parametrize(
    ("excess", "verdict"),
    [
        ([0.4, 0.5, 0.6], "circles"),
        ([0.0, 0.01, 0.02], "settles"),
        ([0.0, 0.3, 0.1], "undecided"),
        ([0.9], "undecided"),  # one seed has no interval
        ([None, None], "undecided"),
    ],
)
def test_a_training_circles_or_settles_only_if_its_interval_says_so(tmp_path, excess, verdict):
    data = modes_of(gan=[1] * len(excess))
    for seed, one in enumerate(excess):
        turned = None if one is None else one + 0.01
        write_turnover(tmp_path, "gan", seed, excess=one, expected=0.01, turnover=turned)
    (found,) = oscillation.read(results(data, tmp_path), data)
    assert found.verdict == verdict
    assert circling.verdict(found.values("excess")) == verdict


def digits(**fid):
    models = [model(n, [{"fid": float(v)} for v in values]) for n, values in fid.items()]
    return data_of(models, ["fid"], "digits")


def placed(data):
    """The section on batch norm."""
    return make(PAGE, placement.PLACEMENT, results(modes_of(), placed=data))


def test_rules_on_batch_norm_are_judged_by_paired_differences():
    data = digits(
        norm_both=[10, 11, 12],
        norm_none=[20, 21.5, 22],
        norm_critic_all=[10, 12, 11],
        norm_virtual=[14, 15, 16.2],
    )
    (part,) = placed(data).parts
    found = {(t.rule.better, t.rule.worse): t for t in placement.tests(part)}
    assert found["norm_both", "norm_none"].verdict == "holds"
    assert found["norm_both", "norm_critic_all"].verdict == "undecided"
    assert found["norm_virtual", "norm_both"].verdict == "does not hold"
    assert found["norm_virtual", "norm_reference"].verdict == "untested"
    none = found["norm_both", "norm_none"]
    raw = stats.ttest_rel([20, 21.5, 22], [10, 11, 12]).pvalue
    others = stats.ttest_rel([10, 11, 12], [14, 15, 16.2]).pvalue
    assert none.p == pytest.approx(max(3 * min(raw, others), 2 * raw if raw > others else 0))
    assert placement.sentence(none).startswith("Holds: FID (judge) +10.2 [9.4")


def test_the_section_on_oscillation_shows_what_was_measured(tmp_path):
    models = modes_of(gan=[1, 1, 1], fine=[8, 8, 8]).models
    data = data_of(models, ["modes"], centres=np.zeros((8, 2), np.float32))
    for seed in range(3):
        turned = 0.5 + 0.01 * seed
        write_turnover(tmp_path, "gan", seed, excess=turned, expected=0.0, turnover=turned)
        write_turnover(tmp_path, "fine", seed, excess=0.0, expected=0.0, turnover=0.0)
    made = make(PAGE, oscillation.OSCILLATION, results(data, tmp_path))
    assert [part.key for part in made.parts] == ["bilinear", "ring"]
    ring = made.parts[1]
    told = "1 circle: gan; 1 settle: fine; for 0 the interval does not decide."
    assert told in oscillation.told(oscillation.circlings(ring))
    (shown,) = oscillation.courses(ring, watched=True)
    (folded,) = oscillation.courses(ring, watched=False)
    assert [figure.title for figure in shown.figures] == ["gan: circles"]
    assert [figure.title for figure in folded.figures] == ["fine: settles"]
    assert shown.figures[0].drawing.count("<svg") == 2
    (table,) = grids(made)
    assert table["gan"][2].text == "51.0 [48.5, 53.5]"
    assert [row[3].text for row in table.values()] == ["circles", "settles"]
    rows = [*oscillation.OSCILLATION.written(made.frame).itertuples(index=False, name=None)]
    assert ("ring", "gan", "adversarial", 1, None, "excess", 0.51) in rows
    assert ("ring", "fine", "adversarial", 0, 20, "modes", 5) in rows
    last = next(r for r in rows if r[1] == "alternating" and r[4] == 1 and r[5] == "y")
    assert last[-1] == pytest.approx(toy.STEP * 1.0)
    (finding,) = oscillation.OSCILLATION.findings[0](made.parts)
    assert finding.text == "of 2 games on ring 1 circle, 1 settle, 0 are undecided."


def test_the_section_on_placement_shows_rules_and_values():
    made = placed(digits(norm_both=[10, 11, 12], norm_none=[20, 21.5, 22]))
    rules, entries = grids(made)
    assert sum("Holds: FID (judge) +10.2 [9.4" in row[-1].text for row in rules.values()) == 1
    missing = [row for row in rules.values() if "Not tested" in row[-1].text]
    assert len(missing) == len(placement.RULES) - 1
    where, _, value, less = texts(entries["norm_none"])
    assert (where[0], value[0], less) == ("nowhere", "21.2", ("10.2", "±0.7"))
    assert [*placement.PLACEMENT.written(made.frame).difference] == [10, 10.5, 10]
    assert placed(digits(gan=[1, 2])).empty
    assert placement.told(made.parts[0]).startswith(
        "Of 7 rules on where batch norm belongs, 1 hold"
    )


def test_the_section_on_remedies_shows_differences_and_verdicts():
    data = modes_of(gan=[1] * 5, best=[8] * 5, noisy=[1, 3, 1, 1, 1])
    made = make(PAGE, gain.GAIN, results(data))
    (table,) = grids(made)
    difference, verdict = table["best"]
    assert (difference.text, difference.interval) == ("+7.00", "always")
    assert (verdict.sign.symbol, verdict.text) == ("▲", "helps")
    assert table["noisy"][0].text == "+0.40"
    assert table["noisy"][1].text == "not distinguishable"
    assert "1 of 2 help (best)" in gain.told(gains(data, ["best", "noisy"]), "modes")
    rows = gain.GAIN.written(made.frame)[lambda found: found.window == "end"]
    best, noisy = rows.itertuples(index=False, name=None)
    assert best == (
        "ring",
        "best",
        "modes",
        "end",
        7.0,
        None,
        None,
        5,
        pytest.approx(4 / 252),
        "helps",
    )
    assert noisy[4:6] == (pytest.approx(0.4), pytest.approx(0.4 - 2.776 * 0.4, rel=1e-3))
    assert make(PAGE, gain.GAIN, results(modes_of(gan=[1] * 5))).empty
