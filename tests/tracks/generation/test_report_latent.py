"""The section on latent spaces of a fabricated tree: only what the probes support."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from gbench.report import reading
from gbench.report.made import Made
from gbench.report.records import Records
from gbench.report.section import Part, Subject
from gbench.report.tested import differences
from gbench.report.tidy import rows as rows_of
from gbench.report.view import Fold, Prose, Sheets
from gbench.tracks.generation.page import galleries
from gbench.tracks.generation.page.latent import LATENT, TABLES
from tests import report_tree
from tests.tracks.generation.made import cells, figures, flat, found, grid, made, prose, sheets

pytestmark = pytest.mark.usefixtures("stand_ins")

PARAMS = report_tree.PARAMS | {"data": ["digits", "ring"]}
NONE = {"rows": [], "note": "no decode: it has no code", "status": "skipped"}
SETTINGS = {"n": 9000, "pairs": 7, "steps": 5, "samples": 600, "moves": 90}
RATES = {"vae": 0.8, "gan": 0.1, "wgan_gp": 0.5}  # of moves from class to class; chance is 0.1


def row(measure: str, value: float | None, against: str = "", baseline: float | None = None,
        note: str = "", at: float | None = None) -> dict[str, Any]:  # fmt: skip
    return {"measure": measure, "value": value, "against": against, "baseline": baseline,
            "note": note, "at": at}  # fmt: skip


def probes(variant: str, draw: Any) -> dict[str, Any]:
    """Decoders move classes, the VAE reconstructs, and DCGAN has categories and truncation."""
    found: dict[str, Any] = dict.fromkeys(("interpolation", "arithmetic"), NONE)

    def noisy(value: float) -> float:
        return float(value + 0.005 * draw.normal())

    if variant in RATES:
        asked = [("random direction", 0.1), ("shuffled labels", 0.1)]
        found["arithmetic"] = {
            "rows": [row("class", noisy(RATES[variant]), *pair) for pair in asked]
            + [row("ink", 0.9, name, 0.5) for name, _ in asked]
            + [row("slant", None, "random direction", None, "colour images")],
            "note": "",
            "status": "ok",
        }
        found["interpolation"] = {
            "rows": [row("fid", noisy(2), "pixels blended", noisy(11))],
            "note": "path: great circle",
            "status": "ok",
        }
    if variant == "vae":
        ratios = [row("pixel_ratio", 0.2, "random pairs", 1.0)]
        found["reconstruction"] = {"rows": ratios, "note": "", "status": "ok"}
    if variant == "dcgan":
        value = noisy(0.9)
        found["codes"] = {
            "rows": [
                row("hungarian_accuracy", value, "shuffled codes", noisy(0.17)),
                row("hungarian_accuracy", value, "k-means on pixels", noisy(0.6)),
            ],
            "note": "10 categories occur in training images",
            "status": "ok",
        }
        curve = [(0.5, 4.0), (1.0, 2.0), (None, 3.0)]
        found["truncation"] = {
            "rows": [row(m, noisy(v), "untruncated", 3.0, at=b)
                     for b, v in curve for m in ("fid", "precision", "recall")],
            "note": "",
            "status": "ok",
        }  # fmt: skip
    return found


def add(root: Path) -> None:
    """Writes results/latent below a fabricated tree."""
    for data in PARAMS["data"]:
        for variant in PARAMS["variants"]:
            for seed in PARAMS["seeds"]:
                draw = np.random.default_rng([seed, len(variant)])
                card = json.loads((root / f"runs/{data}/{variant}/{seed}/run.json").read_text())
                keys = ("data", "variant", "family", "seed", "status", "note")
                record = {key: card[key] for key in keys} | {"probes": {}, "seconds": 1.0}
                record["settings"] = SETTINGS
                pictures = {}
                if data == "ring":
                    record |= {"status": "skipped", "note": "points: not probed"}
                elif card["status"] == "ok":
                    record["probes"] = probes(variant, draw)
                    if variant in RATES:
                        noise = draw.integers(256, size=(2, 3, 1, 8, 8)).astype(np.uint8)
                        pictures["arithmetic/classes"] = noise
                folder = root / "results" / "latent" / data / variant
                report_tree.write(folder / f"{seed}.json", record)
                save_file(pictures, folder / f"{seed}.safetensors")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    report_tree.build(root)
    add(root)
    return root


@pytest.fixture(scope="module")
def records(tree: Path) -> Records:
    return reading.read(PARAMS, tree)


@pytest.fixture(scope="module")
def section(records: Records) -> Made:
    return made(LATENT, records)


def test_only_data_with_answers_are_a_part(section: Made, tmp_path: Path) -> None:
    assert [part.anchor for part in section.parts] == ["latent-digits"]
    assert "400 images per judgement · 7 paths of 5 steps" in prose(
        section
    )  # 400 in the test split
    nothing = made(LATENT, reading.read(PARAMS, tmp_path))
    assert nothing.empty == "no model was probed" and len(nothing.frame) == 0


def test_a_value_is_compared_with_its_baselines(section: Made) -> None:
    table = grid(section, "Arithmetic")
    shown = cells(table)
    signed = {title: [c.sign.symbol if c.sign else "" for c in row] for title, row in shown.items()}
    assert len(table.heads) == 9
    assert signed["VAE"][:3] == signed["WGAN-GP"][:3] == ["", "✓", "✓"]
    assert signed["GAN <b>&"][:3] == ["", "=", "="]  # it moves no better than at random
    slant = shown["VAE"][6]
    assert slant.text == "–" and slant.sign is None
    reasons = dict(table.absent)
    assert reasons["no decode: it has no code"] == ["Gaussian (PCA)", "Gaussian mixture", "DCGAN"]
    (group,) = grid(section, "Interpolation").groups
    sign = group.rows[0].cells[3].sign
    assert sign is not None and sign.symbol == "✓"  # lower is better
    assert group.rows[0].tip.startswith("path: great circle; Author of vae")


def test_a_probe_without_values_says_why(tree: Path, tmp_path: Path) -> None:
    asked = [row("class", None, note="the data have no classes")]
    answers = {
        "arithmetic": {"rows": asked, "note": "", "status": "ok"},
        "interpolation": {"rows": [], "note": "no decode", "status": "skipped"},
        "reconstruction": {"rows": [row("pixel_ratio", 0.2)], "note": "", "status": "ok"},
    }
    for name in ("data", "runs"):
        (tmp_path / name).symlink_to(tree / name)
    path = tmp_path / "results" / "latent" / "digits" / "vae" / "0.json"
    report_tree.write(path, {"note": "", "probes": answers, "settings": SETTINGS})
    section = made(LATENT, reading.read(PARAMS | {"variants": ["vae"]}, tmp_path))
    (part,) = section.parts
    whys = {table.id: table.why(part, part.subjects[0]) for table in TABLES.values() if table.why}
    assert whys["arithmetic"] == "the data have no classes"
    assert whys["interpolation"] == "no decode"
    assert whys["codes"] == "not probed"


def test_differences_are_in_pairs_and_on_the_scale() -> None:
    own, other = {"a": {0: 0.9, 1: 0.91, 5: 2.0}, "b": {0: 1.0}}, {"a": {1: 0.12, 0: 0.1}}
    found = differences(own, other, "linear")
    assert found == {"a": {0: pytest.approx(0.8), 1: pytest.approx(0.79)}}
    ratios = differences(own, other, "log")["a"]
    assert ratios == {0: pytest.approx(np.log(9)), 1: pytest.approx(np.log(0.91 / 0.12))}


def test_categories_show_the_median_and_each_seed(section: Made) -> None:
    cell = cells(grid(section, "Categories"))["DCGAN"][0]
    own = {
        r["seed"]: r["value"]
        for r in rows_of(section.frame)
        if (r["model"], r["measure"]) == ("dcgan", "hungarian_accuracy")
    }
    assert float(cell.text) == pytest.approx(np.median([*own.values()]), abs=5e-4)
    assert [float(part) for part in cell.interval.split(",")] == pytest.approx(
        [own[seed] for seed in sorted(own)], abs=5e-4
    )


def test_the_finding_says_what_is_supported(tree: Path, section: Made) -> None:
    (finding,) = found(section)
    assert finding.lead == "Latent space on digits:"
    assert "for 2 of 3 decoders, most often for VAE" in finding.text
    assert "the categories of DCGAN agree better with the classes" in finding.text
    assert found(made(LATENT, reading.read(PARAMS | {"seeds": [0]}, tree))) == []


def test_tidy_data(section: Made) -> None:
    every = [*rows_of(section.frame)]
    keys = [
        tuple(r[k] for k in ("data", "model", "seed", "probe", "measure", "at", "against"))
        for r in every
    ]
    assert len(keys) == len(set(keys))
    assert all(r["value"] is not None or r["note"] for r in every)
    assert {r["note"] for r in every if r["data"] == "ring"} == {"points: not probed"}
    diverged = [r for r in every if (r["data"], r["model"], r["seed"]) == ("digits", "gan", 1)]
    assert len(diverged) == 1 and "diverged" in diverged[0]["note"]
    (random,) = (
        r for r in every
        if (r["data"], r["model"], r["seed"]) == ("digits", "vae", 0)
        and (r["measure"], r["against"]) == ("class", "random direction")
    )  # fmt: skip
    assert random["baseline"] == 0.1


def test_curves_over_the_truncation(section: Made) -> None:
    fid, shares = figures(section)
    assert fid.title == "DCGAN: mean FID is lowest at the bound 1"
    assert fid.drawing.count('class="line"') == 1 and shares.drawing.count('class="line"') == 2
    assert "untruncated" in fid.drawing


def test_pictures_are_of_the_first_seed_that_finished(section: Made) -> None:
    (kind,) = sheets(section)
    assert kind.title.startswith("Moved from class to class. A row is a class")
    assert [sheet.title for sheet in kind.sheets] == ["VAE", "GAN <b>&", "WGAN-GP"]
    picture = kind.sheets[0].pictures[0]
    assert (picture.width, picture.height) == (3 * 9 - 1, 2 * 9 - 1)  # a gap of one pixel


@pytest.mark.parametrize(("size", "fits"), [(8, True), (200, False)])
def test_sheets_beyond_the_first_are_folded_and_bounded(
    tmp_path: Path, size: int, fits: bool
) -> None:
    names = [f"m{k:02d}" for k in range(20)]
    for k, name in enumerate(names):
        folder = tmp_path / "results" / "latent" / "d" / name
        folder.mkdir(parents=True)
        noise = np.random.default_rng(k).integers(256, size=(2, 2, 1, size, size)).astype(np.uint8)
        save_file({"codes/codes": noise}, folder / "0.safetensors")
    models = [SimpleNamespace(name=name, samples_seed=0) for name in names]
    results = SimpleNamespace(data=[SimpleNamespace(name="d", models=models)], root=tmp_path)
    subjects = [Subject(name, name.upper(), k) for k, name in enumerate(names)]
    part = Part(LATENT, "d", LATENT.frame(Records([], {}, [], 0, [], False, {})), results, subjects)
    views = galleries.gallery(part, "codes")
    open_, folded = (view for view in flat(views) if isinstance(view, Sheets))
    (left_out,) = [v.text for v in views if isinstance(v, Prose)] or [""]
    assert len(open_.sheets) == galleries.OPEN and isinstance(views[1], Fold)
    assert (open_.sheets[0].title, open_.sheets[-1].title) == ("M00", "M19")
    assert bool(left_out) != fits
    assert len(folded.sheets) + left_out.count("; ") + bool(left_out) == 12
