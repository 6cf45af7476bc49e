"""The whole pipeline in miniature, through real DVC in a temporary repository."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gbench.driver.books import Books
from gbench.driver.command import own_python_first
from tests.interruptions import interrupt, numbers

ROOT = Path(__file__).parents[2]
INTERRUPTIONS = 10
TINY = {"latent": 4, "width": 4, "batch": 16}


def tiny(params: dict[str, Any]) -> None:
    """One data set, two models, two seeds, and budgets of seconds."""
    params |= {"data": ["digits"], "variants": ["gaussian", "gan"], "seeds": [0, 1]}
    params["models"]["gan"] = {**TINY, "rounds": 30}
    params["few_labels"] |= {"labels": [20], "draws": [0]}
    params["few_labels"]["values"]["sgan"] = {**TINY, "rounds": 30}
    params["likelihood"] |= {"examples": 2, "simulated": 2, "chains": 2, "temperatures": 5}
    params["judge"] |= {"steps": 300}
    params["usefulness"] |= {"steps": 20, "labels": [20], "draws": 1}
    params["classifier"] |= {"rounds": 150}
    params["sensitivity"] |= {"draws": 2, "n": 50}
    params["attacks"] = {"fgsm": {}, "pgd_linf": {"steps": 5}, "pgd_l2": {"steps": 5}}
    params["attacks"]["transfer"] = {"steps": 5}
    params["defences"]["defense_gan"] |= {"generator": "gan", "steps": 2, "restarts": 1}
    params["attack"] |= {"images": 20, "decision_images": 5}
    params["attack"] |= {"oblivious": ["fgsm"], "adaptive": {"bpda": {"pgd_linf": {"steps": 2}}}}
    params["attack"] |= {"adaptive_images": {"bpda": 10}, "quick": {}}


def longer(params: dict[str, Any]) -> None:
    params["models"]["gan"]["rounds"] += 10


def edit(root: Path, change: Any) -> None:
    yaml = YAML()
    params = yaml.load(root / "params.yaml")
    change(params)
    yaml.dump(params, root / "params.yaml")


def call(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    own = own_python_first(os.environ) | {"PYTHONPATH": str(root)}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=root, env=own, capture_output=True, text=True
    )


def stale(root: Path) -> set[str]:
    """The stages of the root's pipeline that DVC's own status calls changed."""
    answer = call(root, "dvc", "status", "--json")
    assert answer.returncode == 0, answer.stderr
    return {name for name in json.loads(answer.stdout or "{}") if ":" not in name}


def clone(folder: Path, tracks: bool = False) -> Path:
    """A miniature of this repository, as it stands here, in a new folder.

    Args:
        tracks: with their pipelines, whose thousands of stages DVC looks at whenever it is asked.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        of_track = name.startswith("tracks/") and name.endswith("dvc.yaml")
        left_out = name == "dvc.lock" or name.startswith("reports/") or (of_track and not tracks)
        if (ROOT / name).is_file() and not left_out:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    edit(folder, tiny)
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = clone(tmp_path_factory.mktemp("clone"))
    draw, done = random.Random(0), 0
    while done < INTERRUPTIONS:
        if interrupt(folder, draw, longest=4.0):
            done += 1
        else:  # it was faster: there must be something to do for the next
            edit(folder, longer)
    answer = call(folder, "gbench", "run", "--jobs", "2")
    assert answer.returncode == 0, answer.stderr[-3000:]
    assert "The report:" in answer.stdout
    return folder


def test_everything_is_there_and_up_to_date(root: Path) -> None:
    assert (root / "reports" / "index.html").stat().st_size > 10_000
    for variant in ("gaussian", "gan"):
        for seed in (0, 1):
            scores = root / "results" / "scores" / "digits" / variant / f"{seed}.json"
            assert json.loads(scores.read_text())["status"] == "ok"
    attack = json.loads((root / "results/attacks/digits/defense_gan/attack.json").read_text())
    assert attack["status"] == "ok"
    assert stale(root) == set()
    again = call(root, "gbench", "run")
    assert again.returncode == 0
    assert "Nothing changed" in again.stdout


def test_a_pipeline_interrupted_ten_times_ends_with_the_numbers_of_an_unbroken_run(
    root: Path, tmp_path: Path
) -> None:
    unbroken = clone(tmp_path)
    shutil.copy(root / "params.yaml", unbroken)
    answer = call(unbroken, "gbench", "run", "--jobs", "2")
    assert answer.returncode == 0, answer.stderr[-3000:]
    expected, found = numbers(unbroken), numbers(root)
    assert len(expected) > 25
    assert [file for file in expected | found if expected.get(file) != found.get(file)] == []


def test_plain_dvc_agrees(root: Path) -> None:
    answer = call(root, "dvc", "repro", "--dry")
    assert "Running stage" not in answer.stdout
    shown = call(root, "dvc", "metrics", "show", "reports/metrics.json", "--json")
    assert "digits" in shown.stdout
    assert call(root, "dvc", "plots", "show", "--out", "work/plots").returncode == 0


def test_one_models_numbers_rerun_that_model_only(root: Path) -> None:
    before = (root / "params.yaml").read_bytes()
    edit(root, longer)
    trained = {name for name in stale(root) if name.startswith("train@")}
    assert trained == {"train@digits-gan-0", "train@digits-gan-1"}
    (root / "params.yaml").write_bytes(before)
    file = root / "gbench" / "zoo" / "models" / "gaussian.py"
    source = file.read_text()
    file.write_text(source + "\n# touched\n")
    assert {name for name in stale(root) if "train" in name} == {
        "train@digits-gaussian-0",
        "train@digits-gaussian-1",
    }
    file.write_text(source)
    assert stale(root) == set()


def test_a_new_seed_runs_only_that_seed(root: Path) -> None:
    before = (root / "params.yaml").read_bytes()
    edit(root, lambda params: params.update(seeds=[0, 1, 7]))
    changed = stale(root)
    assert {name for name in changed if not name.endswith("-7")} <= {"check", "report"}
    assert {"train@digits-gan-7", "train@digits-gaussian-7"} <= changed
    (root / "params.yaml").write_bytes(before)


def test_mistakes_stop_before_any_stage(root: Path) -> None:
    before = (root / "params.yaml").read_bytes()
    edit(root, lambda params: params["models"]["gan"].update(widht=3))
    edit(root, lambda params: params["variants"].append("gam"))
    answer = call(root, "gbench", "run")
    assert answer.returncode == 1
    assert "models.gan.widht: unknown (did you mean width?)" in answer.stderr
    assert "variants: 'gam' is not defined under models" in answer.stderr
    assert "Traceback" not in answer.stderr
    (root / "params.yaml").write_bytes(before)


def test_a_torn_lock_is_mended(root: Path) -> None:
    lock = root / "dvc.lock"
    whole = lock.read_bytes()
    lock.write_bytes(whole[: len(whole) // 2] + b"\n - {")
    answer = call(root, "gbench", "run")
    assert "dvc.lock was torn" in answer.stdout
    assert answer.returncode == 0, answer.stderr
    assert "1 ran, 35 from the cache" in answer.stdout, answer.stdout + answer.stderr
    assert YAML(typ="safe").load(lock).keys() == YAML(typ="safe").load(whole).keys()
    assert stale(root) == set()


def test_the_books_are_dvcs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DVC, asked to write all of its books anew, writes what the driver has written."""
    lock = root / "dvc.lock"
    before = YAML(typ="safe").load(lock)
    answer = call(root, "dvc", "commit", "--force", "dvc.yaml")
    assert answer.returncode == 0, answer.stderr
    assert YAML(typ="safe").load(lock) == before
    monkeypatch.chdir(root)
    found = Books(root).upstream
    assert found["evaluate@digits-gan-1"] >= {"train@digits-gan-1", "judge@digits"}
    assert "train@digits-gan-0" not in found["evaluate@digits-gan-1"]
    assert found["ready"] == {"prepare@digits"}
    assert found["report"] >= {"evaluate@digits-gan-1", "attack@digits-mlp", "controls@digits-0"}
