"""`gbench doctor`: finds what an accident has left behind, and mends what can be mended safely.

Nothing that it removes unasked is a result: torn lock files (DVC restores results from its run
cache), lock entries of processes that are gone, and half-written folders.
"""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gbench.core.files import UserError
from gbench.driver.alone import alone
from gbench.driver.mend import mend, release

OUTPUTS = ("checked", "data", "judges", "runs", "classifiers", "results")
ROOM = 2 * 2**30  # bytes: about what a default run and its cache take
INIT = ("init", "systemd", "tini", "dumb-init", "docker-init")
TEMPORARY = re.compile(r"\.(.+)-[a-z0-9_]{8}")  # of gbench.core.files.replacing


class Finding(NamedTuple):
    """
    Attributes:
        problem: what is wrong.
        cure: what was done, or what to do.
        mended: whether nothing is left to do.
    """

    problem: str
    cure: str
    mended: bool


def examine(root: Path, clean: bool = False) -> Iterator[Finding]:
    """Looks at everything, cheap first; mends as it goes.

    Args:
        clean: also remove results that params.yaml no longer switches on.
    """
    for line in [*mend(root), *release(root)]:
        problem, cure = line.split(": ", 1)
        yield Finding(problem, cure, True)
    yield from orphans(root)
    yield from half_written(root)
    yield from disk(root)
    yield from unignored(root)
    yield from stale_results(root, clean)
    yield from missing_data(root)


def orphans(root: Path, patience: float = 10.0) -> Iterator[Finding]:
    """Stages that run although neither DVC nor a driver waits for them."""
    for lock in sorted((root / "work" / "locks").glob("*")):
        with lock.open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                continue
            except OSError:
                pid = int(file.read().strip() or 0)
        if not pid or not adopted(pid):
            continue
        for kind in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(pid, kind)
            deadline = time.monotonic() + patience
            while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
        yield Finding(f"stage {lock.name} ran on without its driver (process {pid})", "ended", True)


def adopted(pid: int) -> bool:
    """Whether the process has outlived its parent, so that the system's first has taken it over."""
    try:
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        return parent == 1 or Path(f"/proc/{parent}/comm").read_text().strip() in INIT
    except OSError:
        return False


def half_written(root: Path) -> Iterator[Finding]:
    """Temporary folders of writers that were killed."""
    for name in OUTPUTS:
        for path in sorted((root / name).rglob(".*-*")):
            if TEMPORARY.fullmatch(path.name) and path.is_dir():
                shutil.rmtree(path)
                yield Finding(f"{path.relative_to(root)} is half written", "removed", True)


def disk(root: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(root).free
    if free < ROOM:
        yield Finding(
            f"{free / 2**30:.1f} GiB of disk are free, a default run takes {ROOM / 2**30:.0f}",
            "free some; `dvc gc --workspace` drops what DVC's cache holds of older runs",
            False,
        )


def unignored(root: Path) -> Iterator[Finding]:
    """Outputs that git would commit, after which `dvc exp run` refuses to work."""
    for name in OUTPUTS:
        if not (root / name).exists() or not (root / ".git").exists():
            continue
        answer = subprocess.run(["git", "check-ignore", "-q", name], cwd=root, check=False)
        if answer.returncode == 1:
            with (root / ".gitignore").open("a") as file:
                file.write(f"/{name}/\n")
            yield Finding(f"git does not ignore {name}/", "added to .gitignore", True)


def stale_results(root: Path, clean: bool) -> Iterator[Finding]:
    """Files of variants, seeds or data sets that params.yaml no longer switches on."""
    from gbench.driver.books import Books

    try:
        outputs = Books(root).outputs() | {root / "results" / "outside"}  # of `gbench evaluate`
    except UserError as error:
        yield Finding("the pipeline cannot be read", str(error), False)
        return
    wanted = outputs.union(*(out.parents for out in outputs))
    told: set[Path] = set()
    for name in OUTPUTS:
        for path in sorted((root / name).rglob("*")):
            if path in wanted or (outputs | told) & set(path.parents):
                continue
            told.add(path)
            problem = f"{path.relative_to(root)} is of nothing that params.yaml switches on"
            if not clean:
                yield Finding(problem, "`gbench doctor --clean` removes it", False)
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
            yield Finding(problem, "removed", True)


def missing_data(root: Path) -> Iterator[Finding]:
    """Data sets that are switched on and cannot be found."""
    from gbench.core import plugin
    from gbench.core.entry import implementation
    from gbench.params import read
    from gbench.zoo import data

    params = read(root / "params.yaml")
    for name in params["data"]:
        if implementation(params["datasets"].get(name), name) not in plugin.names("zoo/data"):
            continue
        module = data.module(params, name)
        if hasattr(module, "check"):
            try:
                module.check(**data.arguments(params, name))
            except (UserError, TypeError) as error:
                yield Finding(str(error), "see params.yaml", False)


def doctor(root: Path, clean: bool = False) -> bool:
    """Prints what was found; whether nothing is left to do.

    Raises:
        UserError: a driver is at work here, or params.yaml cannot be read.
    """
    with alone(root):
        findings = list(examine(root, clean))
    for finding in findings:
        print(f"{'mended' if finding.mended else 'TO DO '}  {finding.problem}: {finding.cure}")
    if not findings:
        print("Nothing is wrong.")
    return all(finding.mended for finding in findings)
