"""Stages as jobs of a cluster: SLURM by submitit, or submitit's own local stand-in for it.

https://github.com/facebookincubator/submitit (MIT licence).  One driver on a login node keeps DVC's
books; jobs only run stage commands, in the same folder on a file system that all nodes share.  A
table on disk remembers which job runs which stage on which inputs, so that a driver that was ended
by force finds its jobs again instead of sending them a second time.
"""

import subprocess
import time
from pathlib import Path
from typing import Any

from gbench.core.files import DataError, UserError, read_json, write_json
from gbench.driver.command import Command
from gbench.driver.jobs import Launcher

PATIENCE = 30.0  # seconds that a cancelled job gets to end


# A job unpickles nothing of gbench's, so it does not matter where a node finds it.
INTO_LOG = ["/bin/sh", "-c", 'exec "$@" > "$0" 2>&1 < /dev/null']


def ended(job: Any) -> bool:
    """As `job.done()`, which does not know submitit's local jobs of another process."""
    if getattr(job, "_process", ...) is None:  # a local job's number is its process's
        return job.paths.result_pickle.exists() or not Path(f"/proc/{job.job_id}").exists()
    return bool(job.done())


class Submitted:
    """A job that the cluster has been given."""

    def __init__(self, job: Any, log: Path):
        self.job, self._log = job, log
        self._status: int | None = None

    def poll(self) -> int | None:
        if self._status is None and ended(self.job):
            try:
                self._status = int(self.job.result())
            except Exception as error:  # submitit has several, also for a lost node
                with self._log.open("a") as file:
                    file.write(f"job {self.job.job_id}: {error}\n")
                self._status = 1
        return self._status

    def cancel(self) -> None:
        self.job.cancel(check=False)
        deadline = time.monotonic() + PATIENCE
        while not ended(self.job) and time.monotonic() < deadline:
            time.sleep(0.2)


class Cluster(Launcher):
    """
    Args:
        cluster: "slurm", or "local" to try everything without one.
        folder: for the table and submitit's files, on the shared file system.
        options: of submitit's executor: slurm_partition, timeout_min, mem_gb, ...; and
            gpus_per_node, which only stages that declare GPU memory ask for.

    Raises:
        UserError: submitit is not installed, there is no such cluster here, or it does not know an
            option.
    """

    def __init__(self, cluster: str, folder: Path, options: dict[str, Any]):
        try:
            import submitit
        except ImportError:
            raise UserError("jobs on a cluster need submitit: pip install 'gbench[slurm]'")
        self._folder, self._table = folder.absolute(), folder / "table.json"
        try:
            self._executor = submitit.AutoExecutor(self._folder, cluster=cluster)
            self._executor.update_parameters(**{"timeout_min": 24 * 60, **options})
        except (RuntimeError, ValueError, NameError) as error:
            raise UserError(f"--launcher {cluster}: {error}")
        self._gpus = options.get("gpus_per_node")
        self._kind = {"slurm": submitit.SlurmJob, "local": submitit.LocalJob}[cluster]

    def submit(self, name: str, key: str, command: Command, log: Path) -> Submitted:
        gpus = self._gpus if command.gpu_gb else None
        self._executor.update_parameters(name=log.stem, gpus_per_node=gpus)
        argv = [*INTO_LOG, str(log.absolute()), *command.argv]
        try:
            job = self._executor.submit(
                subprocess.call, argv, cwd=command.folder, env=command.environment
            )
        except RuntimeError as error:  # what sbatch says when it refuses
            raise UserError(f"the job was not accepted: {error}")
        self._write(self._known() | {name: {"key": key, "job": job.job_id}})
        return Submitted(job, log)

    def find(self, name: str, key: str, log: Path) -> Submitted | None:
        entry = self._known().get(name)
        if entry is None or entry["key"] != key:
            return None
        return Submitted(self._kind(self._folder, entry["job"]), log)

    def forget(self, name: str) -> None:
        known = self._known()
        if known.pop(name, None):
            self._write(known)

    def _known(self) -> dict[str, dict[str, str]]:
        try:
            return read_json(self._table)
        except DataError:
            return {}

    def _write(self, known: dict[str, dict[str, str]]) -> None:
        write_json(self._table, known)
