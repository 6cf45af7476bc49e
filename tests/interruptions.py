"""Interruptions of a run of the pipeline, at random moments, of random processes."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from gbench.driver.command import own_python_first

KINDS = {
    "Ctrl-C": signal.SIGINT,
    "SIGTERM": signal.SIGTERM,
    "kill -9": signal.SIGKILL,
}


def processes(root: Path) -> list[int]:
    """Those that work in the repository, but for this one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").resolve() == root and int(process.name) != os.getpid():
                found.append(int(process.name))
    return found


def run(root: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "gbench", "run", "--jobs", "2"],
        cwd=root,
        env=own_python_first(os.environ) | {"PYTHONPATH": str(root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def interrupt(root: Path, draw: random.Random, longest: float) -> str | None:
    """Starts a run and interrupts it after at most `longest` seconds.

    The victim is the driver, all stages that run, or both; the way one of KINDS, for stages always
    kill -9.  Afterwards none of their processes is left.

    Returns what was done; None if the run had ended before.
    """
    driver = run(root)
    with suppress(subprocess.TimeoutExpired):
        driver.wait(timeout=longest * draw.random())
    victims = draw.choice(["driver", "stages", "both"])
    kind = draw.choice([*KINDS])
    if driver.poll() is not None:
        driver.communicate()
        return None
    stages = set(processes(root)) - {driver.pid}
    if not stages:
        victims = "driver"
    if victims != "driver":
        for process in stages:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    if victims != "stages":
        driver.send_signal(KINDS[kind])
    _, said = driver.communicate(timeout=120)
    deadline = time.monotonic() + 20
    while (alive := processes(root)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive, f"left by {kind} of {victims}: {alive}"
    assert "Traceback" not in said, said
    return f"{kind} of {victims}" if victims != "stages" else "kill -9 of stages"


def numbers(root: Path) -> dict[str, object]:
    """Everything that the pipeline has computed, without what differs from run to run: times."""
    found: dict[str, object] = {}
    for folder in ("data", "judges", "runs", "classifiers", "results"):
        for file in sorted((root / folder).rglob("*.*")):
            if file.suffix == ".json":
                found[str(file.relative_to(root))] = timeless(json.loads(file.read_text()))
            elif file.suffix in (".csv", ".safetensors"):
                digest = hashlib.sha256(file.read_bytes()).hexdigest()
                found[str(file.relative_to(root))] = digest
    return found


def timeless(value: object) -> object:
    if isinstance(value, dict):
        return {key: timeless(v) for key, v in value.items() if key not in ("seconds", "memory")}
    return [timeless(one) for one in value] if isinstance(value, list) else value
