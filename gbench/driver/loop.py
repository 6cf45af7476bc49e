"""The driver's loop: start what may start, record what has ended, until nothing is left."""

import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Protocol

from gbench.core.files import UserError
from gbench.driver.command import Command
from gbench.driver.interruption import Interruption
from gbench.driver.jobs import Job, Launcher
from gbench.driver.plan import Plan
from gbench.driver.room import Room
from gbench.driver.view import Times, View

LOCK_SECONDS = 300.0  # between two writings of dvc.lock, each of which costs seconds


class Books(Protocol):
    """The calls that the loop needs of DVC; see `gbench.driver.books.Books`."""

    upstream: dict[str, set[str]]

    def wanted(self, targets: Iterable[str] = ()) -> list[str]: ...
    def changed(self, name: str) -> bool: ...
    def key(self, name: str) -> str: ...
    def resume(self, name: str) -> None: ...
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
        room: how many stages run at a time, and on which GPU.
        root: of the repository; a log file per stage goes to logs/, and how long each took to
            work/seconds.json.
        keep_going: after a failure, go on with what does not depend on it.
    """

    def __init__(
        self, books: Books, launcher: Launcher, room: Room, root: Path, keep_going: bool = False
    ):
        self.books, self.launcher, self.room, self.logs = books, launcher, room, root / "logs"
        self.keep_going = keep_going
        self.running: dict[str, tuple[Job, float]] = {}  # with the time when it began
        self.failures: list[Failure] = []
        self.counts = {"ran": 0, "from the cache": 0, "unchanged": 0}
        self.times = Times(root / "work" / "seconds.json")
        self.written = time.monotonic()

    def run(self, stale: dict[str, bool]) -> None:
        """
        Args:
            stale: the stages that may have changed: True if the stage itself has, False if only one
                that it depends on has.

        Raises:
            UserError: stages failed; what was running is finished first, and nothing is lost.
        """
        self.room.check([*stale])
        plan, view = Plan(self.books.upstream, stale), View(len(stale))
        self.logs.mkdir(parents=True, exist_ok=True)
        with Interruption() as interruption:
            try:
                self._until_done(plan, view, stale, interruption)
            finally:
                self._stop()
                view.close()  # last, as it fails where nobody reads what is printed
        if self.failures:
            lines = [f"{failure.stage} failed: {failure.reason}" for failure in self.failures]
            if plan.left_out:
                lines.append(f"{len(plan.left_out)} stages were not run because of that")
            raise UserError("\n".join(lines))

    def _until_done(
        self, plan: Plan, view: View, stale: dict[str, bool], interruption: Interruption
    ) -> None:
        moved = True
        while plan.waiting or self.running:
            moved = self._collect(plan) or moved
            while moved and (name := plan.next(self.room.fits)):  # else nothing new can start
                self._begin(name, plan, changed=stale[name])
                interruption.check()
            interruption.check()
            self._show(view, plan)
            if self.running and not moved:
                time.sleep(0.02)
            moved = False
            if time.monotonic() - self.written > LOCK_SECONDS:
                self._write()

    def _stop(self) -> None:
        """Ends what runs, lets go of all locks, and writes the books."""
        with ExitStack() as last:
            last.callback(self._write)
            last.callback(self.launcher.close)
            for name, (job, _) in self.running.items():
                last.callback(self.books.failed, name)
                last.callback(self.launcher.forget, name)
                last.callback(job.cancel)

    def _begin(self, name: str, plan: Plan, changed: bool) -> None:
        """Starts a stage, unless it is up to date or its result is in the cache.

        Args:
            changed: whether the stage itself has, not only one that it depends on.
        """
        try:
            if not (changed or self.books.changed(name)):
                self.counts["unchanged"] += 1
                plan.finish(name, True)
            elif job := self._job(name):
                self.running[name] = job, time.monotonic()
            else:
                self.counts["from the cache"] += 1
                plan.finish(name, True)
        except UserError as error:
            self._fail(plan, name, str(error))

    def _job(self, name: str) -> Job | None:
        """The stage's job, new or found again; None if the run cache had its result."""
        key, log = self.books.key(name), self._log(name)
        if job := self.launcher.find(name, key, log):
            self.books.resume(name)
            self.room.take(name)
            return job
        command = self.books.begin(name)
        if command is None:
            return None
        environment = {**command.environment, **self.room.take(name)}
        command = command._replace(environment=environment, gpu_gb=self.room.need(name))
        try:
            return self.launcher.submit(name, key, command, log)
        except UserError:
            self.room.give(name)
            self.books.failed(name)
            raise

    def _collect(self, plan: Plan) -> bool:
        ended = {
            name: status
            for name, (job, _) in self.running.items()
            if (status := job.poll()) is not None
        }
        for name, status in ended.items():
            began = self.running.pop(name)[1]
            self.room.give(name)
            self.launcher.forget(name)
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
                self.times.note(name, time.monotonic() - began)
                plan.finish(name, True)
            else:
                self._fail(plan, name, "its inputs were changed while it ran; run it again")
        return bool(ended)

    def _fail(self, plan: Plan, name: str, reason: str) -> None:
        self.failures.append(Failure(name, reason))
        plan.finish(name, False)
        if not self.keep_going:
            plan.stop()

    def _show(self, view: View, plan: Plan) -> None:
        if not view.due():  # what is left takes milliseconds to guess
            return
        now = time.monotonic()
        running = {name: now - began for name, (_, began) in self.running.items()}
        counts = self.counts | {"failed": len(self.failures), "left out": len(plan.left_out)}
        view.show(counts, self.times.left(plan.waiting, running, self.room.jobs), running)

    def _write(self) -> None:
        self.books.write()
        self.times.save()
        self.written = time.monotonic()

    def _log(self, name: str) -> Path:
        return self.logs / f"{name.replace('/', '_')}.log"


def tail(log: Path, lines: int = 40) -> str:
    """The end of a log, without progress bars."""
    text = log.read_text(errors="replace") if log.exists() else ""
    kept = [line for line in text.splitlines() if line.strip() and "%|" not in line]
    return "\n".join(f"  {line}" for line in [*kept[-lines:], f"({log})"])
