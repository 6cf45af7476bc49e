"""APE-GAN: a generator takes an image's adversarial perturbation away before it is classified.

Shen, Jin, Gao and Zhang, "APE-GAN: Adversarial Perturbation Elimination with GAN", 2017,
arXiv:1707.05474, equations (5) to (8): the generator descends
xi_1 |G(x_adv) - x|^2 + xi_2 (-log D(G(x_adv))) and the discriminator tells x from G(x_adv).  The
adversarial images are FGSM's on the bare classifier, as in the authors' experiments.

Deviations.  Each batch's images are perturbed anew, by a budget drawn between 0 and eps, so that
clean images stay; the paper makes them once.  The networks convolve at full resolution, since 8x8
images bear no halving.  The error is the mean square, as in the paper; the authors' code takes its
root.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from tqdm import trange

from gbench.core.batches import Batches
from gbench.tracks.attacks.measure.networks import patches
from gbench.tracks.attacks.measure.parts import Parts
from gbench.zoo.shared.dataset import Examples

Path = Literal["none", "exact"]


class Cleaner(nn.Module):
    """[B, C, H, W] to [B, C, H, W]: its estimate of the clean image; starts as the identity."""

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * width, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, channels, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        cleaned: Tensor = (x + self.layers(2 * x - 1)).clamp(0, 1)
        return cleaned


class APEGAN(nn.Module):
    """A classifier behind a cleaner; `forward` maps images [B, C, H, W] to logits.

    It is differentiable as it stands, so its path is "exact"; "none" hides the gradient from those
    who ask for decisions only.
    """

    PATHS: tuple[Path, ...] = ("none", "exact")

    def __init__(self, classifier: nn.Module, cleaner: nn.Module):
        super().__init__()
        self.classifier, self.cleaner = classifier, cleaner
        self.path: Path = "none"
        self.requires_grad_(False)
        self.eval()

    def by(self, path: Path) -> APEGAN:
        """The same defence with another backward pass."""
        other = copy.copy(self)
        other.path = path
        return other

    @torch.no_grad()
    def reconstruct(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> the classifier's input, [B, C, H, W]."""
        cleaned: Tensor = self.cleaner(x)
        return cleaned

    def error(self, x: Tensor) -> float:
        """The mean squared error over the pixels of the classifier's input."""
        return float((self.reconstruct(x) - x).square().mean())

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.cleaner(x))
        return logits if self.path == "exact" else logits.detach()


def network(parts: Parts, shape: Sequence[int], *, width: int = 16, **others: Any) -> Cleaner:
    """An untrained cleaner for images [C, H, W]; the other keywords are those of `build`."""
    return Cleaner(shape[0], width)


def learn(
    parts: Parts,
    train: Examples,
    *,
    classifier: str,
    width: int,
    eps: float,
    fidelity: float,
    realism: float,
    rounds: int,
    batch: int,
    lr: float,
    seed: int,
    **others: Any,
) -> Cleaner:
    """Trains a cleaner for one classifier; the keywords are those of `build`."""
    protected = parts.classifier(classifier)
    torch.manual_seed(seed)
    shape = train.x.shape[1:]
    cleaner = network(parts, shape, width=width).to(train.x.device)
    telling = patches(shape[0], width).to(train.x.device)
    moves = [torch.optim.Adam(net.parameters(), lr=lr) for net in (telling, cleaner)]
    batches = Batches(train, batch, seed)
    for _ in trange(rounds, desc="APE-GAN", mininterval=1):
        x, y = next(batches)
        cleaned = cleaner(perturbed(protected, x, y, eps))
        of_real, of_fake = telling(x), telling(cleaned.detach())
        told = binary_cross_entropy_with_logits(of_real, torch.ones_like(of_real))
        told = told + binary_cross_entropy_with_logits(of_fake, torch.zeros_like(of_fake))
        moves[0].zero_grad()
        told.backward()
        moves[0].step()
        fooled = telling(cleaned)
        loss = fidelity * (cleaned - x).square().mean()
        loss = loss + realism * binary_cross_entropy_with_logits(fooled, torch.ones_like(fooled))
        moves[1].zero_grad()
        loss.backward()
        moves[1].step()
    return cleaner


def perturbed(classifier: nn.Module, x: Tensor, y: Tensor, eps: float) -> Tensor:
    """FGSM's images [B, C, H, W], each with a budget of its own between 0 and eps."""
    x = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(cross_entropy(classifier(x), y, reduction="sum"), x)
    budget = eps * torch.rand(len(x), 1, 1, 1, device=x.device)
    return (x.detach() + budget * slope.sign()).clamp(0, 1)


def build(
    parts: Parts,
    *,
    classifier: str = "cnn",
    width: int = 16,
    eps: float = 0.3,
    fidelity: float = 0.7,
    realism: float = 0.3,
    rounds: int = 2000,
    batch: int = 64,
    lr: float = 2e-4,
    seed: int = 0,
) -> APEGAN:
    """
    Args:
        parts: its networks.
        classifier: which one is protected.
        width: channels of the first convolutions.
        eps: the largest perturbation that it learns to take away, in Linf; the paper: 0.3 on MNIST.
        fidelity, realism: xi_1 and xi_2; the paper: 0.7 and 0.3.
        rounds: steps of either network.
        batch: images per step.
        lr: of both Adams; the paper: 2e-4.
        seed: of weights, order and budgets.
    """
    return APEGAN(parts.classifier(classifier), parts.learnt)
