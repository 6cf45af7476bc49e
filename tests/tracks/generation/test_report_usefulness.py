"""The section on usefulness of a fabricated tree: there where results are, with verdicts that the
numbers support."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gbench.report import reading
from gbench.report.kit.made import Made
from gbench.report.kit.section import Part
from gbench.report.kit.tidy import rows as rows_of
from gbench.report.kit.view import Cell, Fold
from gbench.tracks.generation.page import probed, useful
from gbench.tracks.generation.page.usefulness import USEFULNESS
from tests import report_tree
from tests.tracks.generation.made import cells, figures, found, grid, made, prose, shown

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


def read(tree: Path, **changes: Any) -> Made:
    return made(USEFULNESS, reading.read(PARAMS | changes, tree))


@pytest.fixture(scope="module")
def section(tree: Path) -> Made:
    return read(tree)


@pytest.fixture(scope="module")
def part(section: Made) -> Part:
    (one,) = section.parts  # points have none
    return one


def symbol(cell: Cell) -> str:
    return cell.sign.symbol if cell.sign else ""


def test_only_data_with_answers_are_a_part(section: Made, part: Part, tmp_path: Path) -> None:
    assert part.anchor == "usefulness-digits"
    assert "997 training images, and as many samples · 400 test images" in prose(section)
    (fold,) = (view for view in shown(section) if isinstance(view, Fold))
    assert fold.summary.startswith("3 more models, of which no class can be requested")
    nothing = read(tmp_path)
    assert nothing.empty.startswith("no classifier was taught samples") and not len(nothing.frame)


def test_samples_are_compared_with_real_images_and_with_the_best(section: Made) -> None:
    table = grid(section, "Samples as training data")
    assert [group.title for group in table.groups] == ["References", "By class"]
    rows = cells(table)
    assert [c.text for c in rows["Memoriser"]] == ["96.1", "0.0", "96.1", "0.0", "96.1"]
    assert [c.text for c in rows["Real training images"]] == ["96.1", "", "–", "", "–"]
    assert rows["Shuffled labels"][0].text == "10.0"
    own, difference, _, gain, judged = rows["VAE"]
    assert float(own.text) == pytest.approx(80, abs=0.6)
    assert (own.verdict, symbol(difference)) == ("worse", "✗")
    assert float(difference.text.replace("\N{MINUS SIGN}", "-")) == pytest.approx(-16, abs=0.6)
    assert symbol(gain) == "=" and judged.verdict in ("best", "tied")
    assert "class 1 loses most" in own.tip or "class 0 loses most" in own.tip
    assert rows["WGAN-GP"][0].verdict == "best"
    diverged = rows["GAN <b>&"][0]  # it has the highest mean, of the seeds that are left
    assert not diverged.verdict and "seed 1: diverged" in diverged.gap
    assert float(diverged.text) > float(rows["WGAN-GP"][0].text)
    assert [*cells(grid(section, "Samples labelled"))] == [
        "Gaussian (PCA)", "Gaussian mixture", "DCGAN",
    ]  # fmt: skip


def test_features_are_compared_with_pixels_and_untrained_networks(section: Made) -> None:
    table = grid(section, "Features under")
    titles = [[row.title for row in group.rows] for group in table.groups]
    assert titles == [["Raw pixels", "Judge"], ["VAE encoder", "WGAN-GP critic"], ["DCGAN critic"]]
    assert {row.model for group in table.groups for row in group.rows} >= {"vae", "wgan_gp"}
    rows = cells(table)
    assert all(len(row) == 9 for row in rows.values())
    value, untrained, pixels = rows["VAE encoder"][:3]
    assert float(value.text) == pytest.approx(70, abs=1.5)
    assert float(untrained.text) == pytest.approx(40, abs=1.5)
    assert (symbol(untrained), symbol(pixels), pixels.text) == ("✓", "✓", "")
    assert symbol(rows["WGAN-GP critic"][1]) == "="
    assert rows["DCGAN critic"][0].verdict == "untested"  # alone of its group
    reasons = dict(table.absent)
    assert {"Gaussian (PCA)", "Gaussian mixture"} <= {*reasons["no encoder, no critic"]}


def test_the_median_network(section: Made, part: Part) -> None:
    medians = probed.medians(part, "20")
    assert medians["encoder", "untrained"].mean == pytest.approx(30, abs=1)
    assert medians["encoder", "untrained"].low > 0
    gap = medians["critic", "untrained"]
    assert gap.low < 0 < gap.high
    row = cells(grid(section, "The median network"))["20"]
    assert [symbol(cell) for cell in row] == ["✓", "✓", "=", "✓"]
    assert row[0].text.startswith("+30")


def test_the_findings_say_what_is_supported(tree: Path, section: Made) -> None:
    samples, features = found(section)
    assert samples.lead == "Samples as training data on digits:"
    assert samples.anchor == "usefulness-digits-classification"
    assert samples.text.startswith("a classifier taught the samples of WGAN-GP alone names 9")
    assert "2 of 2 models with samples by class teach less than real images do" in samples.text
    assert "the median encoder is better than itself untrained by 30" in features.text
    assert "the median critic cannot be distinguished from itself untrained" in features.text
    assert found(read(tree, seeds=[0])) == []


def test_the_figure_has_the_best_and_the_references(
    section: Made, part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    (figure,) = figures(section)
    for text in ("Raw pixels", "Judge", "untrained", ">20<", ">100<", ">997<"):
        assert text in figure.drawing
    assert "DCGAN" not in figure.drawing  # it was taught all labels
    monkeypatch.setattr(probed, "sizes", lambda _: {"20": 20})
    assert probed.figure(part) is None


def test_tidy_data(section: Made) -> None:
    every = [*rows_of(section.frame)]
    keys = [tuple(row[k] for k in useful.HEAD.split()[:9]) for row in every]
    assert len(keys) == len(set(keys))
    assert all((row["accuracy"] is not None) != bool(row["note"]) for row in every)
    assert "skipped: points: not used" in {row["note"] for row in every if row["data"] == "ring"}
    (diverged,) = (
        r for r in every if (r["data"], r["model"], r["seed"]) == ("digits", "gan", 1)
    )  # fmt: skip
    assert diverged["note"].startswith("diverged: diverged at round 412")
    (ceiling,) = (
        r for r in every
        if (r["model"], r["seed"], r["of"], r["class"]) == ("real", 2, "own", "")
    )  # fmt: skip
    assert ceiling["accuracy"] == pytest.approx(0.962)
    pair = [r for r in every if (r["model"], r["seed"], r["labels"]) == ("vae", 0, "20")]
    assert {r["network"] for r in pair} == {"trained", "untrained"}
