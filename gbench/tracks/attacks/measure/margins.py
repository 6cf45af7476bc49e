"""How far the true class leads."""

from __future__ import annotations

import torch
from torch import Tensor


def margins(logits: Tensor, y: Tensor) -> Tensor:
    """z_y - max_{k != y} z_k, [B, K] and [B] -> [B]; negative where the class is wrong."""
    own = logits.gather(1, y[:, None])[:, 0]
    hidden = torch.zeros_like(logits).scatter(1, y[:, None], float("inf"))
    return own - (logits - hidden).amax(1)
