"""The adversarial track's page: who may lead, what a defence is worth, one pixel, made images."""

from typing import Any

import numpy as np
import pytest

from gbench.report.adversarial import board, page, paths, pixel, published
from gbench.report.adversarial.unrestricted import cells
from gbench.report.records import Attacked

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
    return Attacked(name, "ok", "", card, images or {})


class Some:
    """As much of `Data` as the boards look at."""

    def __init__(self, *targets: Attacked):
        self.attacked = list(targets)


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
    lines = board.lines(Some(weakly, other, masked, sound, defended))  # type: ignore[arg-type]
    assert [line.attacked.name for line in lines if line.ranked] == ["sound", "other"]
    assert {line.attacked.name for line in lines[2:]} == {"weakly", "masked", "defended"}
    told = board.told(lines, "linf", "L∞ 0.1")
    assert told == "at L∞ 0.1 Sound keeps 50\u00a0% [45, 55]"
    close = board.lines(Some(sound, attacked("near", 0.47)))  # type: ignore[arg-type]
    assert "not told apart from Near" in board.told(close, "linf", "it")


def test_a_caution_in_one_norm_bars_a_classifier_there_and_a_defence_everywhere() -> None:
    there, elsewhere = (("masked", "linf"),), (("masked", "l2"),)
    board_ = board.lines(  # type: ignore[arg-type]
        Some(
            attacked("there", 0.9, flags=there),
            attacked("elsewhere", 0.6, flags=elsewhere),
            attacked("sound", 0.3),
            attacked("defended", 0.95, (*BARE, "oblivious", "bpda"), elsewhere, defence="defended"),
        )
    )
    assert [line.attacked.name for line in board_] == ["elsewhere", "sound", "there", "defended"]
    assert [line.ranks("linf") for line in board_] == [True, True, False, False]
    assert [line.doubted for line in board_] == [["l2"], [], ["linf"], ["l2"]]
    assert board.told(board_, "linf", "L∞") == "at L∞ Elsewhere keeps 60\u00a0% [55, 65]"
    assert [page._doubt(line) for line in board_] == [
        "Elsewhere in L2",
        "",
        "There in L∞",
        "Defended",
    ]


def test_a_defence_must_face_in_each_norm_what_all_bare_classifiers_faced() -> None:
    lines = board.lines(  # type: ignore[arg-type]
        Some(
            attacked("one", 0.3),
            attacked("two", 0.2, BARE[:-1]),
            attacked("spared", 0.9, ("white box", "targeted", "oblivious", "bpda"), defence="it"),
            attacked("whole", 0.5, (*BARE[:-1], "oblivious", "bpda"), defence="it"),
        )
    )
    flags = {line.attacked.name: [flag["text"] for flag in line.flags] for line in lines}
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
    lines = board.lines(Some(once, attacked("bare", 0.3)))  # type: ignore[arg-type]
    assert board.told(lines, "linf", "it").startswith("at it Bare keeps")
    assert [page._doubt(line) for line in lines] == ["", "Once in L∞"]


def test_nobody_leads_where_nobody_may() -> None:
    lines = board.lines(Some(attacked("weakly", 0.99, ("white box",))))  # type: ignore[arg-type]
    assert board.told(lines, "linf", "it") == ""


def test_the_worst_of_each_kind_of_attacker_image_by_image() -> None:
    kinds = ("oblivious", "bpda", "decision")
    images = {
        "distance/oblivious": np.array([0.2, 0.2, 0.05, np.inf]),
        "distance/bpda": np.array([0.05, 0.2]),
        "distance/decision": np.array([0.2, 0.2, 0.1]),
    }
    found = paths.paths(attacked("it", 0.5, kinds, defence="it", images=images), "linf")
    assert [(path.title, path.n, path.accuracy) for path in found] == [
        ("Unaware", 4, 0.75),
        ("Decisions, scores, transfer", 3, pytest.approx(2 / 3)),  # 0.1 is within 0.1
        ("BPDA", 2, 0.5),
    ]
    assert paths.paths(attacked("it", 0.5, kinds, images=images), "linf")[0].low < 0.75


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
    mnist = Some(one, rec)
    mnist.name = "mnist"  # type: ignore[attr-defined]
    found = {row.row.what: row for row in published.beside([mnist])}  # type: ignore[list-item]
    bpda = found["Defense-GAN under BPDA"]
    assert (bpda.title, bpda.found.n, bpda.found.accuracy) == (  # type: ignore[union-attr]
        "Defense-GAN",
        3,
        pytest.approx(1 / 3),  # L2 4 is within 4
    )
    assert found["Defense-GAN-Rec, as claimed"].found.accuracy == 0.75  # type: ignore[union-attr]
    assert found["Adversarial training (Madry et al.)"].found is None
    mnist.name = "digits"  # type: ignore[attr-defined]
    assert not any(row.found for row in published.beside([mnist]))  # type: ignore[list-item]


def test_certificates_by_hand() -> None:
    broken = np.zeros((4, 2, 2), np.int32)
    broken[1, 0, 1], broken[2, 0, 1], broken[2, 1, 1] = 3, 9, 1
    broken[3] = -1  # wrong without a change
    images = {"broken/one_pixel": broken}
    (found,) = pixel.certificates(Some(attacked("it", 0.5, images=images)))  # type: ignore[arg-type]
    assert (found.n, found.certified, found.wrong, found.candidates) == (4, 1, 1, 255 * 4)
    assert found.most == pytest.approx(0.5)  # two of four images at the pixel above right
    assert pixel.certificates(Some(attacked("it", 0.5))) == []  # type: ignore[arg-type]


def test_shares_of_made_images_by_hand() -> None:
    counts = {
        "attempts": 10,
        "misled": 4,
        "agreed": 1,
        "misled_wilson": [0.2, 0.7],
        "agreed_wilson": [0.0, 0.7],
        "both_wilson": [0.0, 0.4],
    }
    assert cells(counts) == {
        "misled": "40\u00a0% [20, 70]",
        "agreed": "25\u00a0% [0, 70]",
        "both": "10\u00a0% [0, 40]",
    }
    assert cells(counts | {"misled": 0, "agreed": 0, "agreed_wilson": None})["agreed"] == "–"
