"""Tracks: pipelines of their own, on the root's stages and code."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch

from gbench.core import entry
from gbench.core.files import read_json
from gbench.driver.room import Room
from gbench.driver.run import page
from gbench.params import read
from gbench.params.check import find
from gbench.zoo.data import digits
from gbench.zoo.shared import run
from tests.core.test_run import params as small

ROOT = Path(__file__).parents[2]
TRACKS = sorted(path.parent for path in ROOT.glob("tracks/*/params.yaml"))
COLLAPSE = ROOT / "tracks" / "collapse" / "params.yaml"


@pytest.mark.parametrize("track", TRACKS, ids=lambda path: path.name)
def test_its_parameters_are_valid_and_name_it(track: Path) -> None:
    params = read(track / "params.yaml")
    assert params["track"] == track.name
    assert not list(find(params))


def test_an_entry_may_name_its_file_and_tricks_its_row(tmp_path: Path) -> None:
    digits.build().save(tmp_path / "data" / "digits")
    params = small()
    packed = {"file": "gan", "tricks": [{"packing": {"samples": 4}}]}
    params["models"]["packed"] = params["models"]["gan"] | packed
    folder = run.execute(
        params, "digits", "packed", 0, device=torch.device("cpu"), root=tmp_path, began=0.0
    )
    assert folder == tmp_path / "runs" / "digits" / "packed" / "0"
    record = read_json(folder / "run.json")
    assert record["variant"] == "packed"
    assert record["title"] == "GAN + packing (samples 4)"
    assert record["status"] == "ok"
    assert run.load(folder).sample(3).shape == (3, 1, 8, 8)


def test_the_file_of_an_entry_is_no_keyword_of_its_build() -> None:
    mine = {"file": "gan", "latent": 3, "on": {"ring": {"latent": 2}}}
    assert entry.implementation(mine, "mine") == "gan"
    assert entry.values(mine, "digits") == {"latent": 3}
    assert entry.values(mine, "ring") == {"latent": 2}
    assert entry.tricks(mine, "ring") == []


def test_the_papers_budget_is_the_documented_command(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "collapse.md").read_text()
    (command,) = re.findall(r"^sed -i .*?(?= &&)", text, re.MULTILINE)
    copy = tmp_path / "params.yaml"
    shutil.copy(COLLAPSE, copy)
    subprocess.run(
        command.replace("tracks/collapse/params.yaml", str(copy)), shell=True, check=True
    )
    params = read(copy)
    assert not list(find(params))
    for name in params["variants"]:
        ring, stacked = (
            entry.on(params["models"][name], data) for data in ("ring", "stacked_digits")
        )
        assert (ring["width"], ring["lr"], ring["lr_end"]) == (200, 1e-4, 1.0)
        assert (ring["betas"], ring["rounds"] * ring["batch"]) == ([0.8, 0.999], 400 * 100_000)
        assert stacked["rounds"] == 300


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "track": ({"track": "nonsense"}, "track: 'nonsense' has no room gbench/tracks/nonsense"),
    "missing": ({"gallery": None}, "gallery: must map names to values, not be None"),
    "data": (
        {"placement": {"data": ["nowhere"], "variants": ["norm_all"], "seeds": [0]}},
        "placement.data: 'nowhere' is not defined under datasets",
    ),
    "seeds": (
        {"placement": {"data": ["digits"], "variants": ["norm_all"], "seeds": [-1]}},
        "placement.seeds: -1 is not a whole number from 0",
    ),
    "twice": (
        {"gallery": {"data": ["ring"], "variants": ["gan"], "seeds": [0]}},
        "gallery.variants: 'gan' is among variants already, on the same data",
    ),
    "own": ({"prepared": "ring"}, "prepared: 'ring' is not a list, each of it a text"),
    "root": ({"defences": {}}, "defences: unknown; allowed: "),
}


@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES)
def test_a_mistake_in_a_track_is_told(change: dict[str, Any], message: str) -> None:
    found = list(find(read(COLLAPSE) | change))
    assert len(found) == 1
    assert found[0].startswith(message)


def test_an_entry_that_names_no_file_is_told() -> None:
    params = read(COLLAPSE)
    params["models"] |= {"gan_packing2": {"file": "gam"}}
    (found,) = find(params)
    assert found.startswith("models.gan_packing2: 'gam' has no file gbench/zoo/models/gam.py")


def test_at_the_root_an_entry_has_the_name_of_its_file() -> None:
    """Its dvc.yaml depends on gbench/zoo/models/<variant>.py."""
    params = read(ROOT / "params.yaml")
    params["models"]["gan"] |= {"file": "gan"}
    (found,) = find(params)
    assert found.startswith("models.gan.file: unknown")


def test_the_driver_knows_whose_report_it_made() -> None:
    own = "tracks/collapse/dvc.yaml:"
    assert page([f"{own}check", f"{own}train@ring-gan-0"]) == Path("reports/collapse/index.html")
    assert page(["check", "train@digits-gan-0"]) == Path("reports/index.html")
    assert page(["check", f"{own}check"]) == Path("reports/index.html")


def test_a_tracks_stage_takes_a_gpu_as_the_roots_does() -> None:
    room = Room(2, {"0": 10.0}, {"train": 2.0})
    assert room.need("tracks/collapse/dvc.yaml:train@ring-gan-0") == 2.0
    assert room.need("tracks/collapse/dvc.yaml:check") == 0.0
