"""`gbench attack`: a reader's own classifier through the adversarial track's suite."""

import argparse
import json
import platform
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gbench.core.files import UserError
from gbench.params import read
from gbench.tracks.attacks import command as attack

MODULE = """
import torch
from torch import nn

def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))

short = nn.Sequential(nn.Flatten(), nn.Linear(64, 3))
words = "no module"

def broken():
    raise RuntimeError("as it pleases")
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the track's params.yaml, cut short, and a module with classifiers."""
    params = read(Path(__file__).parents[3] / "tracks/attacks/params.yaml")
    params["attacks"] = {"fgsm": {}, "pgd_l2": {"steps": 3}, "transfer": {"steps": 3}}
    params["attack"] |= {"images": 20, "by_target": {}, "oblivious": ["fgsm"]}
    params["classifier"]["rounds"] = 20
    folder = tmp_path / "tracks/attacks"
    folder.mkdir(parents=True)
    YAML().dump(params, folder / "params.yaml")
    (tmp_path / "theirs.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def given(classifier: str, **changes: Any) -> argparse.Namespace:
    plain = {"data": "digits", "name": "", "images": None, "quick": False}
    return argparse.Namespace(classifier=classifier, **(plain | changes))


def test_the_number_of_images_stands_in_quick_mode_too(place: Path) -> None:
    attack.execute(given("theirs:net", images=7, quick=True))
    record = json.loads((place / "work/attack/results/attacks/digits/net/attack.json").read_text())
    assert record["n"] == 7


def test_it_writes_a_record_and_a_page(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    attack.execute(given("theirs:net"))
    record = json.loads((place / "work/attack/results/attacks/digits/net/attack.json").read_text())
    assert [found["name"] for found in record["attacks"]] == ["fgsm", "pgd_l2", "transfer"]
    assert record["n"] == 20
    page = (place / "reports/attack/digits/net/index.html").read_text()
    assert "Net" in page and "gbench attack" in page
    assert "Most robust" not in page and "Training seeds" not in page  # there is one, of theirs
    assert 'href="#defences"' not in page  # nothing to tell
    assert 'id="unrestricted"' not in page
    assert f"Python {platform.python_version()}, torch" in page
    printed = capsys.readouterr().out
    assert "withstand the worst attack" in printed
    assert "Caution: no attack of these kinds was run: decision" in printed
    assert printed.splitlines()[-1].startswith("The report: ")


def test_what_it_made_is_kept(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attack.execute(given("theirs:net", images=10))
    from gbench.tracks.attacks.measure import training

    monkeypatch.setattr(training, "make", lambda *_, **__: pytest.fail("trained once more"))
    attack.execute(given("theirs:net", images=10))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (given("theirs"), "must be MODULE:NAME"),
        (given("nowhere:net"), "No module named 'nowhere'"),
        (given("theirs:absent"), "has no attribute 'absent'"),
        (given("theirs:words"), "'str' object is not callable"),
        (given("theirs:broken"), "RuntimeError: as it pleases"),
        (given("theirs:short"), r"gives \(3, 3\), not logits of shape \(3, 10\)"),
        (given("theirs:net", data="cats"), "--data cats: not among datasets; allowed: digits"),
        (given("theirs:net", name="cnn"), "--name 'cnn'"),
        (given("theirs:net", images=0), "--images 0: is under 1"),
    ],
)
def test_mistakes_are_told(place: Path, arguments: argparse.Namespace, message: str) -> None:
    with pytest.raises(UserError, match=message):
        attack.execute(arguments)


def test_it_runs_in_the_root_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="run this in the repository's root"):
        attack.execute(given("theirs:net"))
