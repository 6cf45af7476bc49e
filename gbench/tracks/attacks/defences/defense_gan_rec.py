"""Defense-GAN whose classifier was taught reconstructions.

Samangouei, Kabkab and Chellappa 2018, arXiv:1805.06605, section 4: "Defense-GAN-Rec" classifies
G(z*) by a network that saw such images in training, where `defense_gan` ("Defense-GAN-Orig") takes
the network that was trained on the images themselves.

Deviation.  A part of the training images is reconstructed, as `images` says, not all of them.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from tqdm import tqdm

from gbench.tracks.attacks.defences import defense_gan
from gbench.tracks.attacks.defences.defense_gan import DefenseGAN
from gbench.tracks.attacks.measure import training
from gbench.tracks.attacks.measure.parts import Parts
from gbench.zoo.shared.dataset import Examples

AT_ONCE = 256  # images between two moves of the progress bar


def network(parts: Parts, shape: Sequence[int], *, classifier: str, **others: Any) -> nn.Module:
    """A classifier as the named one, its weights drawn anew."""
    fresh = copy.deepcopy(parts.classifier(classifier)).requires_grad_()
    for module in fresh.modules():
        if callable(draw := getattr(module, "reset_parameters", None)):
            draw()
    return fresh


def learn(
    parts: Parts,
    train: Examples,
    *,
    classifier: str,
    images: int,
    rounds: int,
    batch: int,
    taught_lr: float,
    seed: int,
    **others: Any,
) -> nn.Module:
    """Teaches a fresh classifier the reconstructions of training images; keywords: `build`'s."""
    plain = defense_gan.build(parts, classifier=classifier, seed=seed, **others)
    order = torch.randperm(len(train.x), generator=torch.Generator().manual_seed(seed))
    chosen = order[:images].to(train.x.device)
    pieces = tqdm(train.x[chosen].split(AT_ONCE), desc="reconstructions", mininterval=1)
    seen = torch.cat([plain.reconstruct(piece) for piece in pieces])
    torch.manual_seed(seed)
    fresh = network(parts, train.x.shape[1:], classifier=classifier).to(train.x.device)
    lesson = Examples(seen, train.y[chosen])
    training.teach(fresh, lesson, rounds=rounds, batch=batch, lr=taught_lr, seed=seed)
    return fresh


def build(
    parts: Parts,
    *,
    classifier: str = "cnn",
    generator: str = "wgan_gp",
    steps: int = 20,
    restarts: int = 2,
    candidates: int = 1000,
    lr: float = 30.0,
    momentum: float = 0.7,
    images: int = 1000,
    rounds: int = 1000,
    batch: int = 64,
    taught_lr: float = 2e-3,
    seed: int = 0,
) -> DefenseGAN:
    """
    Args:
        parts: its networks.
        classifier: as which one the taught network is built.
        generator, steps, restarts, candidates, lr, momentum: as for `defense_gan`.
        images: of the training split, reconstructed and taught.
        rounds, batch, taught_lr: of the teaching, by Adam.
        seed: of the starts, the choice of images, the weights and the order of the lessons.
    """
    taught = replace(parts, classifier=lambda _: parts.learnt)
    return defense_gan.build(
        taught,
        classifier=classifier,
        generator=generator,
        steps=steps,
        restarts=restarts,
        candidates=candidates,
        lr=lr,
        momentum=momentum,
        seed=seed,
    )
