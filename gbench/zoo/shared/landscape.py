"""How real a critic finds each point of a part of the plane."""

from collections.abc import Callable

import torch
from torch import Tensor


def window(x: Tensor) -> Tensor:
    """The part of the plane around data [N, 2]: [x0, x1, y0, y1].

    It is their bounding box with a quarter of its size added on each side.
    """
    low, high = x.aminmax(dim=0)
    margin = (high - low) / 4
    return torch.stack([low - margin, high + margin], dim=1).flatten()


def lattice(window: Tensor, points: int) -> Tensor:
    """The points [G * G, 2] of a square lattice over a window, its edges included.

    Row after row, from y0 upwards, and each row from x0 on.
    """
    (x0, x1, y0, y1), device = window.tolist(), window.device
    y = torch.linspace(y0, y1, points, device=device)
    x = torch.linspace(x0, x1, points, device=device)
    return torch.cartesian_prod(y, x).flip(1)


@torch.no_grad()
def landscape(score: Callable[[Tensor], Tensor], window: Tensor, points: int) -> Tensor:
    """The scores on the lattice over a window, [G, G] on the CPU, float32; rows go upwards.

    All are NaN if one is not finite.

    Args:
        score: a game's capability, in eval mode.
        window: [4], as `window` gives it, on the game's device.
        points: G, along each axis.
    """
    found = score(lattice(window, points)).float().cpu().view(points, points)
    return found if found.isfinite().all() else torch.full_like(found, torch.nan)
