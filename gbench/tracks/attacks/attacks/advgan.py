"""AdvGAN: a network that makes the perturbation of any image in one pass.

Xiao, Li, Zhu, He, Liu and Song, "Generating Adversarial Examples with Adversarial Networks", 2018,
arXiv:1801.02610, equations (1) to (4): L = L_adv + alpha L_GAN + beta L_hinge with
L_adv the margin of Carlini and Wagner, L_GAN = E log D(x) + E log(1 - D(x + G(x))), for which, as
in the authors' experiments, least squares stand, and L_hinge = E max(0, |G(x)|_2 - c).  As in the
MNIST challenge that the paper takes part in, the perturbation is cut to the budget: G ends in
eps tanh.  It learns on the training split, with the gradients of the target, at the headline
budget; at a smaller budget its change is shrunk, at a greater one it stays.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from gbench.core.batches import Batches
from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.margins import margins
from gbench.tracks.attacks.measure.networks import patches
from gbench.tracks.attacks.measure.norms import INSIDE, within
from gbench.zoo.shared.dataset import Examples


class Perturbation(nn.Module):
    """[B, C, H, W] to [B, C, H, W] in [-1, 1], by convolutions at full resolution."""

    def __init__(self, channels: int, width: int):
        super().__init__()
        sizes = [channels, width, 2 * width, width]
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, channels, 3, padding=1), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.layers(2 * x - 1)
        return made


def run(
    ledger: Ledger,
    train: Examples,
    *,
    rounds: int = 600,
    batch: int = 64,
    width: int = 16,
    lr: float = 1e-3,
    alpha: float = 1.0,
    beta: float = 1.0,
    bound: float = 1.0,
    weight: float = 10.0,
) -> None:
    """
    Args:
        train: what G and D learn from.
        rounds: steps of D and G.
        batch: images per step.
        width: channels of the first convolutions.
        lr: of both players' Adam.
        alpha: the weight of L_GAN.
        beta: that of L_hinge.
        bound: c.
        weight: of L_adv.
    """
    channels = ledger.x.shape[1]
    eps = ledger.headline if ledger.headline in ledger.eps else max(ledger.eps)
    maker = Perturbation(channels, width).to(ledger.x.device)
    critic = patches(channels, width).to(ledger.x.device)
    moves = [torch.optim.Adam(net.parameters(), lr=lr) for net in (critic, maker)]
    seed = int(torch.randint(2**31, ()))
    batches = Batches(train, batch, seed)
    with torch.enable_grad():
        for _ in range(rounds):
            x, y = next(batches)
            delta = eps * maker(x)
            fake = (x + delta).clamp(0, 1)
            of_real, of_fake = critic(x), critic(fake.detach())
            moves[0].zero_grad()
            ((of_real - 1).square().mean() + of_fake.square().mean()).backward()
            moves[0].step()
            adversarial = margins(ledger.elsewhere(fake), y).clamp(min=0).mean()
            realistic = (critic(fake) - 1).square().mean()
            hinge = (delta.flatten(1).norm(dim=1) - bound).clamp(min=0).mean()
            moves[1].zero_grad()
            (weight * adversarial + alpha * realistic + beta * hinge).backward()
            moves[1].step()
    maker.eval()
    with torch.no_grad():
        for budget in ledger.eps:
            images = ledger.left(budget)
            if len(images):
                x = ledger.x[images]
                delta = within(eps * maker(x), "linf", budget * INSIDE)
                ledger.hand_in(images, (x + delta).clamp(0, 1), budget)


ATTACK = Attack(
    title="AdvGAN (Linf)",
    norm="linf",
    knowledge="white box",
    run=run,
    source="Xiao et al. 2018, arXiv:1801.02610",
    single_step=True,
    needs=("train",),
    library="gbench",
)
