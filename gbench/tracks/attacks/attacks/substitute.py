"""Papernot's substitute: a network taught by the target's answers, and FGSM and PGD made on it.

Papernot, McDaniel, Goodfellow, Jha, Celik and Swami, "Practical Black-Box Attacks against Machine
Learning", 2017, arXiv:1602.02697, algorithm 1: a few images of the attacker's own, labelled by the
target, are augmented by steps along the Jacobian of the substitute, x + lambda sign(dO_y/dx), and
the substitute learns anew from all of them.  The sign of lambda changes every few rounds (section
5.3 of the paper; CleverHans: every third).  Besides FGSM, which the paper transfers, PGD is.
"""

from __future__ import annotations

import torch
from foolbox.attacks import LinfFastGradientAttack
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gbench.tracks.attacks.classifiers import mlp
from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.descent import descend, pgd
from gbench.tracks.attacks.measure.ledger import Ledger, Relay
from gbench.zoo.shared.dataset import Examples


def learn(network: nn.Module, x: Tensor, y: Tensor, epochs: int, batch: int, lr: float) -> None:
    """Descends the cross-entropy by Adam."""
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    for _ in range(epochs):
        for chosen in torch.randperm(len(x)).split(batch):
            loss = cross_entropy(network(x[chosen]), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def augmented(network: nn.Module, x: Tensor, y: Tensor, step: float) -> Tensor:
    """[B, C, H, W]: x + step sign(dO_y(x)/dx) in the box."""
    x = x.clone().requires_grad_()
    own = network(x).gather(1, y[:, None]).sum()
    (slope,) = torch.autograd.grad(own, x)
    return (x.detach() + step * slope.sign()).clamp(0, 1)


def run(
    ledger: Ledger,
    held_out: Examples,
    *,
    images: int = 150,
    rounds: int = 5,
    step: float = 0.1,
    flip: int = 3,
    width: int = 200,
    epochs: int = 10,
    batch: int = 64,
    lr: float = 1e-3,
    pgd_steps: int = 50,
) -> None:
    """
    Args:
        held_out: the attacker's own images; their labels are not looked at.
        images: so many of them.
        rounds: augmentations, each of which doubles the images: images 2^rounds questions in all.
        step: lambda.
        flip: its sign changes after so many rounds.
        width: units of each hidden layer.
        epochs, batch, lr: of the substitute's training after each augmentation.
        pgd_steps: of PGD on it.
    """
    x = held_out.x[:images]
    with torch.no_grad():
        logits = ledger.elsewhere(x)
    y = logits.argmax(1)
    with torch.enable_grad():
        for round_ in range(rounds + 1):
            network = mlp.build(x.shape[1:], logits.shape[1], width=width).to(x.device)
            learn(network, x, y, epochs, batch, lr)
            if round_ < rounds:
                signed = step * (-1) ** (round_ // flip)
                more = augmented(network, x, y, signed)
                with torch.no_grad():
                    answers = ledger.elsewhere(more).argmax(1)
                x, y = torch.cat([x, more]), torch.cat([y, answers])
    relay = Relay(network, ledger)
    descend(relay, [LinfFastGradientAttack(random_start=False)])
    pgd(relay, steps=pgd_steps)


ATTACK = Attack(
    title="PGD on a substitute taught by queries (Linf)",
    norm="linf",
    knowledge="transfer",
    run=run,
    source="Papernot et al. 2017, arXiv:1602.02697",
    needs=("held_out",),
)
