"""The table of classes on the page: shares over real shares, shades, and classes.csv."""

import json
from pathlib import Path
from typing import Any

import pytest

from gbench import report
from gbench.core import plugin
from gbench.protocol.evidence import Metric
from gbench.report import classes, reading, tables
from tests import report_tree
from tests.report.test_report import Page, rows

PARAMS = report_tree.PARAMS | {"data": ["digits"], "variants": ["gmm", "vae", "gan"]}
SHARES = {"gmm": [0.5, 0.3, 0.2], "vae": [0.2, 0.2, 0.6], "gan": [0.4, 0.35, 0.25]}
REAL = [0.5, 0.3, 0.2]


def records(shares: list[float], step: float = 0.0) -> list[dict[str, Any]]:
    """The first class has one per cent more a step, taken from the last."""
    moved = [shares[0] + step / 100, shares[1], shares[2] - step / 100]
    within = {"coverage": 0.9, "vendi_ratio": None, "nn_ratio": 1.1}
    return [
        {"class": label, "share": share, "real_share": real} | within
        for label, (share, real) in enumerate(zip(moved, REAL, strict=True))
    ]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    report_tree.build(root)
    for variant, shares in SHARES.items():
        for seed in PARAMS["seeds"]:
            path = root / f"results/scores/digits/{variant}/{seed}.json"
            found = json.loads(path.read_text())
            if found["status"] == "ok":
                path.write_text(json.dumps(found | {"by_class": records(shares, seed - 1)}))
    for seed in PARAMS["seeds"]:
        path = root / f"results/controls/digits/{seed}.json"
        every = {name: records(REAL) for name in report_tree.CONTROLS}
        path.write_text(json.dumps(json.loads(path.read_text()) | {"by_class": every}))
    return root


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    load = plugin.load

    def found(folder: str, name: str) -> Any:
        if folder == "protocol/metrics" and name in report_tree.SHAPES:
            return type("module", (), {"METRIC": report_tree.metric(name)})
        return load(folder, name)

    monkeypatch.setattr(plugin, "load", found)


def test_shares_over_real_shares(tree: Path) -> None:
    found = classes.table(reading.read(PARAMS, tree).data[0])
    assert found
    assert found.classes == [(0, 0.5), (1, 0.3), (2, 0.2)]
    assert [row.title for row in found.rows] == [
        "Real test data",
        "Gaussian mixture",
        "VAE",
        "GAN <b>&",
    ]
    text = {row.title: [cell.text for cell in row.cells] for row in found.rows}
    shade = {row.title: [cell.shade for cell in row.cells] for row in found.rows}
    assert text["Real test data"] == ["1.00", "1.00", "1.00"]
    assert text["VAE"] == ["0.40", "0.67", "3.00"]
    assert shade["VAE"] == ["far", "off", "far"]
    assert shade["Gaussian mixture"] == ["", "", ""]
    vae = found.rows[2].cells[0].tip  # 0.38, 0.40, 0.42: t(2, 0.975) 0.02 / sqrt(3)
    assert vae == "share over real share 0.40 ± 0.05; coverage 0.9; NN ratio 1.1"
    assert "±" in found.rows[3].cells[0].tip  # a seed diverged: of the other two


def test_the_page_and_the_csv(tree: Path, tmp_path: Path) -> None:
    page = Page(report.write(PARAMS, tree, tmp_path).read_text())
    assert "Class by class" in "".join(page.text)
    found = rows(tmp_path / "classes.csv")
    assert len(found) == 3 * (4 * 3 + 2 * 3 + 2)  # controls, two models, and one with two seeds
    vae = [row for row in found if row["model"] == "vae" and row["seed"] == "1"]
    assert [row["share"] for row in vae] == ["0.2", "0.2", "0.6"]
    assert vae[0]["vendi_ratio"] == ""


def test_without_classes_there_is_no_table(tmp_path: Path) -> None:
    report_tree.build(tmp_path / "tree")
    page = Page(report.write(PARAMS, tmp_path / "tree", tmp_path / "out").read_text())
    assert "Class by class" not in "".join(page.text)
    assert rows(tmp_path / "out" / "classes.csv") == []


def test_ranks_and_findings_use_the_primary_metrics(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one primary metric the mean rank is the rank in it, and it speaks for its axis."""
    from dataclasses import replace

    load = plugin.load

    def found(folder: str, name: str) -> Any:
        module = load(folder, name)
        metric: Metric = module.METRIC
        return type("module", (), {"METRIC": replace(metric, primary=name == "density")})

    params = PARAMS | {"variants": ["gmm", "vae"]}
    both = tables.table(reading.read(params, tree).data[0])
    assert both.first("fidelity") is both.columns[0]
    monkeypatch.setattr(plugin, "load", found)
    one = tables.table(reading.read(params, tree).data[0])
    density = one.first("fidelity")
    assert density is not None
    assert density.name == "density"
    assert one.first("diversity") is None
    assert [row.rank.mean if row.rank else None for row in one.models] == [1, 2]
    assert one.more is not None
    assert len(one.columns) + len(one.more.columns) == len(both.columns)
