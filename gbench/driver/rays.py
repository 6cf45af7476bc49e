"""Stages as actors of a Ray cluster, which shares out cores and fractions of GPUs over machines.

https://github.com/ray-project/ray (Apache 2.0 licence).  An actor is detached: it outlives its
driver, and the next one finds it by its name.  The nodes run this repository's Python, in the same
folder on a file system that all share.
"""

import logging
import os
import time
from pathlib import Path
from typing import Any

from gbench.core.files import UserError
from gbench.driver.command import Command
from gbench.driver.jobs import PATIENCE, Launcher, Process

ASK = 0.2  # seconds between two questions to an actor
NAMESPACE = "gbench"


class Runner(Process):
    """The work of an actor: one command, on the GPUs that Ray has given to the actor."""

    def __init__(self, command: Command, log: Path):
        own = {"CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "")}
        super().__init__(command._replace(environment=command.environment | own), log)


class Lent:
    """A job that is an actor."""

    def __init__(self, ray: Any, actor: Any, log: Path):
        self._ray, self._actor, self._log = ray, actor, log
        self._status: int | None = None
        self._began = False
        self._ask()

    def poll(self) -> int | None:
        if self._status is None and self._ray.wait([self._answer], timeout=0)[0]:
            self._began = True
            try:
                self._status = self._ray.get(self._answer)
            except self._ray.exceptions.RayError as error:  # a lost node, an actor that was ended
                with self._log.open("a") as file:
                    file.write(f"{error}\n")
                self._status = 1
            if self._status is None and time.monotonic() - self._asked > ASK:
                self._ask()
        return self._status

    def cancel(self) -> None:
        if self._began:  # else it may still wait for a node
            self._ray.wait([self._actor.cancel.remote()], timeout=2 * PATIENCE)
        self.end()

    def end(self) -> None:
        """Gives the actor's cores and GPUs back."""
        self._ray.kill(self._actor)

    def _ask(self) -> None:
        self._answer, self._asked = self._actor.poll.remote(), time.monotonic()


class Rays(Launcher):
    """
    Args:
        root: of the repository.
        address: of the cluster; "auto" for the one that this machine is part of.
        num_cpus, memory_gb: of each stage.
        num_gpus: of each stage that declares GPU memory; fractions share a GPU.

    Raises:
        UserError: Ray is not installed, or there is no such cluster.
    """

    def __init__(
        self,
        root: Path,
        *,
        address: str = "auto",
        num_cpus: float = 1,
        num_gpus: float = 0,
        memory_gb: float = 0,
    ):
        try:
            import ray
        except ImportError:
            raise UserError("a Ray cluster needs ray: pip install 'gbench[ray]'")
        try:
            ray.init(address, namespace=NAMESPACE, log_to_driver=False, logging_level=logging.ERROR)
        except ConnectionError as error:
            raise UserError(f"--launcher ray: {error}; `ray start --head` starts a cluster")
        self._ray, self._root, self._num_gpus = ray, root, num_gpus
        self._runner = ray.remote(Runner)
        self._options: dict[str, Any] = {"num_cpus": num_cpus, "lifetime": "detached"}
        if memory_gb:
            self._options["memory"] = int(memory_gb * 2**30)
        self._jobs: dict[str, Lent] = {}

    def submit(self, name: str, key: str, command: Command, log: Path) -> Lent:
        label, num_gpus = self._label(name, key), self._num_gpus if command.gpu_gb else 0
        runner = self._runner.options(name=label, num_gpus=num_gpus, **self._options)
        return self._keep(name, runner.remote(command, log.absolute()), log)

    def find(self, name: str, key: str, log: Path) -> Lent | None:
        try:
            actor = self._ray.get_actor(self._label(name, key))
        except ValueError:
            return None
        return self._keep(name, actor, log)

    def forget(self, name: str) -> None:
        self._jobs.pop(name).end()

    def close(self) -> None:
        self._ray.shutdown()

    def _label(self, name: str, key: str) -> str:
        return f"{self._root} {name} {key}"

    def _keep(self, name: str, actor: Any, log: Path) -> Lent:
        self._jobs[name] = Lent(self._ray, actor, log)
        return self._jobs[name]
