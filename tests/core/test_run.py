"""Runs: reproducible, resumable after kill -9, honest about divergence."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, load_file, save

from gbench.core import plugin
from gbench.core.checkpoint import Checkpoint
from gbench.core.files import DataError, replacing, write_json
from gbench.core.run import fingerprint
from gbench.zoo.data import digits
from gbench.zoo.shared import run
from gbench.zoo.shared.samples import draw

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")


def params(**gan: object) -> dict[str, Any]:
    entry = {"latent": 4, "width": 4, "rounds": 60, "batch": 16} | gan
    return {
        "models": {"gan": entry, "gaussian": {}},
        "quick_variants": ["gan"],
        "quick_seeds": [0],
        "quick": False,
        "quick_rounds": 0.5,
        "evaluation": {"n": 50},
        "along": {"points": 3, "n": 20, "metrics": []},
    }


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("root")
    digits.build().save(folder / "data" / "digits")
    return folder


def execute(root: Path, settings: dict[str, Any], variant: str = "gan", seed: int = 0) -> Path:
    began = time.perf_counter()
    return run.execute(settings, "digits", variant, seed, device=CPU, root=root, began=began)


def card(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "run.json").read_text())


def test_same_seed_same_numbers(root: Path) -> None:
    first = execute(root, params())
    kept = {f: (first / f).read_bytes() for f in ("losses.csv", "samples.safetensors")}
    again = execute(root, params())
    assert kept == {f: (again / f).read_bytes() for f in kept}
    other = execute(root, params(), seed=1)
    assert (other / "samples.safetensors").read_bytes() != kept["samples.safetensors"]
    about = card(first)
    assert about["status"] == "ok"
    assert about["images_seen"] == 2 * 60 * 16
    assert set(about["seconds"]) == {"import", "data", "train", "along", "sample", "batches"}
    assert (first / "losses.csv").read_text().startswith("round,critic,generator\n")


def test_samples_on_the_way_are_stored_like_data_and_change_nothing(root: Path) -> None:
    folder = execute(root, params())
    final = (folder / "samples.safetensors").read_bytes()
    kept = load_file(folder / "along.safetensors")
    assert kept["round"].tolist() == [20, 40, 60]
    assert kept["x"].shape == (3, 20, 1, 8, 8)
    assert kept["x"].dtype == torch.uint8
    assert kept["x"].max() <= 16
    assert not kept["x"][0].equal(kept["x"][2])
    game = run.load(folder)
    torch.manual_seed(0)  # the run's seed
    expected = game.sample(20)
    assert kept["x"][2].equal((expected * 16).round().byte())
    without = execute(root, params() | {"along": {"points": 0, "n": 20, "metrics": []}})
    assert (without / "samples.safetensors").read_bytes() == final
    assert not (without / "along.safetensors").exists()


def test_the_first_batch_is_the_same_however_many_follow(root: Path) -> None:
    one, files = execute(root, params()), ("losses.csv", "samples.safetensors", "along.safetensors")
    kept = {f: (one / f).read_bytes() for f in files}
    assert not (one / "batches.safetensors").exists()
    many = execute(root, params() | {"evaluation": {"n": 50, "batches": 3}})
    assert kept == {f: (many / f).read_bytes() for f in files}
    further = load_file(many / "batches.safetensors")["x"]
    assert (further.shape, further.dtype) == ((2, 50, 1, 8, 8), torch.uint8)
    assert further.max() <= 16
    fewer = execute(root, params() | {"evaluation": {"n": 50, "batches": 2}})
    assert load_file(fewer / "batches.safetensors")["x"].equal(further[:1])


def test_no_sample_is_in_two_batches(root: Path) -> None:
    folder = execute(root, params() | {"evaluation": {"n": 50, "batches": 3}}, "gaussian")
    first = (load_file(folder / "samples.safetensors")["x"] * 16).round().byte()
    x = torch.cat([first[None], load_file(folder / "batches.safetensors")["x"]]).reshape(150, -1)
    assert len(x.unique(dim=0)) == 150


@pytest.mark.parametrize("n", [3, 1500])
def test_samples_of_several_channels_can_be_saved(n: int) -> None:
    samples = draw(run.make("dcgan", (3, 8, 8), 0, {"latent": 2, "width": 2}), n, "images")
    assert samples.shape == (n, 3, 8, 8)
    assert load(save({"x": samples}))["x"].equal(samples)


def test_loads_and_samples_in_two_lines(root: Path) -> None:
    for variant in ("gan", "gaussian"):
        game = run.load(execute(root, params(), variant))
        assert game.sample(3).shape == (3, 1, 8, 8)
    assert not game.training


def test_tricks_that_contradict_each_other_are_a_row_that_says_so(root: Path) -> None:
    folder = execute(root, params(rounds=2, tricks=["packing", "r1"]))
    about = card(folder)
    assert about["status"] == "skipped"
    assert about["note"].startswith("the trick r1 does not go here: a gradient penalty is of one")


def test_a_run_with_tricks_says_so_and_loads(root: Path) -> None:
    tricks = ["packing", {"unrolled": {"steps": 1}}, "historical_averaging"]
    folder = execute(root, params(rounds=2, tricks=tricks))
    about = card(folder)
    assert about["title"] == "GAN + packing + unrolled critic (steps 1) + historical averaging"
    assert about["source"].count("arXiv") == 4
    assert about["hyperparameters"] == {"latent": 4, "width": 4, "tricks": tricks}
    kept, loaded = load_file(folder / "model.safetensors"), run.load(folder).state_dict()
    assert kept.keys() == loaded.keys()
    assert all(value.equal(kept[key]) for key, value in loaded.items())
    assert "tricks" not in card(execute(root, params(rounds=2)))["hyperparameters"]


def test_untrained_keeps_nothing_of_what_was_learnt(root: Path) -> None:
    folder = execute(root, params())
    trained = run.load(folder).state_dict()
    blank = run.untrained(folder, seed=3).state_dict()
    assert blank.keys() == trained.keys()
    assert not any(torch.equal(blank[key], trained[key]) for key in blank if "weight" in key)
    torch.manual_seed(3)
    arguments = card(folder)["hyperparameters"]
    fresh = plugin.load("zoo/models", "gan").build((1, 8, 8), **arguments).state_dict()
    assert all(torch.equal(blank[key], fresh[key]) for key in blank)


def test_quick_mode_skips_later_seeds_and_shortens(root: Path) -> None:
    quick = params() | {"quick": True}
    assert card(execute(root, quick))["rounds"] == 30
    skipped = execute(root, quick, seed=1)
    assert card(skipped)["status"] == "skipped"
    with pytest.raises(DataError, match="skipped"):
        run.load(skipped)
    other = card(execute(root, quick, "gaussian"))
    assert (other["status"], other["note"]) == ("skipped", "quick mode trains quick_variants only")


def test_divergence_is_recorded_not_raised(root: Path) -> None:
    folder = execute(root, params(lr=1e30))
    about = card(folder)
    assert about["status"] == "diverged"
    assert "diverged at round" in about["note"]
    assert not (folder / "samples.safetensors").exists()
    losses = (folder / "losses.csv").read_text()
    assert "nan" in losses or "inf" in losses
    with pytest.raises(DataError, match="diverged"):
        run.load(folder)


KILLED = """
import sys, time, torch
torch.set_num_threads(1)
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.core.test_run import params
from gbench.zoo.shared import run
run.execute(params(rounds=200), "digits", "gan", 0, device=torch.device("cpu"),
            root=Path({folder!r}), began=time.perf_counter())
"""


def test_killed_and_resumed_ends_with_the_same_numbers(root: Path) -> None:
    whole = execute(root, params(rounds=200))
    expected = {
        f: (whole / f).read_bytes()
        for f in ("losses.csv", "samples.safetensors", "along.safetensors")
    }
    for file in whole.iterdir():
        file.unlink()
    whole.rmdir()
    checkpoints = root / "work" / "checkpoints"
    script = KILLED.format(root=str(ROOT), folder=str(root))
    environment = os.environ | {"GBENCH_CHECKPOINT_SECONDS": "0", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", script], env=environment)
    deadline = time.monotonic() + 120
    while not list(checkpoints.glob("*.pt")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (whole / "run.json").exists(), "it was killed too late to prove anything"
    saved = torch.load(next(checkpoints.glob("*.pt")), weights_only=True)
    assert 0 < saved["round"] < 200
    resumed = execute(root, params(rounds=200))
    assert expected == {f: (resumed / f).read_bytes() for f in expected}
    assert not list(checkpoints.glob("*.pt"))


def test_a_torn_checkpoint_is_ignored(root: Path, tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "a.pt")
    assert checkpoint.load(CPU) is None
    checkpoint.path.write_bytes(b"torn")
    assert checkpoint.load(CPU) is None


def test_a_fingerprint_sees_numbers_and_files(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("one")
    first = fingerprint({"lr": 1}, files=[file])
    assert first == fingerprint({"lr": 1}, files=[file])
    assert first != fingerprint({"lr": 2}, files=[file])
    file.write_text("two")
    assert first != fingerprint({"lr": 1}, files=[file])


def test_files_are_whole_or_absent(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    write_json(target, {"a": 1})
    with pytest.raises(RuntimeError), replacing(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert json.loads(target.read_text()) == {"a": 1}
    with pytest.raises(ValueError, match="JSON"):
        write_json(target, {"a": float("nan")})
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
