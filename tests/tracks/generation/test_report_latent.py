"""The section on latent spaces of a fabricated tree: present where there are results, and only what
they support."""

import json
import re
import struct
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from gbench import report
from gbench.report import figures, latent, latent_finding, pixels, reading
from gbench.report.records import Data, Model, Run
from tests import report_tree
from tests.report.test_report import Page, rows

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
def out(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    report.write(PARAMS, tree, folder)
    return folder


@pytest.fixture(scope="module")
def digits(tree: Path) -> Data:
    return reading.read(PARAMS, tree).data[0]


def test_the_section_is_there_with_its_link(out: Path) -> None:
    html = (out / "index.html").read_text()
    page = Page(html)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {"latent", "latent-digits", "latent-digits-arithmetic"} <= set(ids)
    assert "latent-ring" not in ids
    assert "400 images a judgement · 7 paths of 5 steps" in page.words  # the test split has 400
    assert '<a href="#latent">Latent space</a>' in html
    for name, attrs in page.tags:
        if name == "a" and (attrs.get("href") or "").startswith("#"):
            assert attrs["href"] == "#" or str(attrs["href"])[1:] in ids
    assert all(attrs.get("alt") for tag, attrs in page.tags if tag == "img")
    assert "<b>" not in html and "GAN &lt;b&gt;&amp;" in html


def test_without_results_there_is_no_section(tmp_path: Path) -> None:
    report_tree.build(tmp_path)
    report.write(PARAMS, tmp_path, tmp_path / "out")
    html = (tmp_path / "out" / "index.html").read_text()
    assert 'id="latent"' not in html and "#latent" not in html
    assert len(rows(tmp_path / "out" / "latent.csv")) == 0


def test_a_value_is_told_from_its_baseline_or_not(digits: Data) -> None:
    table = next(t for t in latent.tables(digits) if t.spec.probe == "arithmetic")
    ((_, found),) = table.groups
    signs = {row_.title: [cell.sign for cell in row_.cells] for row_ in found}
    assert table.width == 9
    assert signs["VAE"][:3] == [None, 1, 1]
    assert signs["WGAN-GP"][:3] == [None, 1, 1]
    assert signs["GAN <b>&"][:3] == [None, 0, 0]  # it moves no better than at random
    slant = found[0].cells[6]
    assert slant.text == "–" and slant.sign is None
    reasons = dict(table.absent)
    assert reasons["no decode: it has no code"] == ["Gaussian (PCA)", "Gaussian mixture", "DCGAN"]
    fid = next(t for t in latent.tables(digits) if t.spec.probe == "interpolation").groups[0][1]
    assert fid[0].cells[3].sign == 1  # lower is better
    assert fid[0].note == "path: great circle"


def test_a_probe_without_values_says_why() -> None:
    asked = [row("class", None, note="the data have no classes")]
    answers = {"arithmetic": {"rows": asked, "note": "", "status": "ok"}}
    there = {"interpolation": {"rows": [], "note": "no decode", "status": "skipped"}}
    runs = [Run(0, "ok", "", latent={"note": "", "probes": answers | there})]
    one = Model("m", "M", "f", "", "", runs, None, 0)
    assert latent._reason(one, "arithmetic") == "the data have no classes"
    assert latent._reason(one, "interpolation") == "no decode"
    assert latent._reason(one, "codes") == "not probed"


def test_told_is_two_sided_and_corrected() -> None:
    high, low = {0: 0.9, 1: 0.91, 2: 0.92}, {0: 0.1, 1: 0.12, 2: 0.11}
    assert latent.told([high], [low], "higher") == [1]
    assert latent.told([high], [low], "lower") == [-1]
    assert latent.told([{0: 0.9}], [{0: 0.1}], "higher") == [None]
    close = {0: 0.5, 1: 0.52, 2: 0.51}, {0: 0.49, 1: 0.507, 2: 0.501}  # p = 0.016 alone
    assert latent.told([close[0]], [close[1]], "higher") == [1]
    same = {0: 0.1, 1: 0.2, 2: 0.0}, {0: 0.2, 1: 0.0, 2: 0.1}
    crowd = latent.told([close[0], *[same[0]] * 9], [close[1], *[same[1]] * 9], "higher")
    assert crowd == [0] * 10


def test_categories_show_the_median_and_each_seed(digits: Data) -> None:
    table = next(t for t in latent.tables(digits) if t.spec.probe == "codes")
    cell = table.groups[0][1][0].cells[0]
    own = latent.values(digits.models[4], "codes", "hungarian_accuracy")
    assert float(cell.text) == pytest.approx(np.median([*own.values()]), abs=5e-4)
    assert [float(part) for part in cell.interval.split(",")] == pytest.approx(
        [own[seed] for seed in sorted(own)], abs=5e-4
    )


def test_the_finding_says_what_is_supported(tree: Path, digits: Data) -> None:
    text = latent_finding.finding(digits)
    assert "for 2 of 3 decoders, most often for VAE" in text
    assert "the categories of DCGAN agree better with the classes" in text
    one = reading.read(PARAMS | {"seeds": [0]}, tree).data[0]
    assert latent_finding.finding(one) == ""


def test_tidy_data(out: Path) -> None:
    found = rows(out / "latent.csv")
    keys = [
        tuple(r[k] for k in ("data", "model", "seed", "probe", "measure", "at", "against"))
        for r in found
    ]
    assert len(keys) == len(set(keys))
    assert all(r["value"] or r["note"] for r in found)
    assert {r["note"] for r in found if r["data"] == "ring"} == {"points: not probed"}
    diverged = [r for r in found if (r["data"], r["model"], r["seed"]) == ("digits", "gan", "1")]
    assert len(diverged) == 1 and "diverged" in diverged[0]["note"]
    (untold,) = (
        r for r in found
        if r["data"] == "digits" and r["model"] == "vae" and r["seed"] == "0"
        and r["measure"] == "class" and r["against"] == "random direction"
    )  # fmt: skip
    assert float(untold["baseline"]) == 0.1


def test_markdown_has_the_same_tables(out: Path) -> None:
    text = (out / "report.md").read_text()
    assert "### Arithmetic" in text and "### Categories against labels" in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_curves_over_the_truncation(digits: Data) -> None:
    fid, shares = figures.curves(digits)
    assert fid.title == "DCGAN: mean FID is lowest at the bound 1"
    assert fid.drawing.count('class="line"') == 1 and shares.drawing.count('class="line"') == 2
    assert "untruncated" in fid.drawing


def test_grey_sheets_are_saved_as_grey() -> None:
    images = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 1, 2, 2)
    full = pixels.sheet(images, columns=2)
    grey = pixels.without_colour(full)
    np.testing.assert_array_equal(grey, full[..., [0, 3]])
    colour = full.copy()
    colour[0, 0, 1] ^= 1
    assert pixels.without_colour(colour).shape == (5, 5, 4)
    file = pixels.png(grey)
    assert file[24:26] == bytes([8, 4])  # eight bits, grey with alpha
    start = file.index(b"IDAT")
    (length,) = struct.unpack(">I", file[start - 4 : start])
    lines = np.frombuffer(zlib.decompress(file[start + 4 : start + 4 + length]), np.uint8)
    np.testing.assert_array_equal(lines.reshape(5, 11)[:, 1:].reshape(5, 5, 2), grey)


def model(index: int, size: int) -> Model:
    noise = np.random.default_rng(index).integers(256, size=(2, 2, 1, size, size))
    pictures = {"codes/codes": noise.astype(np.uint8)}
    return Model(f"m{index}", f"M{index}", "f", "", "", [Run(0, "ok", "")], None, 0, pictures)


def test_sheets_beyond_the_first_are_folded_and_bounded(digits: Data) -> None:
    def gallery(size: int) -> figures.Gallery:
        data = SimpleNamespace(models=[model(index, size) for index in range(20)])
        (found,) = figures.galleries(data)["codes"]  # type: ignore[arg-type]
        return found

    small = gallery(8)
    assert len(small.shown) == figures.OPEN and len(small.folded) == 12 and not small.left_out
    assert small.shown[0].title == "M0" and small.shown[-1].title == "M19"
    large = gallery(200)
    assert len(large.shown) == figures.OPEN and large.left_out
    assert len(large.folded) + len(large.left_out) == 12
