"""A stage's command under way, and the three calls of whatever starts one."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from gbench.core.stage import die_with_parent
from gbench.driver.command import Command

PATIENCE = 10.0  # seconds that a stage gets to end by itself, when cancelled


class Job(Protocol):
    """A command under way."""

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""

    def cancel(self) -> None:
        """Ends it, and returns when it has ended."""


class Launcher:
    """Starts commands, and, where jobs outlive the driver, finds them again."""

    def submit(self, name: str, key: str, command: Command, log: Path) -> Job:
        """Starts a stage's command.

        Args:
            name: the stage's.
            key: of its inputs.
            log: takes what it prints.
        """
        raise NotImplementedError

    def find(self, name: str, key: str, log: Path) -> Job | None:
        """The job that an earlier driver has started for the stage, on inputs with the same key."""
        return None

    def forget(self, name: str) -> None:
        """The stage's job has ended."""

    def close(self) -> None:
        """Called when no job is left."""


class Process:
    """A job that is a child of this process, leading a group of its own.

    So an interruption by the terminal reaches the driver alone, which ends its jobs in order.
    """

    def __init__(self, command: Command, log: Path):
        with log.open("w") as file:
            self._process = subprocess.Popen(
                command.argv,
                cwd=command.folder,
                env=command.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def poll(self) -> int | None:
        return self._process.poll()

    def cancel(self) -> None:
        for kind in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, kind)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=PATIENCE)
                return


class Local(Launcher):
    """Each command in a process of its own, as DVC does it."""

    def submit(self, name: str, key: str, command: Command, log: Path) -> Process:
        return Process(command, log)
