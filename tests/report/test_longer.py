"""Half of training against its end, where the answer is known."""

from types import SimpleNamespace
from typing import Any

import pytest

from gbench.report.records import Model, Run
from gbench.report.sections import longer
from gbench.report.tidy import rows, where
from tests import report_tree

ROUNDS = [float(10 * k) for k in range(1, 11)]
FID, COVERAGE = report_tree.metric("fid"), report_tree.metric("coverage")


def run(seed: int, **values: list[float | None]) -> Run:
    return Run(seed, "ok", "", along={"round": ROUNDS, "n": [9] * 10, **values})


def data(**models: list[Run]) -> Any:
    found = [Model(name, name, "", "", "", runs, None, None) for name, runs in models.items()]
    return SimpleNamespace(name="digits", models=found, metrics={"fid": FID, "coverage": COVERAGE})


def course(half: float, end: float) -> list[float | None]:
    return [9.0, 9.0, 9.0, 9.0, half, 9.0, 9.0, 9.0, 9.0, end]


def test_the_end_is_told_from_the_half_in_the_metrics_own_direction() -> None:
    seeds = range(3)
    measured = data(
        falls=[run(s, fid=course(8 + s, 4 + s / 2), coverage=course(0.5, 0.4)) for s in seeds],
        still=[run(s, fid=course(5, 5 + s - 1), coverage=course(0.5, 0.5)) for s in seeds],
    )
    frame = longer.changes(measured)
    falls, still = rows(where(frame, metric="fid"))
    assert [falls[key] for key in ("half", "end", "gain", "verdict")] == [9, 4.5, 4.5, "better"]
    assert (falls["model"], falls["round"]) == ("falls", 100)
    assert 0 < falls["p"] < 0.05
    assert still["verdict"] == "not told"
    less, same = rows(where(frame, metric="coverage"))
    assert (less["verdict"], same["verdict"]) == ("worse", "not told")
    assert less["gain"] == pytest.approx(-0.1)
    assert [*frame.columns][:-1] == longer.HEAD.split()


def test_many_models_answer_together() -> None:
    """Six of six: p = 2 / 2^6; five of six: 14 / 2^6."""
    six = {f"m{k}": [run(0, fid=course(2, 1), coverage=course(0.5, 0.5 + 0.1))] for k in range(6)}
    six["m0"] = [run(0, fid=course(2, 1), coverage=course(0.5, 0.4))]
    found = longer.changes(data(**six))
    told = longer.told(data(**six), found)
    assert "FID (judge) in 6 of 6 models (p = 0.0312)" in told
    assert "Coverage in 5 of 6 models (no more than chance, p = 0.219)" in told
    assert {*found.verdict} == {"untested"}


def test_what_was_not_measured_is_left_out() -> None:
    nothing = data(gmm=[Run(0, "ok", "")])
    assert longer.told(nothing, longer.changes(nothing)) == ""
    broken = data(gan=[run(0, fid=[*course(2, 1)[:9], None])])
    assert len(longer.changes(broken)) == 0
    (row,) = rows(longer.changes(data(gan=[run(0, fid=course(2, 1))])))
    assert (row["model"], row["metric"], row["p"]) == ("gan", "fid", None)
