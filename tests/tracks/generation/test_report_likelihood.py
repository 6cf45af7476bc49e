"""The section on likelihoods of a fabricated tree: like is compared with like, gaps are told."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gbench.report import reading
from gbench.report.kit.made import Made
from gbench.report.kit.tidy import frame
from gbench.report.kit.tidy import rows as rows_of
from gbench.report.kit.view import Grid, Row
from gbench.tracks.generation.measure.likelihood.settings import Settings
from gbench.tracks.generation.page.likelihood import LIKELIHOOD, Series, line
from tests import report_tree
from tests.tracks.generation.made import grid, made, prose
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
def section(tree: Path) -> Made:
    return made(LIKELIHOOD, reading.read(PARAMS, tree))


@pytest.fixture(scope="module")
def table(section: Made) -> Grid:
    return grid(section, "Likelihoods")


def by_kind(table: Grid) -> dict[tuple[str, str], Row]:
    return {(row.title, row.cells[0].text): row for group in table.groups for row in group.rows}


def test_only_data_with_answers_are_a_part(section: Made, tmp_path: Path) -> None:
    assert [part.anchor for part in section.parts] == ["likelihood-digits"]
    assert "4 examples per split and seed, 3 chains, 10 temperatures" in prose(section)
    nothing = made(LIKELIHOOD, reading.read(PARAMS, tmp_path))
    assert nothing.empty == "no likelihood was measured" and len(nothing.frame) == 0


def test_only_like_is_compared_with_like(table: Grid) -> None:
    own, _ = table.groups
    assert [(row.title, row.cells[0].text) for row in own.rows] == [
        ("Uniform pixels", "exact"), ("Gaussian (PCA)", "exact"), ("Gaussian mixture", "exact"),
    ]  # fmt: skip
    verdicts = {key: row.cells[1].kind for key, row in by_kind(table).items()}
    assert verdicts["Uniform pixels", "exact"] == ""
    assert verdicts["Gaussian (PCA)", "exact"] == "best"
    assert verdicts["Gaussian mixture", "exact"] == "worse"
    assert verdicts["VAE", "annealed"] == "best"  # although a bound, and what is unreliable, differ
    assert verdicts["GAN <b>&", "annealed"] == "worse"
    assert verdicts["VAE", "importance-weighted bound"] == "untested"
    assert verdicts["DCGAN", "annealed"] == ""
    assert dict(table.absent)["no code <z>"] == ["WGAN-GP"]


def test_unreliable_values_and_overfitting_are_marked(table: Grid, section: Made) -> None:
    marks = {
        key: tuple(cell.sign.symbol if cell.sign else "" for cell in row.cells[4:6])
        for key, row in by_kind(table).items()
    }
    assert marks["Gaussian mixture", "exact"] == ("▲", "")
    assert marks["Gaussian (PCA)", "exact"] == ("", "")
    assert marks["DCGAN", "annealed"] == ("", "!")
    assert marks["VAE", "annealed"] == ("▲", "")
    assert "under 2 of 5 models: Gaussian mixture and VAE." in prose(section)


def difference(kind: str, values: list[float], error: float) -> Series:
    rows = [(seed, 0.0, 0.0, value, error) for seed, value in enumerate(values)]
    return Series("m", kind, False, frame("seed test test_error train train_error", rows))


def test_a_gap_must_exceed_what_seeds_and_examples_account_for() -> None:
    close = [1.0, 1.01, 0.99]
    assert difference("exact", close, 0.3).overfits
    assert not difference("exact", close, 0.6).overfits  # the same examples for all seeds
    assert difference("annealed", close, 0.6).overfits  # others for each
    assert not difference("exact", [1.0, 3.0, -1.0], 0.01).overfits
    assert not difference("exact", [1.0], 0.01).overfits
    assert not difference("exact", [-1.0, -1.01, -0.99], 0.01).overfits


def test_one_seed_has_no_interval_and_no_verdict(tree: Path) -> None:
    section = made(LIKELIHOOD, reading.read(PARAMS | {"seeds": [0]}, tree))
    assert "Training examples" not in prose(section)
    for row in by_kind(grid(section, "Likelihoods")).values():
        assert row.cells[1].kind in ("", "untested")
        assert not any(cell.interval for cell in row.cells)
        assert row.cells[4].sign is None


def test_tidy_data(section: Made) -> None:
    found = [*rows_of(section.frame)]
    keys = [tuple(r[k] for k in ("data", "model", "seed", "kind")) for r in found]
    assert len(keys) == len(set(keys))
    assert all(r["test"] is not None or r["note"] for r in found)
    laws = [r for r in found if r["family"] == "reference"]
    assert [(r["model"], r["seed"]) for r in laws] == [("Uniform pixels", s) for s in range(3)]
    here = [r for r in found if r["data"] == "digits" and r["kind"] == "annealed"]
    (vae,) = (r for r in here if (r["model"], r["seed"]) == ("vae", 0))
    assert vae["train"] - vae["test"] == pytest.approx(9, abs=1e-3)
    assert (vae["n_test"], vae["sigma"], vae["chosen"]) == (12, 0.1, "validation")
    diverged = [r for r in found if (r["data"], r["model"], r["seed"]) == ("digits", "gan", 1)]
    assert len(diverged) == 1 and "diverged" in diverged[0]["note"]


def test_what_the_line_says_is_in_the_settings() -> None:
    text = line(SETTINGS._asdict())
    for name in ("examples", "chains", "temperatures", "leapfrogs", "samples"):
        assert f"{getattr(SETTINGS, name)} " in text
    assert "over 5 nats" in text and set(SETTINGS._asdict()) == set(Settings._fields)
