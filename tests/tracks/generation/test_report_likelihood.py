"""The section on likelihoods of a fabricated tree: like is compared with like, gaps are told."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gbench import report
from gbench.report import likelihood, reading
from gbench.report.likelihood import Series
from gbench.report.records import Data
from gbench.tracks.generation.measure.likelihood.settings import Settings
from tests import report_tree
from tests.report.test_report import Page, rows
from tests.tracks.generation.test_likelihood import SETTINGS

pytestmark = pytest.mark.usefixtures("stand_ins")

PARAMS = report_tree.PARAMS | {"data": ["digits", "ring"]}
LAW = {"title": "Uniform pixels", "observation": "own", "sigma": None, "bits": 4.1}
LAW |= {"test": [-3.9, 0.0, 2], "train": [-3.9, 0.0, 2]}


def one(kind: str, observation: str, test: float, more: float, **rest: Any) -> dict[str, Any]:
    """A measured value whose training examples are likelier by `more`."""
    record = {"kind": kind, "observation": observation, "bits": 3.0, "sigma": None, "chosen": ""}
    values = {"test": [test, 0.5, 12], "train": [test + more, 0.5, 12]}
    return record | values | {"gap": None, "accepted": None} | rest


def measured(variant: str, draw: Any) -> list[dict[str, Any]]:
    """A mixture that overfits, a Gaussian that does not, a VAE with both bounds, and GANs of which
    one cannot be relied on."""
    noise = 0.1 * draw.normal()
    annealed = {"sigma": 0.1, "chosen": "validation", "accepted": 0.6}
    found = {
        "gaussian": [one("exact", "own", 39 + noise, 0.3 + noise)],
        "gmm": [one("exact", "own", 30 + noise, 80 + noise)],
        "vae": [
            one("bound", "noise", 38 + noise, 9, sigma=0.1, chosen="own"),
            one("annealed", "noise", 40 + noise, 9, gap=1.5 + noise, **annealed),
        ],
        "gan": [one("annealed", "noise", 30 + noise, 0, gap=1 + noise, **annealed)],
        "dcgan": [one("annealed", "noise", 90 + noise, 0, gap=40.0, **annealed)],
    }
    return found.get(variant, [])


def add(root: Path) -> None:
    """Writes results/likelihood below a fabricated tree."""
    for data in PARAMS["data"]:
        for variant in PARAMS["variants"]:
            for seed in PARAMS["seeds"]:
                draw = np.random.default_rng([seed, len(variant)])
                card = json.loads((root / f"runs/{data}/{variant}/{seed}/run.json").read_text())
                keys = ("data", "variant", "family", "seed", "status", "note")
                record = {key: card[key] for key in keys} | {"measured": [], "absent": []}
                record |= {"settings": SETTINGS._asdict(), "references": [], "seconds": 1.0}
                if card["status"] == "ok":
                    record["references"] = [LAW] if data == "digits" else []
                    if data == "digits":
                        record["measured"] = measured(variant, draw)
                    if not record["measured"]:
                        record["absent"] = [{"kind": "annealed", "note": "no code <z>"}]
                folder = root / "results" / "likelihood" / data / variant
                report_tree.write(folder / f"{seed}.json", record)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    report_tree.build(root)
    add(root)
    return root


@pytest.fixture(scope="module")
def out(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    report.write(PARAMS, tree, folder)
    return folder


@pytest.fixture(scope="module")
def digits(tree: Path) -> Data:
    return reading.read(PARAMS, tree).data[0]


@pytest.fixture(scope="module")
def table(digits: Data) -> likelihood.Table:
    found = likelihood.table(digits)
    assert found is not None
    return found


def test_the_section_is_there_with_its_link(out: Path) -> None:
    html = (out / "index.html").read_text()
    page = Page(html)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {"likelihood", "likelihood-digits"} <= set(ids)
    assert "likelihood-ring" not in ids  # nothing was measured there
    assert '<a href="#likelihood">Likelihood</a>' in html
    assert "<z>" not in html and "no code &lt;z&gt;" in html
    assert "4 examples of each split and seed, 3 chains, 10 temperatures" in page.words


def test_without_results_there_is_no_section(tmp_path: Path) -> None:
    report_tree.build(tmp_path)
    report.write(PARAMS, tmp_path, tmp_path / "out")
    html = (tmp_path / "out" / "index.html").read_text()
    assert 'id="likelihood"' not in html and "#likelihood" not in html
    assert len(rows(tmp_path / "out" / "likelihood.csv")) == 0


def test_only_like_is_compared_with_like(table: likelihood.Table) -> None:
    own, noise = table.groups
    assert [(row.title, row.kind, row.verdict) for row in own.rows] == [
        ("Uniform pixels", "exact", "untested"),
        ("Gaussian (PCA)", "exact", "best"),
        ("Gaussian mixture", "exact", "worse"),
    ]
    verdicts = {(row.title, row.kind): row.verdict for row in noise.rows}
    assert verdicts["VAE", "annealed"] == "best"  # although a bound, and what is unreliable, differ
    assert verdicts["GAN <b>&", "annealed"] == "worse"
    assert verdicts["VAE", "importance-weighted bound"] == "untested"
    assert verdicts["DCGAN", "annealed"] == "untested"
    assert dict(table.absent)["no code <z>"] == ["WGAN-GP"]


def test_unreliable_values_and_overfitting_are_marked(table: likelihood.Table) -> None:
    marks = {
        (row.title, row.kind): (row.cells[3].mark[0], row.cells[4].mark[0])
        for group in table.groups
        for row in group.rows
    }
    assert marks["Gaussian mixture", "exact"] == ("▲", "")
    assert marks["Gaussian (PCA)", "exact"] == ("", "")
    assert marks["DCGAN", "annealed"] == ("", "!")
    assert marks["VAE", "annealed"] == ("▲", "")
    assert "under 2 of 5 models: Gaussian mixture and VAE." in table.verdict


def difference(kind: str, values: list[float], error: float) -> Series:
    records = {
        seed: {"test": [0.0, 0.0, 9], "train": [value, error, 9]}
        for seed, value in enumerate(values)
    }
    return Series(0, "m", kind, "own", records)


def test_a_gap_must_exceed_what_seeds_and_examples_account_for() -> None:
    close = [1.0, 1.01, 0.99]
    assert difference("exact", close, 0.3).overfits
    assert not difference("exact", close, 0.6).overfits  # the same examples for all seeds
    assert difference("annealed", close, 0.6).overfits  # others for each
    assert not difference("exact", [1.0, 3.0, -1.0], 0.01).overfits
    assert not difference("exact", [1.0], 0.01).overfits
    assert not difference("exact", [-1.0, -1.01, -0.99], 0.01).overfits


def test_one_seed_has_no_interval_and_no_verdict(tree: Path) -> None:
    data = reading.read(PARAMS | {"seeds": [0]}, tree).data[0]
    found = likelihood.table(data)
    assert found is not None and found.verdict == ""
    for group in found.groups:
        for row in group.rows:
            assert row.verdict == "untested"
            assert not any(cell.interval for cell in row.cells)
            assert not row.cells[3].mark[0]


def test_tidy_data(out: Path) -> None:
    found = rows(out / "likelihood.csv")
    keys = [tuple(r[k] for k in ("data", "model", "seed", "kind")) for r in found]
    assert len(keys) == len(set(keys))
    assert all(r["test"] or r["note"] for r in found)
    laws = [r for r in found if r["family"] == "reference"]
    assert [(r["model"], r["seed"]) for r in laws] == [("Uniform pixels", s) for s in "012"]
    here = [r for r in found if r["data"] == "digits" and r["kind"] == "annealed"]
    (vae,) = (r for r in here if (r["model"], r["seed"]) == ("vae", "0"))
    assert float(vae["train"]) - float(vae["test"]) == pytest.approx(9, abs=1e-3)
    assert (vae["n_test"], vae["sigma"], vae["chosen"]) == ("12", "0.1", "validation")
    diverged = [r for r in found if (r["data"], r["model"], r["seed"]) == ("digits", "gan", "1")]
    assert len(diverged) == 1 and "diverged" in diverged[0]["note"]


def test_markdown_has_the_same_tables(out: Path) -> None:
    text = (out / "report.md").read_text()
    assert "### Likelihood" in text and "★" in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_what_the_line_says_is_in_the_settings() -> None:
    line = likelihood._line(SETTINGS._asdict())
    for name in ("examples", "chains", "temperatures", "leapfrogs", "samples"):
        assert f"{getattr(SETTINGS, name)} " in line
    assert "over 5 nats" in line and set(SETTINGS._asdict()) == set(Settings._fields)
