"""A process that has imported the heavy libraries once, and forks a child for each stage.

`python -m gbench.driver.warm` reads requests from its standard input, a JSON object per line:
{"run": number, "module": ..., "arguments": [...], "folder": ..., "environment": {...}, "log": ...}
or {"kill": number, "signal": ...}; and answers {"ended": number, "status": ...} for each that has
ended.  It imports no module of gbench's that a stage computes with, so that a stage runs the code
that DVC has hashed.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from gbench.core.files import UserError
from gbench.core.stage import die_with_parent
from gbench.driver.command import Command

LIBRARIES = (
    "torch",
    "torch._dynamo",  # which PyTorch's optimisers import when the first is made
    "torch.linalg",
    "torchvision.transforms.functional",
    "scipy.spatial",
    "scipy.special",
    "scipy.cluster.vq",
    "sklearn.datasets",
    "sklearn.linear_model",
    "sklearn.mixture",
    "torch_fidelity.metric_fid",
    "torch_fidelity.metric_kid",
    "torch_fidelity.metric_prc",
    "prdc",
    "vendi_score.vendi",
    "foolbox.attacks",
    "safetensors.torch",
    "ruamel.yaml",
    "tqdm",
)


class Server:
    """The warm process, seen from the driver; until it has imported everything, requests wait."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gbench.driver.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=die_with_parent,
            # NumPy reads it when it is imported; stages run side by side, one thread each.
            env=os.environ | {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")},
        )
        self._number = 0
        self._statuses: dict[int, int] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def run(self, module: str, arguments: Sequence[str], command: Command, log: Path) -> int:
        """Has the module run in a fork; returns the number that stands for it."""
        self._number += 1
        self._ask(
            run=self._number,
            module=module,
            arguments=[*arguments],
            folder=command.folder,
            environment=command.environment,
            log=str(log.absolute()),
        )
        return self._number

    def status(self, number: int) -> int | None:
        """A fork's exit status; None while it runs.

        Raises:
            UserError: the warm process has ended, and its forks with it.
        """
        ended = self._process.poll()
        if number not in self._statuses and ended is not None:
            raise UserError(f"the process that runs the stages ended with status {ended}")
        return self._statuses.get(number)

    def kill(self, number: int, kind: int) -> None:
        with suppress(UserError):
            self._ask(kill=number, signal=int(kind))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def _ask(self, **request: Any) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise UserError(f"the process that runs the stages has ended: {error}")

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            self._statuses[answer["ended"]] = answer["status"]


def serve() -> None:
    """Forks and buries until the standard input ends."""
    for name in LIBRARIES:
        with suppress(ImportError):  # a stage that needs it will say so
            importlib.import_module(name)
    gc.freeze()  # a fork's garbage collector leaves these objects alone, and their pages shared
    pending = b""
    alive: dict[int, int] = {}
    while True:
        if select.select([0], [], [], 0.02)[0]:
            read = os.read(0, 1 << 16)
            if not read:
                return
            *lines, pending = (pending + read).split(b"\n")
            for line in lines:
                request = json.loads(line)
                if "run" in request:
                    alive[fork(request)] = request["run"]
                else:
                    for pid in [pid for pid, one in alive.items() if one == request["kill"]]:
                        os.kill(pid, request["signal"])
        while alive and (ended := os.waitpid(-1, os.WNOHANG))[0]:
            status = os.waitstatus_to_exitcode(ended[1])
            print(json.dumps({"ended": alive.pop(ended[0]), "status": status}), flush=True)


def fork(request: dict[str, Any]) -> int:
    """Starts a child that becomes the stage; returns its process id."""
    pid = os.fork()
    if pid == 0:
        become(request)
    return pid


def become(request: dict[str, Any]) -> NoReturn:
    """Runs the module as `python -m` would, and ends the process as Python would."""
    status = 1
    try:
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for number, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
            os.dup2(file, number)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver decides
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["folder"])
        sys.path[0] = request["folder"]
        sys.argv = [request["module"], *request["arguments"]]
        try:
            runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
            status = 0
        except SystemExit as error:
            if isinstance(error.code, str):
                print(error.code, file=sys.stderr)
            else:
                status = error.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    die_with_parent()
    serve()
