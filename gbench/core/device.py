"""The device that a stage computes on, and what it ran with."""

import os
import platform
import resource
import sys
from importlib.metadata import version

import torch

from gbench.core.files import UserError
from gbench.core.record import Machine

PACKAGES = ("torch", "torchvision", "scikit-learn", "torch-fidelity", "foolbox", "numpy")


def pick() -> torch.device:
    """CUDA, else Apple's MPS, else the CPU; the environment's GBENCH_DEVICE overrules.

    The choice is no parameter of the experiment: moving to another machine reruns nothing.

    Raises:
        UserError: GBENCH_DEVICE names a device that is not there.
    """
    wanted = os.environ.get("GBENCH_DEVICE", "")
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    there["cpu"] = True
    if wanted:
        if not there.get(wanted.partition(":")[0], False):
            allowed = ", ".join(name for name, found in there.items() if found)
            raise UserError(f"GBENCH_DEVICE={wanted}: this machine has {allowed}")
        return torch.device(wanted)
    return torch.device(next(name for name, found in there.items() if found))


def single_thread() -> None:
    """One thread a process: small networks gain nothing from more, and stages run side by side."""
    torch.set_num_threads(1)


def peak_memory_mb(device: torch.device) -> dict[str, float]:
    """The process's peak resident memory and, on CUDA, the peak allocated there, in MiB."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peak = {"process_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit}
    if device.type == "cuda":
        peak["cuda_mb"] = torch.cuda.max_memory_allocated(device) / 2**20
    return peak


def describe(device: torch.device) -> Machine:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return {
        "device": f"{device.type} ({name})",
        "python": platform.python_version(),
        "versions": {package: version(package) for package in PACKAGES},
    }
