"""The track on mode collapse, run whole with tiny budgets."""

import csv
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gbench.params import read
from gbench.tracks.collapse.page import matrices
from gbench.tracks.collapse.page.page import PAGE
from tests.driver.test_pipeline import call, clone
from tests.report import contract

FAST = {"rounds": 40, "width": 8}


def tiny(params: dict[str, Any]) -> None:
    """Two mixtures' worth of everything: rows, remedies, a gallery, placements."""
    data = ["ring", "stacked_digits"]
    params |= {"prepared": [*data, "digits"], "data": data, "seeds": [0, 1]}
    params |= {"variants": ["gan", "gan_packing2", "gan_critic3"]}
    params["datasets"]["stacked_digits"] |= {"train": 2000, "validation": 200, "test": 1000}
    params["gallery"] |= {"data": ["ring"], "variants": ["lsgan"]}
    params["placement"] |= {"variants": ["norm_both", "norm_none"], "seeds": [0, 1]}
    params["evaluation"] = {"n": 200, "batches": 1}
    params["along"] |= {"points": 10, "n": 50, "landscape": 8}
    params["judge"] |= {"steps": 100}
    for name in ("gan", "gan_packing2", "gan_critic3", "lsgan", "norm_both", "norm_none"):
        entry = params["models"][name]
        entry |= FAST
        if stacked := entry.get("on", {}).get("stacked_digits"):
            entry["on"] = {"stacked_digits": stacked | {"rounds": 20, "width": 4}}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = clone(tmp_path_factory.mktemp("clone"), tracks=True)
    file = folder / "tracks" / "collapse" / "params.yaml"
    params = YAML(typ="safe").load(file)
    tiny(params)
    YAML(typ="safe").dump(params, file)
    answer = call(folder, "gbench", "run", "tracks/collapse", "--jobs", "2")
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-4000:]
    assert f"The report: {folder}/reports/collapse/index.html" in answer.stdout
    return folder


def rows(root: Path, name: str) -> list[dict[str, str]]:
    with (root / "reports" / "collapse" / name).open() as file:
        return list(csv.DictReader(file))


def test_only_the_track_ran(root: Path) -> None:
    assert not (root / "runs").exists()
    assert not (root / "reports" / "index.html").exists()
    again = call(root, "gbench", "run", "tracks/collapse")
    assert "Nothing changed" in again.stdout


def test_every_row_has_its_numbers(root: Path) -> None:
    scores = rows(root, "scores.csv")
    models = {row["model"] for row in scores if row["family"] != "control"}
    assert models == {"gan", "gan_packing2", "gan_critic3"}
    assert {row["metric"] for row in scores} >= {"modes", "high_quality", "mode_kl"}
    assert {(r["model"], r["metric"]) for r in rows(root, "gain.csv")} >= {
        ("gan_packing2", "modes"),
        ("gan_critic3", "modes"),
    }
    measures = {(r["model"], r["metric"]) for r in rows(root, "gallery.csv")}
    assert {("lsgan", "kl_model_data"), ("gan", "kl_data_model"), ("gan", "modes")} <= measures
    assert {row["where"] for row in rows(root, "published.csv")} == {"here", "published"}
    assert {row["rule"] for row in rows(root, "placement.csv")} == {
        "Use batch norm in both networks."
    }
    assert any(row["measure"] == "turnover" for row in rows(root, "oscillation.csv"))


def test_the_page_has_its_sections(root: Path) -> None:
    page = (root / "reports" / "collapse" / "index.html").read_text()
    parts = [
        f"{name}-{data}" for name in ("published", "gain") for data in ("ring", "stacked_digits")
    ]
    for part in (*parts, "gain-ring-balance", "gallery-ring", "oscillation-ring"):
        assert f'id="{part}"' in page
    assert " of 8 modes on ring and " in page and " of 1000 modes on stacked_digits" in page
    assert "GAN + packing" in page
    assert "GAN + step ratio (critic 3)" in page
    assert "PacGAN2" in page
    assert "<code>make collapse</code>" in page
    assert "Use batch norm in both networks." in page


def test_the_page_keeps_the_contract(root: Path) -> None:
    params = read(root / "tracks" / "collapse" / "params.yaml")
    results = matrices.read(params, root / "tracks" / "collapse")
    contract.holds(PAGE, results, root / "reports" / "collapse")
