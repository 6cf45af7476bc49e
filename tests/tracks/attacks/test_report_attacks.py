"""The page on attacks: which targets may lead, what a defence is worth, one pixel, made images."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from gbench.report import reading
from gbench.report.kit import page as kit
from gbench.report.kit.made import Page
from gbench.report.records import Records
from gbench.tracks.attacks.page import board, page, paths, pixel, published
from gbench.tracks.attacks.page.attacked import Attacked
from gbench.tracks.attacks.page.headline import HEADLINE
from gbench.tracks.attacks.page.unrestricted import shares
from tests import report_tree
from tests.report import contract

KINDS: dict[str, dict[str, Any]] = {
    "white box": {"knowledge": "white box", "gradient": "exact", "targeted": False},
    "targeted": {"knowledge": "white box", "gradient": "exact", "targeted": True},
    "score": {"knowledge": "score", "gradient": "none", "targeted": False},
    "decision": {"knowledge": "decision", "gradient": "none", "targeted": False},
    "transfer": {"knowledge": "transfer", "gradient": "none", "targeted": False},
    "oblivious": {"knowledge": "oblivious", "gradient": "none", "targeted": False},
    "bpda": {"knowledge": "white box", "gradient": "bpda", "targeted": False},
}
BARE = ("white box", "targeted", "score", "decision", "transfer")


def attack(kind: str, **more: Any) -> dict[str, Any]:
    return {"name": kind.replace(" ", "_"), "title": kind, "norm": "linf", **KINDS[kind], **more}


def attacked(
    name: str,
    left: float,
    kinds: tuple[str, ...] = BARE,
    flags: tuple[tuple[str, str], ...] = (),
    defence: str | None = None,
    images: dict[str, Any] | None = None,
) -> Attacked:
    worst = {
        "eps": [0.1],
        "robust_accuracy": [left],
        "wilson": [[left - 0.05, left + 0.05]],
        "broken_by": {"white_box": 7, "decision": 3},
        "n": 50,
    }
    card = {
        "n": 50,
        "headline": {"linf": 0.1},
        "attacks": [attack(kind) for kind in kinds],
        "worst_case": {"linf": worst},
        "flags": [{"text": text, "norm": norm} for text, norm in flags],
        "defence": defence,
    }
    found = Attacked(name, {"status": "ok", **card})
    vars(found)["images"] = images or {}  # in place of a file
    return found


@pytest.mark.parametrize(
    ("kinds", "defended", "expected"),
    [
        (BARE, False, ("T1", [])),
        (("white box",), False, ("T0", ["targeted", "score", "decision", "transfer"])),
        (BARE[2:], True, ("T0", ["white box", "targeted", "through the defence", "oblivious"])),
        ((*BARE, "oblivious", "bpda"), True, ("T2", [])),
    ],
)
def test_strength_is_what_was_run(kinds: Any, defended: bool, expected: Any) -> None:
    found = board.strength_of([attack(kind) for kind in kinds], defended=defended)
    assert found == expected


def test_who_was_attacked_less_or_looks_masked_cannot_lead() -> None:
    weakly = attacked("weakly", 0.99, ("white box",))
    masked = attacked("masked", 0.95, flags=(("it answers differently", ""),))
    defended = attacked("defended", 0.9, BARE, defence="it")
    sound, other = attacked("sound", 0.5), attacked("other", 0.2)
    lines = board.lines([weakly, other, masked, sound, defended])
    assert [line.one.name for line in lines if line.ranked] == ["sound", "other"]
    assert {line.one.name for line in lines[2:]} == {"weakly", "masked", "defended"}
    told = board.told(lines, "linf", "L∞ 0.1")
    assert told == "at L∞ 0.1 Sound keeps 50\u00a0% [45, 55]"
    close = board.lines([sound, attacked("near", 0.47)])
    assert "cannot be distinguished from Near" in board.told(close, "linf", "it")


def test_a_caution_in_one_norm_bars_a_classifier_there_and_a_defence_everywhere() -> None:
    there, elsewhere = (("masked", "linf"),), (("masked", "l2"),)
    board_ = board.lines(
        [
            attacked("there", 0.9, flags=there),
            attacked("elsewhere", 0.6, flags=elsewhere),
            attacked("sound", 0.3),
            attacked("defended", 0.95, (*BARE, "oblivious", "bpda"), elsewhere, defence="defended"),
        ]
    )
    assert [line.one.name for line in board_] == ["elsewhere", "sound", "there", "defended"]
    assert [line.ranks("linf") for line in board_] == [True, True, False, False]
    assert [line.doubted for line in board_] == [["l2"], [], ["linf"], ["l2"]]
    assert board.told(board_, "linf", "L∞") == "at L∞ Elsewhere keeps 60\u00a0% [55, 65]"
    assert [line.doubt for line in board_] == [
        "Elsewhere in L2",
        "",
        "There in L∞",
        "Defended",
    ]


def test_a_defence_must_face_in_each_norm_what_all_bare_classifiers_faced() -> None:
    lines = board.lines(
        [
            attacked("one", 0.3),
            attacked("two", 0.2, BARE[:-1]),
            attacked("spared", 0.9, ("white box", "targeted", "oblivious", "bpda"), defence="it"),
            attacked("whole", 0.5, (*BARE[:-1], "oblivious", "bpda"), defence="it"),
        ]
    )
    flags = {line.one.name: [flag["text"] for flag in line.flags] for line in lines}
    assert flags == {
        "one": [],
        "two": [],
        "whole": [],
        "spared": [
            "no attack of the kind decision was made in L∞",
            "no attack of the kind score was made in L∞",
        ],
    }


def test_a_defence_does_not_lead_where_one_attack_differentiated_it() -> None:
    kinds = (*BARE, "oblivious", "bpda")
    once, twice = (attacked(name, 0.9, kinds, defence="it") for name in ("once", "twice"))
    for one in (once, twice):
        for found in one.card["attacks"]:
            found["gradient"] = found["gradient"].replace("exact", "none")
        one.card["attacks"].append(attack("targeted", gradient="bpda"))  # does not count
    twice.card["attacks"].append(attack("bpda", name="another"))
    assert board.thin(once.card) == ["linf"]
    assert board.thin(twice.card) == []
    assert board.thin(attacked("bare", 0.3, ()).card) == []
    lines = board.lines([once, attacked("bare", 0.3)])
    assert board.told(lines, "linf", "it").startswith("at it Bare keeps")
    assert [line.doubt for line in lines] == ["", "Once in L∞"]


def test_nobody_leads_where_nobody_may() -> None:
    lines = board.lines([attacked("weakly", 0.99, ("white box",))])
    assert board.told(lines, "linf", "it") == ""


def test_the_worst_of_each_kind_of_attacker_image_by_image() -> None:
    kinds = ("oblivious", "bpda", "decision")
    images = {
        "distance/oblivious": np.array([0.2, 0.2, 0.05, np.inf]),
        "distance/bpda": np.array([0.05, 0.2]),
        "distance/decision": np.array([0.2, 0.2, 0.1]),
    }
    found = paths.paths(attacked("it", 0.5, kinds, defence="it", images=images), "linf")
    assert [(path.title, path.share.n, path.share.value) for path in found] == [
        ("Unaware", 4, 0.75),
        ("Decisions, scores, transfer", 3, pytest.approx(2 / 3)),  # 0.1 is within 0.1
        ("BPDA", 2, 0.5),
    ]
    assert paths.paths(attacked("it", 0.5, kinds, images=images), "linf")[0].share.wilson[0] < 0.75


def test_a_printed_number_has_ours_of_the_same_kind_of_attacker_beside_it() -> None:
    images = {
        "distance/oblivious": np.array([0.2, 0.31, np.inf, np.inf]),
        "distance/bpda": np.array([1.0, 4.0, 5.0]),
    }
    one = attacked("defense_gan", 0.5, (), defence="defense_gan", images=images)
    one.card["attacks"].extend([attack("oblivious"), attack("bpda", norm="l2")])  # type: ignore
    rec = attacked("defense_gan_rec", 0.5, ("bpda",), images=images)
    unaware = attack("oblivious", name="fgsm_oblivious")
    rec.card["attacks"].append(unaware)
    images["distance/fgsm_oblivious"] = images["distance/oblivious"]
    there = {"defense_gan": one, "defense_gan_rec": rec}
    found = {printed.what: published.nearest(printed, there) for printed in published.ROWS}
    bpda = found["Defense-GAN under BPDA"]
    assert bpda and (bpda.title, bpda.share.n) == ("Defense-GAN", 3)
    assert bpda.share.value == pytest.approx(1 / 3)  # L2 4 is within 4
    claimed = found["Defense-GAN-Rec, as claimed"]
    assert claimed and claimed.share.value == 0.75
    assert found["Adversarial training (Madry et al.)"] is None


def test_certificates_by_hand() -> None:
    broken = np.zeros((4, 2, 2), np.int32)
    broken[1, 0, 1], broken[2, 0, 1], broken[2, 1, 1] = 3, 9, 1
    broken[3] = -1  # wrong without a change
    images = {"broken/one_pixel": broken}
    certified, share, n, wrong, candidates, turned = pixel.certificate(
        attacked("it", 0.5, images=images)
    )
    assert (n, certified, share.value, wrong, candidates) == (4, 1, 0.25, 1, 255 * 4)
    assert turned.tolist() == [[0, 0.5], [0, 0.25]]  # two of four images at the one above right


def test_shares_of_made_images_by_hand() -> None:
    counts = {
        "attempts": 10,
        "misled": 4,
        "agreed": 1,
        "misled_wilson": [0.2, 0.7],
        "agreed_wilson": [0.0, 0.7],
        "both_wilson": [0.0, 0.4],
    }
    assert [*map(str, shares(counts))] == [
        "40\u00a0% [20, 70]",
        "25\u00a0% [0, 70]",
        "10\u00a0% [0, 40]",
    ]
    assert shares(counts | {"misled": 0, "agreed": 0, "agreed_wilson": None})[1] is None


PARAMS = report_tree.PARAMS | {"metrics": {}, "unrestricted": {}}
ROOT = Page(title="root", eyebrow="", sections=(HEADLINE,), subjects=lambda records, data: ())


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fabricated tree, with a search, a table of single pixels, and a target never attacked."""
    root = tmp_path_factory.mktemp("tree")
    report_tree.build(root)
    shutil.rmtree(root / "results/attacks/digits/mlp")
    folder = root / "results/attacks/digits/cnn"
    images, _ = reading.tensors(folder / "images.safetensors")
    broken = np.zeros((3, 8, 8), np.int32)
    broken[0, 2, 2] = 7
    firsts = {key.replace("queries", "first"): np.full(100, np.inf, np.float32)
              for key in images if key.startswith("queries")}  # fmt: skip
    save_file(images | firsts | {"broken/one_pixel": broken}, folder / "images.safetensors")
    counts = {"attempts": 9, "misled": 4, "agreed": 1, "misled_wilson": [0.2, 0.7]}
    counts |= {"agreed_wilson": [0.1, 0.7], "both_wilson": [0.0, 0.4]}
    card = {"status": "ok", "note": "", "proxies": ["mlp"], "found": counts, "unsearched": counts}
    folder = root / "results/unrestricted/digits/cnn"
    report_tree.write(folder / "unrestricted.json", card)
    start = images["original"][:1]
    classes = {"source": np.array([3]), "named": np.array([5])}
    save_file({"start": start, "found": start, **classes}, folder / "images.safetensors")
    return root


def records(root: Path) -> Records:
    return reading.read(PARAMS, root)


def test_the_page_holds_the_contract(tree: Path, tmp_path: Path) -> None:
    path = page.write(PARAMS, tree, tmp_path)
    assert path == tmp_path / "attacks/index.html"
    contract.holds(page.PAGE, records(tree), path.parent)
    words = contract.Html(path.read_text()).words
    for said in ("Most images", "Certified", "after: 3→5", "original: ", "Caution."):
        assert said in words or said in path.read_text(), said
    assert "attacks on mlp: not run: there is no results/attacks/digits/mlp/attack.json" in words
    rows = (path.parent / "images.csv").read_text().splitlines()
    assert len(rows) == 1 + 9 * 100  # of the only target whose first hits are known
    assert rows[1].startswith("digits,cnn,fgsm,linf,0,") and rows[1].endswith(",")
    assert (path.parent / "unrestricted.csv").read_text().splitlines()[1:] == [
        "digits,cnn,found,9,4,1,0,0.4",
        "digits,cnn,unsearched,9,4,1,0,0.4",
    ]
    found = json.loads((path.parent / "metrics.json").read_text())["digits"]
    assert found["attacked_cnn"] == {"clean": 0.98, "worst_linf": 0.48, "worst_l2": 0.56}
    assert "train_seconds" in found["dcgan"] and "attacked_mlp" not in found


def test_the_roots_section_holds_the_contract(tree: Path, tmp_path: Path) -> None:
    kit.write(ROOT, records(tree), tmp_path)
    contract.holds(ROOT, records(tree), tmp_path)
    text = (tmp_path / "report.md").read_text()
    assert "Defense-GAN on digits:** at L∞ 0.1 it keeps" in text
    assert "| MLP | not run: there is no results/attacks/digits/mlp/attack.json |" in text
    assert "attacks/index.html" not in text  # there is none
    assert {path.name for path in tmp_path.glob("*.csv")} == {"robustness.csv"}


def test_the_roots_section_points_at_the_page(tree: Path, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(tree, root)
    page.write(PARAMS, root, root / "reports")
    kit.write(ROOT, records(root), root / "reports")
    assert 'href="attacks/index.html"' in (root / "reports/index.html").read_text()


def test_where_nothing_was_attacked_the_reasons_stand(tree: Path, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(tree, root)
    shutil.rmtree(root / "results")
    note = {"status": "skipped", "note": "the data have no labels", "attacks": [], "flags": []}
    report_tree.write(root / "results/attacks/digits/cnn/attack.json", note)
    path = page.write(PARAMS, root, tmp_path / "out")
    contract.whole_and_alone(path.parent)
    contract.every_section_speaks(page.PAGE, path.parent)
    assert path.read_text().count("the data have no labels") >= 3
    assert "robust_accuracy" in (path.parent / "robustness.csv").read_text()
