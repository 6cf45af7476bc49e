"""The section on few labels: pairs, tests and gaps of fabricated draws, and what the page says."""

import csv
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import scipy.stats

from gbench import report
from gbench.core import plugin
from gbench.report import labels
from gbench.report.figures import few_labels as figure
from gbench.report.labels import Draw, comparison, findings, gaps, lines, observations
from tests import report_tree
from tests.report.test_report import Page

ERRORS = {  # by labels: semi-supervised and supervised test errors of five draws
    "20": ([0.15, 0.18, 0.20, 0.12, 0.16], [0.28, 0.35, 0.30, 0.27, 0.31]),
    "100": ([0.08, 0.09, 0.07, 0.10, 0.08], [0.09, 0.08, 0.08, 0.09, 0.09]),
    "all": ([0.03, 0.032, 0.035, 0.031, 0.033], [0.02, 0.021, 0.026, 0.02, 0.022]),
}


def card(labels_: str, draw: int, **changes: Any) -> dict[str, Any]:
    trainings = {
        training: {"status": "ok", "note": "", "test_error": errors[draw], "seconds": 1.0}
        for training, errors in zip(labels.TRAININGS, ERRORS[labels_], strict=True)
    }
    n = 997 if labels_ == "all" else int(labels_)
    found = {"title": "Semi <b>", "model": "sgan", "status": "ok", "note": "", "n_labels": n}
    found |= {"n_test": 400, "rounds": 1500, "batch": 64, "hyperparameters": {"lr": 0.003}}
    return found | {"trainings": trainings} | changes


def draws() -> dict[str, list[Draw]]:
    return {name: [Draw(k, card(name, k)) for k in range(5)] for name in ERRORS}


def test_pairs_are_tested_as_scipy_does_and_corrected_for_all_numbers_of_labels() -> None:
    found = comparison("digits", "sgan", draws())
    assert found is not None
    plain = [scipy.stats.ttest_rel(*ERRORS[name]).pvalue for name in ERRORS]
    largest, middle, least = sorted(plain, reverse=True)
    corrected = {least: 3 * least, middle: 2 * middle, largest: largest}
    for row, p in zip(found.rows, plain, strict=True):
        assert row.p == pytest.approx(corrected[p], rel=1e-9)
        pairs = zip(*ERRORS[row.labels], strict=True)
        interval = scipy.stats.ttest_rel(*ERRORS[row.labels]).confidence_interval(0.95)
        assert row.difference is not None
        assert row.difference.mean == pytest.approx(sum(a - b for a, b in pairs) * 100 / 5)
        assert (row.difference.low, row.difference.high) == (
            pytest.approx(100 * interval.low),
            pytest.approx(100 * interval.high),
        )
    assert [row.verdict for row in found.rows] == [-1, 0, 1]


def test_only_draws_with_both_errors_are_pairs_and_the_others_say_why() -> None:
    several = draws()
    diverged = {"status": "diverged", "note": "diverged at round 7", "test_error": None}
    broken = card("20", 1)
    broken["trainings"]["semi_supervised"] |= diverged
    skipped = card("20", 2, status="skipped", note="quick mode", trainings={})
    several["20"][1:4] = [Draw(1, broken), Draw(2, skipped), Draw(3, {})]
    found = comparison("digits", "sgan", several)
    assert found is not None
    row = found.rows[0]
    semi, alone = ([100 * ERRORS["20"][k][draw] for draw in (0, 4)] for k in (0, 1))
    assert row.difference is not None
    assert (row.difference.n, row.difference.mean) == (
        2,
        pytest.approx(sum(semi) / 2 - sum(alone) / 2),
    )
    assert row.errors["supervised"] is not None and row.errors["supervised"].n == 3
    told = "20 labels: draw 1: diverged at round 7; draw 2: quick mode; draw 3: not run"
    assert gaps(found) == [told]
    written = observations(labels.FewLabels([found], []))
    notes = {row[2]: row[6] for row in written if row[3:5] == ("20", 1)}
    assert notes == {"semi_supervised": "diverged at round 7", "supervised": ""}


def test_one_draw_has_no_interval_no_p_and_no_finding() -> None:
    found = comparison("digits", "sgan", {"20": [Draw(0, card("20", 0))]})
    assert found is not None
    (row,) = found.rows
    assert (row.p, row.verdict) == (None, 0)
    (line,) = lines(found)
    assert line.cells == [("15.0", ""), ("28.0", ""), ("\N{MINUS SIGN}13.0", "")]
    assert findings(labels.FewLabels([found], [])) == []
    assert "no difference is told" in figure(found, 0).title


def test_nothing_that_was_trained_is_no_comparison() -> None:
    assert comparison("digits", "sgan", {"20": [Draw(0, {})]}) is None


def test_the_finding_says_where_it_helps_where_it_hurts_and_where_nothing_is_told() -> None:
    found = comparison("digits", "sgan", draws())
    assert found is not None
    (finding,) = findings(labels.FewLabels([found], []))
    low, high = scipy.stats.ttest_rel(*ERRORS["20"]).confidence_interval(0.95)
    assert finding.lead == "Few labels on digits:"
    assert f"by 14.0 [{-100 * high:.1f}, {-100 * low:.1f}] points at 20 labels" in finding.text
    assert finding.text.startswith(
        "semi-supervised training (Semi <b>) lowers the test error by 14"
    )
    assert "; it raises the test error by 1.0 [" in finding.text
    assert finding.text.endswith("points at all labels; no difference is told at 100 labels.")


def test_a_line_is_drawn_at_each_number_of_labels_with_its_interval() -> None:
    found = comparison("digits", "sgan", draws())
    assert found is not None
    drawing = figure(found, 2).drawing
    assert len(re.findall('class="mark"', drawing)) == 3
    assert len(re.findall('class="ring"', drawing)) == 3
    for text in ("semi-supervised", "labels alone", "labelled training images", ">20<", ">100<"):
        assert text in drawing


# --- The page -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root, folder = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("reports")
    for name in ERRORS:
        for draw in range(5):
            path = f"results/few_labels/digits/sgan/{name}/{draw}.json"
            report_tree.write(root / path, card(name, draw))
        skipped = card(name, 0, status="skipped", note="points are not classified", trainings={})
        report_tree.write(root / f"results/few_labels/ring/sgan/{name}/0.json", skipped)
    write(root, folder)
    return folder


def write(root: Path, folder: Path, **section: Any) -> None:
    section = {"models": ["sgan"], "labels": [20, 100, "all"], "draws": [0, 1, 2, 3, 4]} | section
    params = report_tree.PARAMS | {"data": ["digits", "ring"], "few_labels": section}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            plugin, "load", lambda _, name: SimpleNamespace(METRIC=report_tree.metric(name))
        )
        report.write(params, root, folder)


def test_the_page_has_the_section_and_its_data(out: Path) -> None:
    html = (out / "index.html").read_text()
    page = Page(html)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    anchors = {(attrs.get("href") or "")[1:] for tag, attrs in page.tags if tag == "a"}
    assert {"few-labels", "few-labels-digits-sgan"} <= anchors & set(ids)
    assert "all (997)" in page.words and "400 test images" in page.words
    assert "ring, sgan: not run; points are not classified" in page.words
    assert "<b>" not in html
    assert "| 20 | 16.2 ±" in (out / "report.md").read_text()
    with (out / "few_labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 5 * 2
    assert list(rows[0]) == ["data", "model", "training", "labels", "draw", "error", "note"]
    (one,) = [
        row
        for row in rows
        if (row["labels"], row["draw"], row["training"]) == ("20", "3", "supervised")
    ]
    assert float(one["error"]) == 27


def test_without_results_there_is_no_section(out: Path, tmp_path: Path) -> None:
    write(tmp_path / "nothing", tmp_path, models=[])
    page = Page((tmp_path / "index.html").read_text())
    assert "few-labels" not in {attrs.get("id") for _, attrs in page.tags}
    assert "#few-labels" not in {attrs.get("href") for _, attrs in page.tags}
    assert (tmp_path / "few_labels.csv").read_text().count("\n") == 1
    assert json.loads((out / "metrics.json").read_text()).keys() == {"digits", "ring"}
