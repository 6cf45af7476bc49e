"""The section on few labels: pairs, tests and gaps of fabricated draws, and what the page says."""

import re
from pathlib import Path
from typing import Any

import pytest
import scipy.stats

from gbench.report import reading
from gbench.report.kit import tested as kit
from gbench.report.kit.made import Made
from gbench.report.kit.tidy import rows as rows_of
from gbench.tracks.generation.page import few_labels
from gbench.tracks.generation.page.few_labels import (
    ALONE,
    DIFFERENCE,
    FEW_LABELS,
    NAMES,
    SEMI,
    TABLE,
    compared,
)
from tests import report_tree
from tests.tracks.generation.made import cells, figures, found, grid, made, prose

pytestmark = pytest.mark.usefixtures("stand_ins")

ERRORS = {  # by labels: semi-supervised and supervised test errors of five draws
    "20": ([0.15, 0.18, 0.20, 0.12, 0.16], [0.28, 0.35, 0.30, 0.27, 0.31]),
    "100": ([0.08, 0.09, 0.07, 0.10, 0.08], [0.09, 0.08, 0.08, 0.09, 0.09]),
    "all": ([0.03, 0.032, 0.035, 0.031, 0.033], [0.02, 0.021, 0.026, 0.02, 0.022]),
}


def card(labels_: str, draw: int, **changes: Any) -> dict[str, Any]:
    trainings = {
        training: {"status": "ok", "note": "", "test_error": errors[draw], "seconds": 1.0}
        for training, errors in zip(NAMES, ERRORS[labels_], strict=True)
    }
    n = 997 if labels_ == "all" else int(labels_)
    found = {"title": "Semi <b>", "model": "sgan", "status": "ok", "note": "", "n_labels": n}
    found |= {"n_test": 400, "rounds": 1500, "batch": 64, "hyperparameters": {"lr": 0.003}}
    return found | {"trainings": trainings} | changes


Cards = dict[tuple[str, int], dict[str, Any]]


def cards() -> Cards:
    return {(name, draw): card(name, draw) for name in ERRORS for draw in range(5)}


def read(root: Path, found: Cards, **section: Any) -> Made:
    """The section of a tree with these files of digits; of ring there is one that was skipped."""
    for (labels, draw), one in found.items():
        report_tree.write(root / f"results/few_labels/digits/sgan/{labels}/{draw}.json", one)
    skipped = card("20", 0, status="skipped", note="points are not classified", trainings={})
    report_tree.write(root / "results/few_labels/ring/sgan/20/0.json", skipped)
    section = {"models": ["sgan"], "labels": [20, 100, "all"], "draws": [0, 1, 2, 3, 4]} | section
    params = report_tree.PARAMS | {"data": ["digits", "ring"], "few_labels": section}
    return made(FEW_LABELS, reading.read(params, root))


@pytest.fixture(scope="module")
def section(tmp_path_factory: pytest.TempPathFactory, stand_ins: None) -> Made:
    return read(tmp_path_factory.mktemp("tree"), cards())


def known(section: Made) -> kit.Tested:
    (part,) = section.parts
    (one,) = compared(part)
    return one.tested(TABLE)


def test_pairs_are_tested_as_scipy_does_and_corrected_for_all_numbers_of_labels(
    section: Made,
) -> None:
    tested = known(section)
    plain = [scipy.stats.ttest_rel(*ERRORS[name]).pvalue for name in ERRORS]
    largest, middle, least = sorted(plain, reverse=True)
    corrected = {least: 3 * least, middle: 2 * middle, largest: largest}
    for name, p in zip(ERRORS, plain, strict=True):
        assert tested.p(name, DIFFERENCE) == pytest.approx(corrected[p], rel=1e-9)
        pairs = zip(*ERRORS[name], strict=True)
        interval = scipy.stats.ttest_rel(*ERRORS[name]).confidence_interval(0.95)
        difference = tested.estimate(name, DIFFERENCE)
        assert difference is not None
        assert difference.mean == pytest.approx(sum(a - b for a, b in pairs) * 100 / 5)
        assert (difference.low, difference.high) == (
            pytest.approx(100 * interval.low),
            pytest.approx(100 * interval.high),
        )
    assert [tested.sign(name, DIFFERENCE) for name in ERRORS] == [1, 0, -1]  # lower is better


def test_only_draws_with_both_errors_are_pairs_and_the_others_say_why(tmp_path: Path) -> None:
    several = cards()
    diverged = {"status": "diverged", "note": "diverged at round 7", "test_error": None}
    several["20", 1]["trainings"]["semi_supervised"] |= diverged
    several["20", 2] = card("20", 2, status="skipped", note="quick mode", trainings={})
    del several["20", 3]
    section = read(tmp_path, several)
    tested = known(section)
    semi, alone = ([100 * ERRORS["20"][k][draw] for draw in (0, 4)] for k in (0, 1))
    difference, errors = tested.estimate("20", DIFFERENCE), tested.estimate("20", ALONE)
    assert difference is not None and errors is not None and errors.n == 3
    assert (difference.n, difference.mean) == (2, pytest.approx(sum(semi) / 2 - sum(alone) / 2))
    gap = "draw 1: diverged at round 7; draw 2: quick mode; draw 3: not run"
    pairs = cells(grid(section, "Errors"))["20"][-1]
    assert (pairs.text, pairs.gap) == ("2", gap)
    (part,) = section.parts
    assert few_labels.failures(part.results) == [
        f"few labels, digits, sgan, 20 labels: {gap}",
        "few labels, ring, sgan: not run; points are not classified",
    ]
    notes = {
        row["training"]: row["note"]
        for row in rows_of(section.frame)
        if (row["data"], row["labels"], row["draw"]) == ("digits", "20", 1)
    }
    assert notes == {SEMI: "diverged at round 7", ALONE: ""}


def test_one_draw_has_no_interval_no_p_and_no_finding(tmp_path: Path) -> None:
    section = read(tmp_path, {("20", 0): card("20", 0)}, labels=[20], draws=[0])
    semi, alone, difference, p, pairs = cells(grid(section, "Errors"))["20"]
    shown = [(cell.text, cell.interval) for cell in (semi, alone, difference)]
    assert shown == [("15.0", ""), ("28.0", ""), ("\N{MINUS SIGN}13.0", "")]
    assert (p.text, pairs.text) == ("", "1")
    assert found(section) == []
    assert "no difference can be distinguished" in figures(section)[0].title


def test_nothing_that_was_trained_is_no_section(tmp_path: Path) -> None:
    section = read(tmp_path, {})
    assert section.empty == "no model was trained with few labels"
    assert section.section.written is not None
    assert len(section.section.written(section.frame)) == 0
    nothing = read(tmp_path, {}, models=[])
    assert nothing.empty and nothing.section.written is not None
    assert [*nothing.section.written(nothing.frame)] == few_labels.HEAD.split()


def test_the_finding_says_where_it_helps_where_it_hurts_and_where_nothing_is_known(
    section: Made,
) -> None:
    (finding,) = found(section)
    low, high = scipy.stats.ttest_rel(*ERRORS["20"]).confidence_interval(0.95)
    assert finding.lead == "Few labels on digits:"
    assert finding.anchor == "few_labels-digits-sgan"
    assert f"by 14.0 [{-100 * high:.1f}, {-100 * low:.1f}] points at 20 labels" in finding.text
    assert finding.text.startswith(
        "semi-supervised training (Semi <b>) lowers the test error by 14"
    )
    assert "; it raises the test error by 1.0 [" in finding.text
    assert finding.text.endswith("points at all labels; no difference is known at 100 labels.")


def test_a_line_is_drawn_at_each_number_of_labels_with_its_interval(section: Made) -> None:
    (figure,) = figures(section)
    assert len(re.findall('class="mark"', figure.drawing)) == 3
    assert len(re.findall('class="ring"', figure.drawing)) == 3
    for text in ("semi-supervised", "labels alone", "labelled training images", ">20<", ">100<"):
        assert text in figure.drawing
    assert figure.title == (
        "Semi <b> on digits: semi-supervised training lowers the error at 20 labels; it raises the "
        "error at all labels"
    )


def test_the_table_has_the_decimals_that_the_test_split_is_worth(section: Made) -> None:
    rows = cells(grid(section, "Errors"))
    assert [*rows] == ["20", "100", "all (997)"]
    assert [cell.text for cell in rows["20"]][:2] == ["16.2", "30.2"]
    assert "400 test images · 1\N{NARROW NO-BREAK SPACE}500 rounds of batches" in prose(section)


def test_tidy_data(section: Made) -> None:
    assert section.section.written is not None
    found_ = [*rows_of(section.section.written(section.frame))]
    assert len(found_) == 3 * 5 * 2
    assert [*found_[0]] == ["data", "model", "training", "labels", "draw", "error", "note"]
    (one,) = [r for r in found_ if (r["labels"], r["draw"], r["training"]) == ("20", 3, ALONE)]
    assert one["error"] == 27
