"""Variance components: identities by hand, and known components found again in simulated runs."""

from typing import Any

import numpy as np
import pytest

from gbench import stats
from gbench.report.records import Model, Run
from gbench.report.sections import spread


def test_components_by_hand() -> None:
    # within: 2 and 2; means 1 and 5, their variance 8; less 2 / 2
    assert stats.components(np.array([[0.0, 2], [4, 6]])) == (2, 7)
    # equal means: all is sampling, and the training's estimate is under 0
    assert stats.components(np.array([[0.0, 2], [2, 0]])) == (2, -1)


def test_known_components_are_found_again() -> None:
    """400 models of 3 seeds and 4 batches.

    Variances of the estimators, of normal effects (Searle, Casella and McCulloch 1992, section
    3.5): 2 e^2 / (S (B - 1)) a model for the sampling's, and
    2 (t + e / B)^2 / (S - 1) + 2 (e / B)^2 / (S (B - 1)) for the training's.  Within 4 standard
    errors, on either side.
    """
    sampling, training, models, seeds, batches = 0.5, 2.0, 400, 3, 4
    draw = np.random.default_rng(0)
    effects = np.sqrt(training) * draw.normal(size=(models, seeds, 1))
    noise = np.sqrt(sampling) * draw.normal(size=(models, seeds, batches))
    found = [stats.components(x) for x in effects + noise + draw.normal(size=(models, 1, 1))]
    means = np.mean(found, axis=0)
    own = 2 * sampling**2 / (seeds * (batches - 1))
    between = 2 * (training + sampling / batches) ** 2 / (seeds - 1)
    rest = 2 * (sampling / batches) ** 2 / (seeds * (batches - 1))
    assert means[0] == pytest.approx(sampling, abs=4 * np.sqrt(own / models))
    assert means[1] == pytest.approx(training, abs=4 * np.sqrt((between + rest) / models))
    shared = stats.share(found)
    assert shared is not None and shared.low is not None and shared.high is not None
    assert shared.low < 0.2 < shared.high
    assert shared.high - shared.low < 0.1


def test_the_interval_of_the_share_holds_what_it_promises() -> None:
    """40 models whose variances differ: in 200 repetitions 95 % hold the share of the means.

    A coverage of 0.95 has a standard error of 0.015; a ratio of 40 skewed terms covers a little
    less.
    """
    draw = np.random.default_rng(1)
    scale = np.exp(draw.normal(size=(40, 1, 1)) / 2)
    held = 0
    for _ in range(200):
        x = draw.normal(size=(40, 3, 1)) + draw.normal(size=(40, 3, 4))
        found = stats.share([stats.components(one) for one in scale * x])
        assert found is not None and found.low is not None and found.high is not None
        held += found.low < 0.5 < found.high
    assert 0.86 < held / 200 < 0.99


def test_the_share_is_a_share() -> None:
    parts = stats.Components
    one = stats.share([parts(1.0, 3.0)])
    assert one == (0.25, None, None)
    all_sampling = stats.share([parts(2.0, -1.0), parts(2.0, -0.5), parts(2.0, 0.1)])
    assert all_sampling is not None
    assert (all_sampling.mean, all_sampling.high) == (1.0, 1.0)
    assert stats.share([parts(0.0, 0.0)] * 3) is None
    assert stats.share([parts(1.0, -2.0)] * 3) is None


def test_only_whole_batches_of_finished_runs_count() -> None:
    def run(seed: int, status: str, *values: float | None) -> Run:
        record: dict[str, Any] = {"batches": {"fid": [*values]}}
        return Run(seed, status, "", evaluation=record)

    runs = [run(0, "ok", 1.0, 3.0), run(1, "diverged", 1.0, 9.0), run(2, "ok", 1.0, None)]
    runs += [run(3, "ok", 1.0), Run(4, "ok", ""), run(5, "ok", 4.0, 4.0)]
    model = Model("m", "M", "f", "", "", runs, None, None)
    assert spread.batches(model, "fid") == [[1, 3], [4, 4]]
    assert spread.sampling_sd(model, "fid") == pytest.approx(1.0)  # mean of 2 and 0
    assert spread.sampling_sd(model, "kid") is None
