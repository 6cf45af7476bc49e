"""The report's section on what each metric can see: verdicts, sentences, the marks of the blind."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gbench import report
from gbench.core import plugin
from gbench.report import reading, sensitivity
from gbench.report.records import Data
from gbench.report.sensitivity import blind_here, columns, matrix, verdicts
from tests import report_tree
from tests.report.test_report import Page

GENERATORS = {  # title, fault, plain
    "held_out": ("Held-out data", "none", False),
    "copies": ("Training <copies>", "overfitting", True),
    "half_missing": ("Half of the classes missing", "diversity", True),
    "one_only": ("One class only", "diversity", True),
    "noise": ("Noise", "fidelity", True),
}
HELD_OUT = {"fid": 1.0, "recall": 0.9, "nn_ratio": 1.0}
PARAMS = report_tree.PARAMS | {"data": ["digits"], "metrics": {key: {} for key in HELD_OUT}}
SEEN = {  # values that differ from held-out data; recall praises what it is for
    "copies": {"nn_ratio": 0.0, "fid": 0.2},
    "half_missing": {"fid": 9.0, "recall": 0.99},
    "one_only": {"fid": 90.0, "recall": 0.1},
    "noise": {"fid": 99.0, "nn_ratio": 4.0},
}


def record() -> dict[str, Any]:
    rng = np.random.default_rng(0)

    def scores(changed: dict[str, float]) -> list[dict[str, Any]]:
        return [
            {
                name: {"value": {**HELD_OUT, **changed}[name] + 0.01 * rng.normal(), "note": ""}
                for name in HELD_OUT
            }
            for _ in range(6)
        ]

    rows = {
        name: {"title": title, "what": f"{title}.", "fault": fault, "plain": plain}
        | {"scores": scores(SEEN.get(name, {}))}
        for name, (title, fault, plain) in GENERATORS.items()
    }
    for draw in rows["noise"]["scores"]:
        draw["recall"] = {"value": None, "note": "no balls"}
    return {
        "data": "digits",
        "draws": 6,
        "seed": 0,
        "protocol": {"n_generated": 300},
        "held_out": scores({}),
        "generators": rows,
        "seconds": 1.0,
    }


def as_data(found: dict[str, Any], metrics: Any) -> Data:
    """A data set of the report with this record and the metrics of these names."""
    loaded = {name: plugin.load("protocol/metrics", name).METRIC for name in metrics}
    kind = "points" if found["protocol"].get("extractor") == "coordinates" else "images"
    return Data(
        name=found["data"],
        kind=kind,
        metrics={name: m for name, m in loaded.items() if kind in m.kinds},
        models=[],
        controls=[],
        checks=[],
        protocol=found["protocol"],
        attacked=[],
        sensitivity=found,
        missing="",
        source="",
        sizes={},
        train=None,
        levels=0,
        real=None,
        centres=None,
        sigma=0.0,
        judge={},
    )


@pytest.fixture(scope="module")
def stand_ins() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            plugin, "load", lambda _, name: SimpleNamespace(METRIC=report_tree.metric(name))
        )
        yield


@pytest.fixture
def data(stand_ins: None) -> Data:
    return as_data(record(), HELD_OUT)


def test_words(data: Data) -> None:
    found = {
        metric: [verdict.word for verdict in judged.values()]
        for metric, judged in columns(data).items()
    }
    no = "does not see"
    assert found == {
        "fid": [no, "praises", "sees", "sees", "sees"],
        "recall": [no, no, "praises", "sees", "no value"],
        "nn_ratio": [no, "sees", no, no, "sees"],
    }
    assert columns(data)["recall"]["noise"].tip == "no balls"


def test_small_differences_are_not_seen_however_sure(stand_ins: None) -> None:
    """Half a standard deviation, at forty draws of five generators and at two thousand."""
    metric, rng = report_tree.metric("fid"), np.random.default_rng(0)
    for draws, surely in ((40, 0.05), (2000, 1e-6)):
        held_out = rng.normal(size=draws)
        held_out = (held_out - held_out.mean()) / held_out.std(ddof=1)
        (found,) = verdicts(metric, held_out.tolist(), [(held_out + 0.5).tolist()])
        assert found.effect == pytest.approx(0.5)
        assert found.p is not None
        assert found.p < surely
        assert found.word == "does not see"


def test_where_held_out_data_never_vary(stand_ins: None) -> None:
    metric = report_tree.metric("recall")
    less, more, same, absent = verdicts(
        metric, [8.0] * 3, [[7.0] * 3, [9.0] * 3, [8.0] * 3, [None, None, 1.0]]
    )
    assert (less.word, less.effect, less.p) == ("sees", float("inf"), 0.0)
    assert (more.word, more.effect) == ("praises", -float("inf"))
    assert (same.word, same.effect, same.p) == ("does not see", 0.0, 1.0)
    assert (absent.word, absent.p) == ("no value", None)
    assert "they never vary" in less.tip


def test_targets_are_those_of_the_axis_or_named(data: Data) -> None:
    assert blind_here(data) == {
        "recall": "On digits it does not tell from held-out data: half of the classes missing."
    }
    named = dict(data.metrics)
    named["recall"] = report_tree.metric("recall").__class__(
        **vars(report_tree.metric("recall")) | {"targets": ("one_only", "elsewhere")}
    )
    assert sensitivity.targets(data, named["recall"]) == ["one_only"]
    assert sensitivity.targets(data, report_tree.metric("mode_kl")) == ["half_missing", "one_only"]


def test_sentences(data: Data) -> None:
    found = matrix(data)
    assert found is not None
    assert found.sentences == [
        "Training <copies>: seen by Nearest-neighbour ratio, not by FID (judge) and Recall.",
        "Half of the classes missing: seen by FID (judge), not by Recall and "
        "Nearest-neighbour ratio.",
        "Praised above held-out data: training <copies> by FID (judge); half of the classes "
        "missing by Recall.",
        "Blind on these data to some plain fault that they are for: Recall.",
    ]
    assert [title for title, _ in found.groups] == [*sensitivity.FAULTS.values()]


def test_the_page_shows_it_where_it_was_measured(stand_ins: None, tmp_path: Path) -> None:
    report_tree.build(tmp_path)
    report.write(PARAMS, tmp_path, tmp_path / "without")
    html = (tmp_path / "without" / "index.html").read_text()
    assert "What each metric can see" not in html
    assert "blind here" not in html
    report_tree.write(tmp_path / "results" / "sensitivity" / "digits.json", record())
    report.write(PARAMS, tmp_path, tmp_path / "out")
    html = (tmp_path / "out" / "index.html").read_text()
    page = Page(html)
    assert "What each metric can see" in page.words
    assert "6 draws of 300 samples" in page.words
    assert "models have 400" in page.words
    assert page.words.count("▲ praises") == 1 + 2  # the legend names it once
    assert "Training <copies>" in page.words  # escaped
    assert html.count(">blind here<") == 1
    assert "Blind on digits:" in page.words
    assert {"#sensitivity", "#sensitivity-digits"} <= {attrs.get("href") for _, attrs in page.tags}
    text = (tmp_path / "out" / "report.md").read_text()
    assert "| Noise | ✓ sees | – none | ✓ sees |" in text
    with (tmp_path / "out" / "sensitivity.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 15
    (copied,) = [r for r in rows if (r["generator"], r["metric"]) == ("copies", "nn_ratio")]
    assert (copied["verdict"], copied["fault"]) == ("sees", "overfitting")
    assert float(copied["effect"]) > 50
    assert reading.read(PARAMS, tmp_path).data[0].sensitivity["draws"] == 6
    json.dumps(record())
