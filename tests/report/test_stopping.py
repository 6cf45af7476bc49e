"""Losses against quality along training, on courses whose answer is known."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gbench.report.records import Model, Run
from gbench.report.sections import stopping
from tests import report_tree

ROUNDS = [float(10 * k) for k in range(1, 11)]
FID = report_tree.metric("fid")


def run(seed: int, losses: dict[str, Any], fid: list[float | None], status: str = "ok") -> Run:
    logged = {"round": np.arange(1.0, 101)} | losses
    along = {"round": ROUNDS, "n": [9] * len(ROUNDS), "fid": fid}
    return Run(seed, status, "", losses=logged, along=along)


def data(*runs: Run) -> Any:
    model = Model("gan", "GAN", "adversarial", "", "", list(runs), None, None)
    return SimpleNamespace(name="digits", models=[model], metrics={"kid": FID, "fid": FID})


def signals(found: Any) -> list[stopping.Signal]:
    return stopping.signals(stopping.observations(found))


def valley(seed: int) -> list[float | None]:
    """Best at round 60, and at the end twice as bad."""
    low = 5 + seed
    return [low + low / 4 * abs(k - 6) for k in range(1, 11)]


def test_a_loss_that_is_the_quality_tells_when_to_stop() -> None:
    logged = np.arange(1.0, 101)
    seeds = [
        run(
            seed,
            {
                "same": np.abs(logged - 60),
                "turned": -np.abs(logged - 60),
                "falls": -logged,
                "flat": np.ones(100),
                "late": np.where(logged < 70, np.nan, logged),
            },
            valley(seed),
        )
        for seed in range(3)
    ]
    measured = data(*seeds)
    same, turned, falls, flat = signals(measured)  # "late" plays at 4 points only
    for signal, sign in ((same, 1), (turned, -1)):
        assert signal.correlation is not None and signal.stopped is not None
        assert signal.correlation.mean == pytest.approx(sign, abs=0.01)
        assert signal.follows
        assert signal.stopped.mean == pytest.approx(0.5)  # the other seeds tell the direction
    assert falls.correlation is not None
    assert not falls.follows
    assert falls.beyond_time is None  # it knows the round, and nothing else
    assert flat.correlation is None and flat.stopped is None
    best = stopping.early(measured.models[0], "fid", FID)
    assert best is not None and best.mean == pytest.approx(0.5)
    said = stopping.told(signals(measured), FID.title, {"gan": "GAN"})
    assert "1 trained model, 4 in all, 2 follow FID" in said
    assert "GAN (same) and GAN (turned)" in said


def test_a_drift_of_both_is_no_news() -> None:
    """Loss and quality fall with time, each with noise of its own."""
    draw = np.random.default_rng(0)
    logged = np.arange(1.0, 101)
    seeds = []
    for seed in range(5):
        loss = -logged + 12 * np.repeat(draw.normal(size=10), 10)
        fid = [float(20 - k + draw.normal()) for k in range(10)]
        seeds.append(run(seed, {"critic": loss}, fid))
    (signal,) = signals(data(*seeds))
    assert signal.correlation is not None and signal.beyond_time is not None
    assert signal.correlation.low > 0.5
    assert signal.beyond_time.low < 0 < signal.beyond_time.high


def test_gaps_and_short_runs() -> None:
    logged = np.arange(1.0, 101)
    few = run(0, {"loss": logged}, [None] * 6 + [3.0, 2.0, 2.0, 1.0])
    assert signals(data(few)) == []
    six = run(0, {"loss": logged}, [None] * 4 + [6.0, 5, 4, 3, 2, 1])
    (signal,) = signals(data(six))
    assert signal.correlation == (pytest.approx(-1), None, 1)
    assert not signal.follows and signal.stopped is None  # one seed
    assert "With one seed" in stopping.told([signal], FID.title, {})
    broken = run(0, {"loss": logged}, valley(0), status="diverged")
    assert signals(data(broken)) == []
    none = SimpleNamespace(name="", models=[], metrics={"fid": FID})
    assert signals(none) == [] and stopping.told([], "", {}) == ""
