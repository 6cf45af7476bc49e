"""The report's section on what each metric can see: verdicts, sentences, the marks of the blind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gbench.core import plugin
from gbench.protocol.evidence import Metric
from gbench.report import reading
from gbench.report.kit.made import Made
from gbench.report.kit.tidy import rows as rows_of
from gbench.report.kit.view import Grid, Listing
from gbench.report.records import Records
from gbench.report.sections.measures import MAIN
from gbench.tracks.generation.page.page import PAGE
from gbench.tracks.generation.page.seen import blind_here, judged, targets, verdicts
from gbench.tracks.generation.page.sensitivity import FAULTS, SENSITIVITY
from tests import report_tree
from tests.tracks.generation.made import cells, grid, made, prose, shown

pytestmark = pytest.mark.usefixtures("stand_ins")

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


def metrics(names: Any) -> Mapping[str, Metric]:
    return {name: plugin.load("protocol/metrics", name).METRIC for name in names}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory, stand_ins: None) -> Records:
    root = tmp_path_factory.mktemp("tree")
    report_tree.build(root)
    report_tree.write(root / "results" / "sensitivity" / "digits.json", record())
    return reading.read(PARAMS, root)


@pytest.fixture(scope="module")
def section(records: Records) -> Made:
    return made(SENSITIVITY, records)


def test_words() -> None:
    verdicts_ = judged(record(), metrics(HELD_OUT))
    found = {metric: [v.word for v in row.values()] for metric, row in verdicts_.items()}
    no = "does not see"
    assert found == {
        "fid": [no, "praises", "sees", "sees", "sees"],
        "recall": [no, no, "praises", "sees", "no value"],
        "nn_ratio": [no, "sees", no, no, "sees"],
    }
    assert verdicts_["recall"]["noise"].tip == "no balls"


def test_small_differences_are_not_seen_however_sure() -> None:
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


def test_where_held_out_data_never_vary() -> None:
    metric = report_tree.metric("recall")
    less, more, same, absent = verdicts(
        metric, [8.0] * 3, [[7.0] * 3, [9.0] * 3, [8.0] * 3, [None, None, 1.0]]
    )
    assert (less.word, less.effect, less.p) == ("sees", float("inf"), 0.0)
    assert (more.word, more.effect) == ("praises", -float("inf"))
    assert (same.word, same.effect, same.p) == ("does not see", 0.0, 1.0)
    assert (absent.word, absent.p) == ("no value", None)
    assert "they never vary" in less.tip


def test_targets_are_those_of_the_axis_or_named(records: Records) -> None:
    known, found = metrics(HELD_OUT), record()
    assert blind_here(records, "digits", known) == {
        "recall": "On digits it does not distinguish from held-out data: half of the classes "
        "missing."
    }
    named = Metric(**vars(known["recall"]) | {"targets": ("one_only", "elsewhere")})
    assert targets(found, named) == ["one_only"]
    assert targets(found, report_tree.metric("mode_kl")) == ["half_missing", "one_only"]


def test_sentences(section: Made) -> None:
    (listing,) = (view for view in shown(section) if isinstance(view, Listing))
    assert [text for _, text in listing.items] == [
        "Training <copies>: seen by Nearest-neighbour ratio, not by FID (judge) and Recall.",
        "Half of the classes missing: seen by FID (judge), not by Recall and "
        "Nearest-neighbour ratio.",
        "Praised above held-out data: training <copies> by FID (judge); half of the classes "
        "missing by Recall.",
        "Blind on these data to some plain fault that they are for: Recall.",
    ]
    assert "6 draws of 300 samples" in prose(section) and "models have 400" in prose(section)


def test_the_matrix_has_a_frame_where_a_metric_is_for_a_fault(section: Made) -> None:
    table = grid(section, "Which metric")
    assert [group.title for group in table.groups] == [*FAULTS.values()]
    assert [head.key for head in table.heads] == [*HELD_OUT]
    rows = cells(table)
    noise = [f"{cell.sign.symbol} {cell.text}" for cell in rows["Noise"] if cell.sign]
    assert noise == ["✓ sees", "– none", "✓ sees"]
    assert [cell.kind for cell in rows["Half of the classes missing"]] == [
        "good", "bad framed", "soft",
    ]  # fmt: skip
    assert [cell.kind for cell in rows["Training <copies>"]] == ["bad", "soft", "good framed"]


def test_the_main_table_marks_the_blind(records: Records, tmp_path: Path) -> None:
    def stamped(found: Records) -> list[tuple[str, str]]:
        grids = (view for view in shown(made(PAGE.sections[0], found)) if isinstance(view, Grid))
        table = next(one for one in grids if one.id == f"scores-digits-{MAIN.id}-table")
        return [(head.key, head.stamp.href) for head in table.heads if head.stamp]

    assert stamped(records) == [("recall", "#sensitivity-digits")]
    report_tree.build(tmp_path)
    without = reading.read(PARAMS, tmp_path)
    assert stamped(without) == []
    nothing = made(SENSITIVITY, without)
    assert nothing.empty == "no generator of a known fault was scored" and not len(nothing.frame)


def test_tidy_data(section: Made) -> None:
    rows = [*rows_of(section.frame)]
    assert len(rows) == 15
    (copied,) = [r for r in rows if (r["generator"], r["metric"]) == ("copies", "nn_ratio")]
    assert (copied["verdict"], copied["fault"]) == ("sees", "overfitting")
    assert copied["effect"] > 50
