"""The example of a track, copied as docs/adding.md says: it runs, and changes nothing elsewhere."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.driver.test_pipeline import ROOT, call

PLACES = ("gbench/tracks/mine/", "tracks/mine/", "tests/tracks/mine/")


def git(folder: Path, *command: str) -> str:
    own = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"]
    return subprocess.run(
        [*own, *command], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clean checkout of this repository as it stands here."""
    for name in git(ROOT, "ls-files", "-co", "--exclude-standard").splitlines():
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    return tmp_path


def test_it_is_in_no_list() -> None:
    told = subprocess.run(["make", "-n", "all"], cwd=ROOT, capture_output=True, text=True).stdout
    assert "run tracks/collapse" in told
    assert "_example" not in told


def test_it_is_small() -> None:
    def lines(folder: Path) -> int:
        files = (path for path in folder.rglob("*") if path.suffix in (".py", ".yaml"))
        return sum(len(file.read_text().splitlines()) for file in files)

    assert lines(ROOT / "gbench/tracks/_example") <= 150
    assert lines(ROOT / "tracks/_example") <= 60


def test_copied_it_runs_to_its_page_and_changes_nothing_elsewhere(checkout: Path) -> None:
    text = (ROOT / "docs" / "adding.md").read_text()
    (commands,) = re.findall(r"^cp -r tracks/_example.*?(?=^make mine)", text, re.S | re.M)
    subprocess.run(["sh", "-ec", commands], cwd=checkout, check=True)
    answer = call(checkout, "gbench", "run", "tracks/mine")
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-2000:]
    page = checkout / "reports" / "mine" / "index.html"
    assert str(page) in answer.stdout
    assert "gaussian" in page.read_text()
    changed = git(checkout, "status", "--porcelain", "-uall").splitlines()
    assert {line[:2] for line in changed} == {"??"}
    assert [line for line in changed if not line[3:].startswith(PLACES)] == []
    assert f"{PLACES[1]}dvc.lock" in {line[3:] for line in changed}
