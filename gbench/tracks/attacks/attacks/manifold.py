"""The latent attack on a projection: a wrong image is sought among those that the generator makes.

Athalye, Carlini and Wagner, "Obfuscated Gradients Give a False Sense of Security", 2018,
arXiv:1802.00420, section 5.4.2 and its reparameterisation (section 4.3): x = G(z) passes the
projection nearly unchanged, so z is moved until the classifier errs on G(z) while G(z) stays near
the image.  Jalal, Ilyas, Daskalakis and Dimakis, "The Robust Manifold Defense: Adversarial Training
using Generative Models", 2017, arXiv:1712.09196, add noise to z and average over it, so that the
image stays wrong when the projection ends a little elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.margins import margins


def run(
    ledger: Ledger,
    *,
    steps: int = 100,
    lr: float = 0.05,
    weights: Sequence[float] = (0.3, 1.0, 3.0),
    draws: int = 4,
    noise: float = 0.1,
    shown: int = 5,
) -> None:
    """
    Args:
        steps: of Adam over z, for each weight, from the projection's z*.
        lr: Adam's.
        weights: of the classifier's margin against the squared distance.
        draws: noises that the margin is averaged over.
        noise: their standard deviation, in the units of z.
        shown: how often on the way, evenly, the defence is asked about G(z) and about the images
            half way and further from the original to it.
    """
    images = ledger.left()
    if len(images) == 0:
        return
    defence: Any = ledger.target
    x, y = ledger.x[images], ledger.y[images]
    with torch.enable_grad():
        start = defence.project(x).detach()
    for weight in weights:
        z = start.clone().requires_grad_()
        optimizer = torch.optim.Adam([z], lr=lr)
        for step in range(1, steps + 1):
            with torch.enable_grad():
                loss = aim(defence, z, x, y, weight, draws, noise)
                (z.grad,) = torch.autograd.grad(loss, z)
            optimizer.step()
            if step % max(1, steps // shown) == 0:
                with torch.no_grad():
                    made = defence.game.decode(z)
                for share in (0.5, 0.75, 1.0):
                    ledger.hand_in(images, torch.lerp(x, made, share).clamp(0, 1))


def aim(
    defence: Any, z: Tensor, x: Tensor, y: Tensor, weight: float, draws: int, noise: float
) -> Tensor:
    """The loss that z [B, latent] descends, summed over the images: distance and margin."""
    near = (defence.game.decode(z) - x).flatten(1).square().sum(1)
    moved = z + noise * torch.randn(draws, *z.shape, device=z.device)
    logits = defence.classifier(defence.game.decode(moved.flatten(0, 1)))
    margin = margins(logits, y.repeat(draws)).reshape(draws, -1).mean(0)
    return (near + weight * margin.clamp(min=-1.0)).sum()


ATTACK = Attack(
    title="Latent search on the generator's images (L2)",
    norm="l2",
    knowledge="white box",
    run=run,
    source="Athalye et al. 2018, arXiv:1802.00420; Jalal et al. 2017, arXiv:1712.09196",
    library="gbench",
)
