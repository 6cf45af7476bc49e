"""The driver's loop: start what may start, record what has ended, until nothing is left."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple, Protocol

from tqdm import tqdm

from gbench.core.files import UserError
from gbench.driver.alone import alone
from gbench.driver.command import Command
from gbench.driver.launch import Job, Launcher, default
from gbench.driver.mend import mend
from gbench.driver.plan import Plan

LOCK_SECONDS = 300.0  # between two writings of dvc.lock, each of which costs seconds
REPORT = Path("reports/index.html")


class Books(Protocol):
    """What the loop needs of DVC; see `gbench.driver.books.Books`."""

    upstream: dict[str, set[str]]

    def wanted(self, targets: Iterable[str] = ()) -> list[str]: ...
    def changed(self, name: str) -> bool: ...
    def begin(self, name: str) -> Command | None: ...
    def succeeded(self, name: str) -> bool: ...
    def failed(self, name: str) -> None: ...
    def write(self) -> None: ...


class Failure(NamedTuple):
    stage: str
    reason: str


class Driver:
    """Brings stale stages up to date, several at a time.

    Args:
        books: DVC's.
        launcher: of the stages' commands.
        jobs: stages at a time.
        logs: folder of the log files, one a stage.
        keep_going: after a failure, go on with what does not depend on it.
    """

    def __init__(
        self, books: Books, launcher: Launcher, jobs: int, logs: Path, keep_going: bool = False
    ):
        self.books, self.launcher, self.jobs, self.logs = books, launcher, jobs, logs
        self.keep_going = keep_going
        self.running: dict[str, Job] = {}
        self.failures: list[Failure] = []
        self.counts = {"ran": 0, "from the cache": 0, "unchanged": 0}
        self.written = time.monotonic()

    def run(self, stale: dict[str, bool]) -> None:
        """
        Args:
            stale: the stages that may have changed: True if the stage itself has, False if only one
                that it depends on has.

        Raises:
            UserError: stages failed; what was running is finished first, and nothing is lost.
        """
        plan = Plan(self.books.upstream, stale)
        self.logs.mkdir(parents=True, exist_ok=True)
        with tqdm(total=len(stale), unit="stage", desc="pipeline", mininterval=0.5) as bar:
            try:
                while plan.waiting or self.running:
                    self._start(plan, stale)
                    moved = self._collect(plan)
                    bar.n = len(plan.done) + len(plan.failed) + len(plan.left_out)
                    bar.set_postfix_str(", ".join(self.running))
                    if not moved and self.running:
                        time.sleep(0.02)
                    if time.monotonic() - self.written > LOCK_SECONDS:
                        self._write()
            finally:
                for name, job in self.running.items():
                    job.cancel()
                    self.books.failed(name)
                self._write()
                self.launcher.close()
        if self.failures:
            lines = [f"{failure.stage} failed: {failure.reason}" for failure in self.failures]
            if plan.left_out:
                lines.append(f"{len(plan.left_out)} stages were not run because of that")
            raise UserError("\n".join(lines))

    def _start(self, plan: Plan, stale: dict[str, bool]) -> None:
        while len(self.running) < self.jobs and (name := plan.next()):
            try:
                if not (stale[name] or self.books.changed(name)):
                    self.counts["unchanged"] += 1
                    plan.finish(name, True)
                elif command := self.books.begin(name):
                    self.running[name] = self.launcher.submit(command, self._log(name))
                else:
                    self.counts["from the cache"] += 1
                    plan.finish(name, True)
            except UserError as error:
                self._fail(plan, name, str(error))

    def _collect(self, plan: Plan) -> bool:
        ended = {
            name: status for name, job in self.running.items() if (status := job.poll()) is not None
        }
        for name, status in ended.items():
            del self.running[name]
            if status:
                self.books.failed(name)
                self._fail(plan, name, f"exit status {status}\n{tail(self._log(name))}")
                continue
            try:
                recorded = self.books.succeeded(name)
            except UserError as error:
                self._fail(plan, name, str(error))
                continue
            if recorded:
                self.counts["ran"] += 1
                plan.finish(name, True)
            else:
                self._fail(plan, name, "its inputs were changed while it ran; run it again")
        return bool(ended)

    def _fail(self, plan: Plan, name: str, reason: str) -> None:
        self.failures.append(Failure(name, reason))
        plan.finish(name, False)
        if not self.keep_going:
            plan.stop()

    def _write(self) -> None:
        self.books.write()
        self.written = time.monotonic()

    def _log(self, name: str) -> Path:
        return self.logs / f"{name.replace('/', '_')}.log"


def tail(log: Path, lines: int = 40) -> str:
    """The end of a log, without progress bars."""
    text = log.read_text(errors="replace") if log.exists() else ""
    kept = [line for line in text.splitlines() if line.strip() and "%|" not in line]
    return "\n".join(f"  {line}" for line in [*kept[-lines:], f"({log})"])


def stale(books: Books, targets: Iterable[str]) -> dict[str, bool]:
    """Stages that have changed (True), and those that depend on one that has (False)."""
    found: dict[str, bool] = {}
    for name in books.wanted(targets):
        if books.upstream[name] & found.keys():
            found[name] = False
        elif books.changed(name):
            found[name] = True
    return found


def open_books(root: Path) -> Books:
    """The fast books if DVC is the known one, else those through its command line."""
    try:
        from gbench.driver.books import Books as Fast
    except ImportError as error:
        from gbench.driver.public import Books as Public

        print(f"This DVC is not one that gbench knows ({error}): its command line is used, slower")
        return Public(root)
    try:
        return Fast(root)
    except UserError:
        mended = mend(root)
        if not mended:
            from gbench.check import check
            from gbench.params import read

            check(read())  # what DVC cannot read may be a mistake that it names less well
            raise
        print("\n".join(mended))
        return Fast(root)


@contextmanager
def terminable() -> Iterator[None]:
    """A SIGTERM ends the run in order, as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run(targets: Iterable[str] = (), jobs: int | None = None, keep_going: bool = False) -> None:
    """Mends torn locks, and runs what is not up to date.

    Args:
        targets: stages, or matrices of them; by default the whole pipeline.
        jobs: stages at a time; by default as many as there are cores.
        keep_going: after a failure, go on with what does not depend on it.

    Raises:
        UserError: another run is at work, DVC cannot read the pipeline, or a stage failed; the
            first stage fails with every mistake in params.yaml.
    """
    began = time.monotonic()
    root = Path.cwd()
    with alone(root), terminable():
        books = open_books(root)
        found = stale(books, targets)
        if not found:
            print(f"Nothing changed: every stage is up to date.  The report: {root / REPORT}")
            return
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        driver = Driver(books, default(), jobs or cores or 1, root / "logs", keep_going)
        driver.run(found)
    minutes = (time.monotonic() - began) / 60
    counts = ", ".join(f"{number} {what}" for what, number in driver.counts.items())
    print(f"Done in {minutes:.1f} minutes: stages {counts}.  The report: {root / REPORT}")
