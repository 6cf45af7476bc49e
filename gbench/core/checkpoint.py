"""The state of an unfinished training, so that an interruption costs seconds."""

import os
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gbench.core.files import replacing


class Checkpoint:
    """The state of an unfinished training, in one file outside DVC's outputs.

    The file's name holds the fingerprint of everything that decides the numbers, so a checkpoint
    of other settings, data or code is never resumed.

    Args:
        path: of the file.
        every: seconds between two savings.
    """

    def __init__(self, path: Path, every: float = 30.0):
        self.path, self.every = path, every
        self.saved = time.monotonic()

    def due(self) -> bool:
        return time.monotonic() - self.saved >= self.every

    def save(self, state: dict[str, Any]) -> None:
        with replacing(self.path) as temporary:
            torch.save(state, temporary)
        self.saved = time.monotonic()

    def load(self, device: torch.device) -> dict[str, Any] | None:
        """The saved state; None if there is none, or none that can be read."""
        try:
            return torch.load(self.path, map_location="cpu", weights_only=True)
        except FileNotFoundError:
            return None
        except Exception as error:  # a torn file costs time, not the run
            print(f"{self.path} cannot be read and is ignored: {error}")
            return None

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)


def resumable(folder: Path, name: str) -> Checkpoint:
    """The checkpoint of that name, saved every 30 s, or as GBENCH_CHECKPOINT_SECONDS says."""
    return Checkpoint(
        folder / f"{name}.pt", every=float(os.environ.get("GBENCH_CHECKPOINT_SECONDS", "30"))
    )


def random_state(device: torch.device) -> dict[str, Tensor]:
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def set_random_state(state: dict[str, Tensor], device: torch.device) -> None:
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)
