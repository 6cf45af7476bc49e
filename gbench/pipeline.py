"""`gbench repro`: runs the pipeline with independent stages side by side, through DVC's own CLI.

DVC runs stages one after another.  Its documented way to run several is several processes, which
works if each takes a single stage whose dependencies are up to date, and waits for DVC's locks:
`dvc --wait-for-lock repro --single-item STAGE`.  This module asks DVC for its graph, hands out the
stages whose dependencies are done, and leaves all bookkeeping to DVC.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from ruamel.yaml import YAML, YAMLError
from tqdm import tqdm

from gbench.core.files import UserError
from gbench.core.stage import die_with_parent

DVC = [sys.executable, "-m", "dvc"]
EDGE = re.compile(r'^"?([^"]+?)"? -> "?([^"]+?)"?;?$')


def repair(root: Path) -> list[str]:
    """Mends what a kill in the middle of DVC's own writing leaves: torn lock files.

    DVC writes dvc.lock and its read-write lock in place, and cannot start with half of either.
    Losing dvc.lock loses nothing: DVC restores each stage's result from its run cache.

    Returns what was done, a line each.
    """
    done = []
    lock = root / "dvc.lock"
    if lock.exists() and not whole_lock(lock):
        lock.rename(lock.with_suffix(".lock.broken"))
        done.append("dvc.lock was torn: set aside as dvc.lock.broken; results come from the cache")
    rwlock = root / ".dvc" / "tmp" / "rwlock"
    if rwlock.exists() and not whole_json(rwlock):
        rwlock.unlink()
        done.append("DVC's rwlock was torn: removed")
    return done


def whole_lock(path: Path) -> bool:
    """Whether a dvc.lock parses and describes its last stage fully."""
    text = path.read_bytes()
    try:
        content = YAML(typ="safe").load(text.decode())
    except (YAMLError, UnicodeDecodeError):
        return False
    stages = content.get("stages") if isinstance(content, dict) else None
    return (
        isinstance(stages, dict)
        and text.endswith(b"\n")
        and all(isinstance(stage, dict) and "cmd" in stage for stage in stages.values())
    )


def whole_json(path: Path) -> bool:
    try:
        json.loads(path.read_text())
    except ValueError:
        return False
    return True


def environment() -> dict[str, str]:
    """This process's, in which `python` is the Python that runs here, activated or not."""
    own = str(Path(sys.executable).parent)
    return os.environ | {"PATH": f"{own}{os.pathsep}{os.environ.get('PATH', '')}"}


def dvc(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DVC, *arguments], capture_output=True, text=True)


def graph() -> dict[str, set[str]]:
    """Each stage of dvc.yaml with the stages that it depends on.

    Raises:
        UserError: DVC cannot read the pipeline; the text is DVC's.
    """
    answer = dvc("dag", "--dot")
    if answer.returncode:
        raise UserError(f"dvc cannot read the pipeline:\n{answer.stderr.strip()}")
    upstream: dict[str, set[str]] = {}
    for line in answer.stdout.splitlines():
        if edge := EDGE.match(line.strip()):
            before, after = edge.groups()
            upstream.setdefault(before, set())
            upstream.setdefault(after, set()).add(before)
    return upstream


def weights(upstream: dict[str, set[str]]) -> dict[str, int]:
    """How many stages wait for each stage, directly or not: the more, the earlier it should run."""
    downstream: dict[str, set[str]] = {stage: set() for stage in upstream}
    for stage, before in upstream.items():
        for one in before:
            downstream[one].add(stage)

    reached: dict[str, set[str]] = {}

    def below(stage: str) -> set[str]:
        if stage not in reached:
            after = downstream[stage]
            reached[stage] = after.union(*(below(one) for one in after))
        return reached[stage]

    return {stage: len(below(stage)) for stage in upstream}


def changed() -> set[str] | None:
    """The stages that `dvc status` calls changed; None if DVC cannot say."""
    answer = dvc("status", "--json")
    try:
        return set(json.loads(answer.stdout or "{}")) if answer.returncode == 0 else None
    except ValueError:
        return None


def affected(stages: set[str], upstream: dict[str, set[str]]) -> set[str]:
    """The stages themselves and all that depend on them, directly or not."""
    found = stages & set(upstream)
    while grown := {one for one, before in upstream.items() if before & found} - found:
        found |= grown
    return found


class Batch:
    """A few stages in one DVC process, each on its own; their output goes to a log file.

    The process leads a group of its own, so that an interruption reaches the stage as well: DVC
    itself ignores Ctrl-C while a stage runs, and trusts the terminal to pass it on.
    """

    def __init__(self, stages: list[str], logs: Path):
        self.stages = stages
        self.log = logs / f"{stages[0].replace('/', '_')}.log"
        command = [*DVC, "--wait-for-lock", "repro", "--single-item", *stages]
        with self.log.open("w") as file:
            self.process = subprocess.Popen(
                command,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment(),
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def ended(self) -> bool:
        return self.process.poll() is not None

    def interrupt(self) -> None:
        """As by Ctrl-C, then, if it does not end, by force."""
        for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, kind)
            try:
                self.process.wait(timeout=10)
                return
            except subprocess.TimeoutExpired:
                continue


def run(jobs: int, logs: Path, stale: set[str] | None = None) -> None:
    """Brings every stage up to date, `jobs` at a time.

    Args:
        jobs: stages at a time.
        logs: folder of the log files.
        stale: the changed stages; only they, and what depends on them, are handed to DVC, which
            leaves out those whose inputs come out the same.  All stages if not known.

    Raises:
        UserError: a stage failed; what was running is finished first, and nothing is lost.
    """
    upstream = graph()
    rank = weights(upstream)
    wanted = set(upstream) if stale is None else affected(stale, upstream)
    waiting = sorted(wanted, key=lambda stage: -rank[stage])
    logs.mkdir(parents=True, exist_ok=True)
    done = set(upstream) - wanted
    running: list[Batch] = []
    failed: list[Batch] = []
    with tqdm(total=len(wanted), unit="stage", desc="pipeline", mininterval=1.0) as bar:
        try:
            while waiting or running:
                ready = [stage for stage in waiting if upstream[stage] <= done]
                while ready and len(running) < jobs and not failed:
                    size = min(6, max(1, len(ready) // (2 * jobs)))
                    chosen, ready = ready[:size], ready[size:]
                    waiting = [stage for stage in waiting if stage not in chosen]
                    running.append(Batch(chosen, logs))
                    bar.set_postfix_str(" ".join(batch.stages[0] for batch in running))
                if not running:
                    break
                time.sleep(0.05)
                for batch in [batch for batch in running if batch.ended()]:
                    running.remove(batch)
                    if batch.process.returncode:
                        failed.append(batch)
                    else:
                        done.update(batch.stages)
                        bar.update(len(batch.stages))
        finally:
            for batch in running:
                batch.interrupt()
    if failed:
        parts = [f"{' '.join(batch.stages)} ({batch.log}):\n{tail(batch.log)}" for batch in failed]
        raise UserError("failed:\n" + "\n".join(parts))


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log, without progress bars."""
    text = log.read_text(errors="replace")
    kept = [line for line in text.splitlines() if line.strip() and "%|" not in line]
    return "\n".join(f"  {line}" for line in kept[-lines:])


def repro(jobs: int | None = None) -> None:
    """Checks the parameters, mends torn locks, and runs what is not up to date.

    Args:
        jobs: stages at a time; by default as many as there are cores.

    Raises:
        UserError: params.yaml has mistakes, or a stage failed.
    """
    began = time.monotonic()
    for line in repair(Path()):
        print(line)
    report = Path("reports/index.html")
    stale = changed()
    if stale == set():
        print(f"Nothing changed: every stage is up to date.  The report: {report.resolve()}")
        return
    from gbench.check import check
    from gbench.params import read

    check(read())
    run(jobs or os.cpu_count() or 1, Path("logs"), stale)
    minutes = (time.monotonic() - began) / 60
    print(f"Done in {minutes:.1f} minutes.  The report: {report.resolve()}")
