"""The machine's room: stages at a time, and memory on each GPU."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import NamedTuple

from gbench.core.files import UserError

HIDE = {"CUDA_VISIBLE_DEVICES": ""}


class Resources(NamedTuple):
    """The section `resources` of params.yaml, which no stage depends on: it changes no result.

    Attributes:
        gpu_gb: memory in GB that a stage takes on a GPU, by the stage's name (`train@mnist-vae-0`)
            or its matrix's (`train`); those without run on the CPU.
    """

    gpu_gb: dict[str, float]


class Room:
    """Cores and GPU memory, and what running stages hold of them.

    A stage that declares memory goes to the GPU with most left; GPUs are hidden from the others,
    whose memory nobody counts.  Without GPUs here, nothing is hidden and each stage decides.

    Args:
        jobs: stages at a time.
        gpus: GB of memory by number.
        needs: GB by stage or matrix; see `Resources`.
    """

    def __init__(
        self,
        jobs: int,
        gpus: Mapping[str, float] | None = None,
        needs: Mapping[str, float] | None = None,
    ):
        self.jobs, self._needs = jobs, needs or {}
        self._size = dict(gpus or {})
        self._left = dict(self._size)
        self._held: dict[str, str] = {}  # the GPU of each running stage; "" is none

    def need(self, stage: str) -> float:
        own = stage.rpartition(":")[2]  # a track's stage is alike the root's of the same name
        return self._needs.get(stage, self._needs.get(own.partition("@")[0], 0.0))

    def check(self, stages: list[str]) -> None:
        """
        Raises:
            UserError: a stage needs more than any GPU has.
        """
        largest = max(self._size.values(), default=float("inf"))
        for stage in stages:
            if self.need(stage) > largest:
                raise UserError(
                    f"resources.gpu_gb: {stage} is to take {self.need(stage):g} GB, "
                    f"the largest GPU has {largest:g}"
                )

    def fits(self, stage: str) -> bool:
        """Whether the stage could start now."""
        if len(self._held) >= self.jobs:
            return False
        return not self._left or self.need(stage) <= max(self._left.values())

    def take(self, stage: str) -> dict[str, str]:
        """Holds what the stage needs; returns what its environment must say of it."""
        need = self.need(stage)
        self._held[stage] = ""
        if not self._left:
            return {}
        if not need:
            return HIDE
        gpu = max(self._left, key=lambda number: self._left[number])
        self._left[gpu] -= need
        self._held[stage] = gpu
        return {"CUDA_VISIBLE_DEVICES": gpu}

    def give(self, stage: str) -> None:
        """The stage has ended."""
        if gpu := self._held.pop(stage):
            self._left[gpu] += self.need(stage)


def cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # what a container leaves of the machine
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def gpus(chosen: str) -> dict[str, float]:
    """GB of memory by GPU.

    Args:
        chosen: "0,1"; or with GB that may be used, "0:40,1:40"; "none"; "" for all that there are.

    Raises:
        UserError: a GPU is not there, or the text is none of these.
    """
    if chosen == "none":
        return {}
    parts = dict(part.partition(":")[::2] for part in filter(None, chosen.split(",")))
    try:
        declared = {number: float(size) for number, size in parts.items() if size}
    except ValueError:
        raise UserError(f"--gpus {chosen}: not like 0,1 or 0:40,1:40")
    if parts and len(declared) == len(parts):
        return declared
    there = installed()
    for number in parts:
        if number not in there:
            raise UserError(
                f"--gpus {chosen}: no GPU {number}; there are: {', '.join(there) or 'none'}"
            )
    return {number: declared.get(number, there[number]) for number in parts or there}


def installed() -> dict[str, float]:
    """GB of memory by GPU, as NVIDIA's driver tells."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return {}
    query = [program, "--query-gpu=index,memory.total", "--format=csv,noheader,nounits"]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    rows = [line.split(",") for line in answer.stdout.splitlines() if answer.returncode == 0]
    return {number.strip(): float(mib) / 1024 for number, mib in rows}
