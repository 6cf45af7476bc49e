"""A linear classifier, whose robust distances are known exactly, and attacks on it."""

import torch
from torch import Tensor, nn

from gbench.core import plugin
from gbench.tracks.attacks.measure.ledger import Ledger


class Linear(nn.Module):
    """Logits (s, -s) with s = w . (x - 0.5); class 0 where s is positive."""

    def __init__(self, w: Tensor):
        super().__init__()
        self.w = w

    def forward(self, x: Tensor) -> Tensor:
        s = (x.flatten(1) - 0.5) @ self.w
        return torch.stack([s, -s], 1)


def near_the_middle(n: int) -> Tensor:
    return 0.5 + 0.05 * torch.randn(n, 1, 8, 8)


def distances(target: Linear, x: Tensor, p: float) -> Tensor:
    """|s| / |w|_q, with 1/p + 1/q = 1: the distance to the plane s = 0."""
    dual = {float("inf"): 1, 2: 2, 1: float("inf")}[p]
    return target(x)[:, 0].abs() / target.w.norm(p=dual)


def attacked(
    name: str, target: nn.Module, x: Tensor, eps: list[float], **numbers: object
) -> Ledger:
    attack = plugin.load("tracks/attacks/attacks", name).ATTACK
    ledger = Ledger(target, x, target(x).argmax(1), norm=attack.norm, eps=eps)
    attack.run(ledger, **numbers)
    ledger.verify()
    return ledger
