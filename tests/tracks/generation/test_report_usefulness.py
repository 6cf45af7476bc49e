"""The section on usefulness of a fabricated tree: there where results are, with verdicts that the
numbers support."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gbench import report
from gbench.report import figures, reading, usefulness
from gbench.report import usefulness_tables as tables
from gbench.report.usefulness import Useful
from gbench.report.usefulness_findings import findings
from tests import report_tree
from tests.report.test_report import Page, rows

pytestmark = pytest.mark.usefixtures("stand_ins")

PARAMS = report_tree.PARAMS | {"data": ["digits", "ring"]}
SETTINGS = {"steps": 300, "batch": 64, "labels": [20, 100, "all"], "draws": 2, "inverse_l2": 10.0}
PROTOCOL = {"n_train": 997, "n_test": 400, "classes": 2}
UNASKED = "its samples cannot be asked for by class"
ASKED = {"vae": 0.80, "wgan_gp": 0.93, "gan": 0.95}  # of these GAN diverges at seed 1
KNOWN = {"vae": ("encoder", 0.30), "wgan_gp": ("critic", 0.0), "dcgan": ("critic", 0.2)}


def score(value: float | None, note: str = "") -> dict[str, Any]:
    classes = [] if value is None else [value + 0.05, value - 0.05]
    return {"value": value, "per_class": classes, "note": note}


def probe(base: float, draw: Any, gain: float | None = None) -> list[dict[str, Any]]:
    """Rows of a probe; with the untrained network, which is worse by the gain."""
    found = []
    for labels, n, more, times in (("20", 20, 0.0, 2), ("100", 100, 0.1, 2), ("all", 997, 0.15, 1)):
        middle = base + more + 0.004 * draw.normal()
        row = {"labels": labels, "n": n, "note": ""}
        row["values"] = (
            [middle + 0.01 * (2 * k - 1) for k in range(times)] if times > 1 else [middle]
        )
        if gain is not None:
            row["untrained"] = [value - gain + 0.001 * draw.normal() for value in row["values"]]
        found.append(row)
    return found


def of_run(variant: str, draw: Any) -> dict[str, Any]:
    def noisy(value: float) -> float:
        return float(value + 0.002 * draw.normal())

    own = joined = score(None, UNASKED)
    if variant in ASKED:
        own, joined = score(noisy(ASKED[variant])), score(noisy(0.96))
    features: dict[str, Any] = {
        kind: {"rows": [], "note": f"no {kind}"} for kind in ("encoder", "critic")
    }
    if variant in KNOWN:
        kind, gain = KNOWN[variant]
        features[kind] = {"rows": probe(0.7, draw, gain), "note": "", "size": 12}
    return {
        "protocol": PROTOCOL,
        "classification": {"own": own, "joined": joined, "judged": score(noisy(0.9))},
        "features": features,
        "labelled": variant == "dcgan",
    }


def add(root: Path) -> None:
    """Writes results/usefulness and results/references below a fabricated tree."""
    empty = {"settings": SETTINGS, "protocol": {}, "classification": {}, "features": {}}
    for data in PARAMS["data"]:
        for seed in PARAMS["seeds"]:
            draw = np.random.default_rng(seed)
            base = {"data": data, "seed": seed, "status": "ok", "note": ""} | empty
            skipped = {"status": "skipped", "note": "points: not used"}
            ceiling = score(0.96 + 0.001 * seed)
            beside = base | {
                "protocol": PROTOCOL,
                "classification": {
                    "real": {"own": ceiling},
                    "memoriser": dict.fromkeys(("own", "joined", "judged"), ceiling),
                    "shuffled": {"own": score(0.1), "joined": score(0.9)},
                },
                "features": {
                    name: {"rows": probe(value, draw), "note": "", "size": 64}
                    for name, value in (("pixels", 0.6), ("judge", 0.8))
                },
            }
            there = data == "digits"
            report_tree.write(
                root / "results" / "references" / data / f"{seed}.json",
                beside if there else base | skipped,
            )
            for variant in PARAMS["variants"]:
                card = json.loads((root / f"runs/{data}/{variant}/{seed}/run.json").read_text())
                keys = ("data", "variant", "family", "seed", "status", "note")
                record = {key: card[key] for key in keys} | empty
                if not there:
                    record |= skipped
                elif card["status"] == "ok":
                    record |= of_run(variant, draw)
                report_tree.write(
                    root / "results" / "usefulness" / data / variant / f"{seed}.json", record
                )


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


def read(tree: Path, **changes: Any) -> list[Useful]:
    return usefulness.read(reading.read(PARAMS | changes, tree), tree)


@pytest.fixture(scope="module")
def useful(tree: Path) -> Useful:
    (found,) = read(tree)  # points have none
    return found


def cells(groups: list[tables.Group]) -> dict[str, list[tables.Cell]]:
    return {row.title: row.cells for _, group in groups for row in group}


def test_the_section_is_there_with_its_links(out: Path) -> None:
    html = (out / "index.html").read_text()
    page = Page(html)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {"usefulness", "usefulness-digits-classification", "usefulness-digits-probe"} <= {*ids}
    assert "usefulness-ring" not in ids
    assert '<a href="#usefulness">Usefulness</a>' in html
    for name, attrs in page.tags:
        if name == "a" and (attrs.get("href") or "").startswith("#"):
            assert attrs["href"] == "#" or str(attrs["href"])[1:] in ids
    assert "997 training images, and as many samples · 400 test images" in page.words
    assert "3 more models, which cannot be asked for a class" in page.words
    assert "<b>" not in html and "GAN &lt;b&gt;&amp;" in html


def test_without_results_there_is_no_section(tmp_path: Path) -> None:
    report_tree.build(tmp_path)
    report.write(PARAMS, tmp_path, tmp_path / "out")
    html = (tmp_path / "out" / "index.html").read_text()
    assert 'id="usefulness"' not in html and "#usefulness" not in html
    assert rows(tmp_path / "out" / "usefulness.csv") == []
    assert "Usefulness" not in (tmp_path / "out" / "report.md").read_text()


def test_samples_are_told_from_real_images_and_from_the_best(useful: Useful) -> None:
    groups = tables.classified(useful)
    assert [title for title, _ in groups] == ["References", "Asked by class", tables.UNASKED]
    found = cells(groups)
    assert [c.text for c in found["Memoriser"]] == ["96.1", "0.0", "96.1", "0.0", "96.1"]
    assert found["Shuffled labels"][0].text == "10.0"
    own, difference, _, gain, judged = found["VAE"]
    assert float(own.text) == pytest.approx(80, abs=0.6)
    assert (own.verdict, difference.sign) == ("worse", -1)
    assert float(difference.text.replace("\N{MINUS SIGN}", "-")) == pytest.approx(-16, abs=0.6)
    assert gain.sign == 0 and judged.verdict in ("best", "tied")
    assert "class 1 loses most" in own.tip or "class 0 loses most" in own.tip
    assert found["WGAN-GP"][0].verdict == "best"
    diverged = found["GAN <b>& *"]  # it has the highest mean, of the seeds that are left
    assert diverged[0].verdict is None and "seed 1: diverged" in diverged[0].tip
    assert float(diverged[0].text) > float(found["WGAN-GP"][0].text)
    assert [c.text for c in found["DCGAN"][:4]] == ["–"] * 4


def test_features_stand_beside_pixels_and_untrained_networks(useful: Useful) -> None:
    groups = tables.probed(useful)
    titles = [[row.title for row in group] for _, group in groups]
    assert titles == [["Raw pixels", "Judge"], ["VAE encoder", "WGAN-GP critic"], ["DCGAN critic"]]
    found = cells(groups)
    assert all(len(row) == 9 for row in found.values())
    value, beside, pixels = found["VAE encoder"][:3]
    assert float(value.text) == pytest.approx(70, abs=1.5)
    assert float(beside.text) == pytest.approx(40, abs=1.5)
    assert (beside.sign, pixels.sign) == (1, 1)
    assert found["WGAN-GP critic"][1].sign == 0
    assert found["DCGAN critic"][0].verdict == "untested"  # alone of its group
    reasons = dict(useful.absent)
    assert {"Gaussian (PCA)", "Gaussian mixture"} <= {*reasons["no encoder, no critic"]}


def test_the_median_network(useful: Useful) -> None:
    found = {(kind, against): value for kind, against, value in tables.medians(useful, "20")}
    assert found["encoder", "untrained"].mean == pytest.approx(30, abs=1)
    assert found["encoder", "untrained"].low > 0
    gap = found["critic", "untrained"]
    assert gap.low < 0 < gap.high
    one, *_ = tables.middles(useful)
    assert [cell.sign for cell in one.cells] == [1, 1, 0, 1]


def test_the_findings_say_what_is_supported(tree: Path, useful: Useful) -> None:
    samples, features = findings([useful])
    assert samples.lead == "Samples as training data on digits:"
    assert samples.text.startswith("a classifier taught the samples of WGAN-GP alone names 9")
    assert "2 of 2 models asked by class teach less than real images do" in samples.text
    assert "the median encoder is better than itself untrained by 30" in features.text
    assert "the median critic cannot be told from itself untrained" in features.text
    assert findings(read(tree, seeds=[0])) == []


def test_the_figure_has_the_best_and_the_references(useful: Useful) -> None:
    figure = figures.probes(useful)
    assert figure is not None
    for text in ("Raw pixels", "Judge", "untrained", ">20<", ">100<", ">997<"):
        assert text in figure.drawing
    assert "DCGAN" not in figure.drawing  # it was taught all labels
    card = {**useful.card, "settings": SETTINGS | {"labels": [20]}}
    assert figures.probes(Useful(**(vars(useful) | {"card": card}))) is None


def test_tidy_data(out: Path) -> None:
    found = rows(out / "usefulness.csv")
    assert list(found[0]) == usefulness.HEAD.split()
    keys = [tuple(row[k] for k in usefulness.HEAD.split()[:9]) for row in found]
    assert len(keys) == len(set(keys))
    assert all(bool(row["accuracy"]) != bool(row["note"]) for row in found)
    ring = {row["note"] for row in found if row["data"] == "ring"}
    assert "skipped: points: not used" in ring
    (diverged,) = (
        r for r in found if (r["data"], r["model"], r["seed"]) == ("digits", "gan", "1")
    )  # fmt: skip
    assert diverged["note"].startswith("diverged: diverged at round 412")
    (ceiling,) = (
        r for r in found
        if (r["model"], r["seed"], r["of"], r["class"]) == ("real", "2", "own", "")
    )  # fmt: skip
    assert float(ceiling["accuracy"]) == pytest.approx(0.962)
    pair = [r for r in found if (r["model"], r["seed"], r["labels"]) == ("vae", "0", "20")]
    assert {r["network"] for r in pair} == {"trained", "untrained"}


def test_markdown_has_the_same_tables(out: Path) -> None:
    text = (out / "report.md").read_text()
    assert "### Samples as training data" in text and "### Features under a linear probe" in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1
