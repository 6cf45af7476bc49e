"""Every image that differs in one pixel: an exact answer for L0 = 1.

Su, Vargas and Sakurai, "One Pixel Attack for Fooling Deep Neural Networks", 2019, arXiv:1710.08864,
search for one such image by differential evolution.  Here all of them are asked about: at each of
the H W pixels the 255 levels of an 8-bit image other than the nearest to the pixel's own, 199,920
images for 28 x 28.  So an image that stands is certified: no change of one pixel misleads the
target.  With several channels only one of them is changed at a time, and that is no certificate.
"""

from __future__ import annotations

import torch
from torch import Tensor
from tqdm import trange

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger

LEVELS = 256
CHUNK = 200_000  # pixels a forward pass: what a network makes of more does not fit into a cache


def others(values: Tensor) -> Tensor:
    """[V] -> [V, 255]: the levels k / 255 without the one nearest to each value."""
    nearest = (values * (LEVELS - 1)).round().long()
    skip = torch.arange(LEVELS - 1, device=values.device)
    return (skip + (skip >= nearest[:, None])).to(values.dtype) / (LEVELS - 1)


@torch.no_grad()
def run(ledger: Ledger, *, images: int = 20) -> dict[str, Tensor]:
    """
    Args:
        images: n, the first so many are attacked; 0 leaves the attack out.

    Returns:
        "broken" [n, H, W] how many of a pixel's changes mislead the target; -1 for images that were
        wrong without one.
    """
    ledger.narrow(images)
    _, channels, height, width = ledger.x.shape
    size = channels * height * width
    broken = torch.full((len(ledger.x), height, width), -1, dtype=torch.int32)
    several = max(1, CHUNK // ((LEVELS - 1) * size))
    for image in trange(len(ledger.x), desc="one pixel", mininterval=1):
        if ledger.distance[image] == 0:
            continue
        which = torch.tensor([image], device=ledger.x.device)
        ledger.select(which)
        flat, example = ledger.x[image].flatten(), None
        counts = torch.zeros(size, dtype=torch.int32)
        for first in range(0, size, several):
            places = torch.arange(first, min(first + several, size), device=flat.device)
            changed = flat.repeat(len(places), LEVELS - 1, 1)  # [V, 255, D]
            where = places[:, None, None].expand(-1, LEVELS - 1, 1)
            changed.scatter_(2, where, others(flat[places])[:, :, None])
            proposals = changed.reshape(-1, channels, height, width)
            found = ledger.survey(proposals)[:, 0]
            counts[places.cpu()] = found.reshape(len(places), -1).sum(1, dtype=torch.int32).cpu()
            if example is None and found.any():
                example = proposals[found.nonzero()[0]].clone()
        if example is not None:
            ledger.hand_in(which, example)
        broken[image] = counts.reshape(channels, height, width).sum(0, dtype=torch.int32)
    return {"broken": broken}


ATTACK = Attack(
    title="All changes of one pixel (L0)",
    norm="l0",
    knowledge="exhaustive",
    run=run,
    source="exhaustive; cf. Su, Vargas, Sakurai 2019, arXiv:1710.08864",
    library="gbench",
)
