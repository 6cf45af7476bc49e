"""Launchers: how a stage's command becomes a process; which one, and the warm one."""

import json
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

from gbench.core.entry import keywords
from gbench.core.files import UserError
from gbench.driver.command import Command
from gbench.driver.jobs import PATIENCE, Job, Launcher, Local, Process
from gbench.driver.warm import Server

PYTHON_MODULE = re.compile(r"exec python -m ((?:[\w.]+\.)?stages\.\w+)((?: [\w.@+-]+)*)")


class Forked:
    """A job that the warm process has forked."""

    def __init__(self, server: Server, number: int):
        self._server, self._number = server, number

    def poll(self) -> int | None:
        return self._server.status(self._number)

    def cancel(self) -> None:
        for kind in (signal.SIGTERM, signal.SIGKILL):
            self._server.kill(self._number, kind)
            deadline = time.monotonic() + PATIENCE
            while self.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            if self.poll() is not None:
                return


class Warm(Launcher):
    """Forks Python stages off a process that has already imported PyTorch and the like.

    On a slow core these imports cost 4 to 10 seconds per stage, more than most small stages need
    for their work.  Any other command runs as with `Local`; and so does the first stage, lest its
    verdict on params.yaml wait for that process.
    """

    def __init__(self) -> None:
        self._server: Server | None = None

    def submit(self, name: str, key: str, command: Command, log: Path) -> Job:
        match = PYTHON_MODULE.fullmatch(command.text)
        if not match:
            return Process(command, log)
        if self._server is None:  # not before: what needs no Python should not wait for its imports
            self._server = Server()
            return Process(command, log)
        module, arguments = match[1], match[2].split()
        return Forked(self._server, self._server.run(module, arguments, command, log))

    def close(self) -> None:
        if self._server:
            self._server.close()


CLUSTERS = ("slurm", "submitit", "ray")
KINDS = ("warm", "local", *CLUSTERS)


def launcher(kind: str, options: str, root: Path) -> Launcher:
    """
    Args:
        kind: one of KINDS; "submitit" is its stand-in for a cluster on one machine.  If empty,
            "warm" on a Linux machine without an NVIDIA driver, else "local": CUDA cannot be used in
            a fork of a process that has touched it, which importing a library may do, and fork is
            not safe next to macOS's own frameworks.
        options: of a cluster's jobs, `key=value,...`.
        root: of the repository.

    Raises:
        UserError: the kind is unknown, or cannot be had here.
    """
    if not kind:
        cuda = Path("/dev/nvidiactl").exists()
        kind = "warm" if sys.platform == "linux" and not cuda else "local"
    if kind not in KINDS:
        raise UserError(f"no launcher {kind!r}; there are {', '.join(KINDS)}")
    if kind in ("warm", "local"):
        return Warm() if kind == "warm" else Local()
    wanted = parsed(options)
    if kind == "ray":
        from gbench.driver.rays import Rays

        if unknown := wanted.keys() - (known := keywords(Rays.__init__)).keys():
            raise UserError(
                f"--launcher-options: unknown: {', '.join(unknown)}; allowed: {', '.join(known)}"
            )
        return Rays(root, **wanted)
    from gbench.driver.cluster import Cluster

    name = "slurm" if kind == "slurm" else "local"
    return Cluster(name, root / "work" / "jobs", wanted)


def parsed(options: str) -> dict[str, Any]:
    """`slurm_partition=gpu,mem_gb=8` as a dict; numbers and JSON values are read as such.

    Raises:
        UserError: a part is no `key=value`.
    """
    found: dict[str, Any] = {}
    for part in filter(None, options.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise UserError(f"--launcher-options: {part!r} is not key=value")
        try:
            found[key] = json.loads(value)
        except ValueError:
            found[key] = value
    return found
