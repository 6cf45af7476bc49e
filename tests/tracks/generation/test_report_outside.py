"""Samples of other programs in the report: their rows, and what they must not change."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from gbench.core.files import DataError
from gbench.report import page as kit
from gbench.report import reading
from gbench.report.section import Part
from gbench.report.sections.measures import MAIN
from gbench.report.view import Grid
from gbench.tracks.generation.page import outside, page
from tests import report_tree

pytestmark = pytest.mark.usefixtures("stand_ins")

DATASETS = report_tree.datasets()
PARAMS = report_tree.PARAMS | {"data": ["digits", "ring"]}
NAMED = PARAMS | {
    "outside": ["digits/theirs", "digits/absent", "digits/fewer", "digits/copies", "ring/points"]
}


def put(
    root: Path, data: str, name: str, batches: int, copies: bool = False, **protocol: Any
) -> None:
    """What `gbench evaluate` writes; better than every model."""
    dataset, draw = DATASETS[data], np.random.default_rng(0)
    common = {"data": data, "variant": name, "family": "outside", "status": "ok", "note": ""}
    near = {"train_index": [*range(10)], "distance": [0.5] * 10}
    records = [
        common
        | {"seed": batch, "protocol": report_tree.protocol(dataset) | protocol}
        | {"scores": report_tree.scores(dataset, 0.1, draw, copies), "neighbours": near}
        for batch in range(batches)
    ]
    sets = {"samples": 999, "in_test": 2 * copies, "records": records}
    record = common | {"protocol": records[0]["protocol"]} | sets
    path = root / "results/outside" / data / f"{name}.json"
    report_tree.write(path, record)
    save_file({"x": dataset.train.x.numpy()[:50].copy()}, path.with_suffix(".safetensors"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    report_tree.build(root)
    put(root, "digits", "theirs", 3)
    put(root, "digits", "unnamed", 3)
    put(root, "digits", "copies", 4, copies=True)
    put(root, "digits", "fewer", 1, n_generated=300)
    put(root, "ring", "points", 1)
    return root


@pytest.fixture(scope="module")
def pages(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The report without and with the sets from outside."""
    plain, named = (tmp_path_factory.mktemp(name) for name in ("plain", "named"))
    page.write(PARAMS, tree, plain)
    page.write(NAMED, tree, named)
    return plain, named


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def digits(tree: Path, params: dict[str, Any]) -> tuple[Part, Grid]:
    """The first part of the main section, and its table."""
    made = kit.make(page.PAGE, page.PAGE.sections[0], outside.added(reading.read(params, tree)))
    part, views = made.views[0]
    return part, next(view for view in views if isinstance(view, Grid))


def test_rows_are_shown_but_neither_ranked_nor_tested(tree: Path) -> None:
    (plain, _), (named, grid) = digits(tree, PARAMS), digits(tree, NAMED)
    before, after = plain.tested(MAIN), named.tested(MAIN)
    assert before.ranks == after.ranks and before.compared == after.compared
    for subject in plain.subjects:
        assert subject.stamps == named.by_name[subject.name].stamps
        assert all(
            before.values(subject.name, key) == after.values(subject.name, key)
            for key in before.columns
        )
    assert grid.groups[-1].title == "outside"
    theirs, absent, fewer, copies = grid.groups[-1].rows
    assert [row.model for row in grid.groups[-1].rows] == ["theirs", "absent", "fewer", "copies"]
    for row in grid.groups[-1].rows:
        assert row.model not in after.ranks and all(cell.verdict == "" for cell in row.cells)
    value = after.estimate("theirs", "fid")
    assert value is not None and value.n == 3 and value.half is not None
    assert "batch 2:" in theirs.cells[0].tip
    assert absent.why.startswith("not evaluated: there is no results/outside/digits/absent.json")
    assert "n_generated 300 instead of 400" in fewer.why
    assert [stamp.text for stamp in theirs.stamps] == ["sampling error only"]
    assert [stamp.text for stamp in copies.stamps] == [
        "sampling error only",
        "copies",
        "holds test images",
    ]


def test_the_page_and_the_data_hold_them(pages: tuple[Path, Path]) -> None:
    plain, named = pages
    html = (named / "index.html").read_text()
    assert outside.EXPLAINED in html and outside.EXPLAINED not in (plain / "index.html").read_text()
    assert "not trained here" in html and "The first 40 samples of theirs" in html
    assert "digits, absent, not evaluated" in html.replace("&#39;", "'")
    assert "unnamed" not in html and ">one batch</span>" in html
    markdown = (named / "report.md").read_text()
    assert "| theirs (sampling error only) |" in markdown and outside.EXPLAINED in markdown
    kept = [row for row in rows(named / "scores.csv") if row["family"] == "outside"]
    assert {(row["data"], row["model"]) for row in kept} == {
        ("digits", "theirs"),
        ("digits", "copies"),
        ("ring", "points"),
    }
    assert {row["seed"] for row in kept if row["model"] == "theirs"} == {"0", "1", "2"}
    others = [row for row in rows(named / "scores.csv") if row["family"] != "outside"]
    assert others == rows(plain / "scores.csv")
    assert rows(named / "cost.csv") == rows(plain / "cost.csv")
    means = json.loads((named / "metrics.json").read_text())["digits"]["theirs"]
    own = [float(r["value"]) for r in kept if (r["model"], r["metric"]) == ("theirs", "fid")]
    assert means["fid"] == pytest.approx(sum(own) / 3, rel=1e-4) and "train_seconds" not in means


def test_a_file_of_something_else_is_refused(tree: Path, tmp_path: Path) -> None:
    params = PARAMS | {"data": ["digits"], "outside": ["digits/odd"]}
    path = tree / "results/outside/digits/odd.json"
    report_tree.write(path, {"scores": {}})
    with pytest.raises(DataError, match=r"odd\.json cannot be read: it is not what"):
        outside.added(reading.read(params, tree))
