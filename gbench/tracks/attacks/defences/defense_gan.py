"""Defense-GAN: classifies G(z*), the generator's nearest image, instead of the image itself.

Samangouei, Kabkab and Chellappa, "Defense-GAN: Protecting Classifiers Against Adversarial Attacks
Using Generative Models", 2018, arXiv:1805.06605, equation (5): z* = argmin_z |G(z) - x|^2, by L
steps of gradient descent with momentum from R starts, of which the best is kept.

Deviations.  The starts are drawn once from the generator's prior N(0, I), by the seed, and shared
by all images, so the defence is a fixed function; the authors' code draws anew from N(0, 1/latent).
With `candidates` > `restarts`, each image starts from the R codes among that many draws whose
images are nearest to it, which saves most of the L steps; `candidates` = `restarts` is the paper's
rule.
"""

from __future__ import annotations

import copy
from typing import Any, Literal

import torch
from torch import Tensor, nn

from gbench.tracks.attacks.measure.parts import Parts

Path = Literal["none", "bpda", "unrolled", "latent"]


class DefenseGAN(nn.Module):
    """A classifier behind a projection; `forward` maps images [B, C, H, W] to logits.

    The forward pass is exact on every gradient path; they differ in what backward answers:
    "none" is zero, "bpda" takes the projection for the identity (Athalye, Carlini and Wagner,
    "Obfuscated Gradients Give a False Sense of Security", 2018, arXiv:1802.00420, section 4.1), and
    "unrolled" differentiates through all steps.  "latent" is zero as well: it is for attackers who
    differentiate the generator and the classifier themselves.
    """

    PATHS: tuple[Path, ...] = ("none", "bpda", "unrolled", "latent")

    def __init__(
        self,
        classifier: nn.Module,
        game: Any,
        *,
        steps: int,
        restarts: int,
        candidates: int,
        lr: float,
        momentum: float,
        seed: int,
        chunk: int = 64,
    ):
        super().__init__()
        self.classifier, self.game = classifier, game
        self.steps, self.restarts, self.lr, self.momentum = steps, restarts, lr, momentum
        self.chunk = chunk
        self.path: Path = "none"
        drawn = torch.Generator().manual_seed(seed)
        starts = torch.randn(max(candidates, restarts), game.latent, generator=drawn)
        self.register_buffer("starts", starts.to(next(classifier.parameters()).device))
        self.starts: Tensor
        self.requires_grad_(False)
        self.eval()
        with torch.no_grad():
            self.started = game.decode(self.starts).flatten(1)

    def by(self, path: Path) -> DefenseGAN:
        """The same defence with another backward pass."""
        other = copy.copy(self)
        other.path = path
        return other

    def project(self, x: Tensor) -> Tensor:
        """Finds the best code of each image, [B, C, H, W] -> [B, latent]."""
        graph = self.path == "unrolled" and x.requires_grad
        images = x.flatten(1)[:, None]  # [B, 1, D]
        z = self.first(images.detach()).requires_grad_()
        velocity = torch.zeros_like(z)
        for step in range(self.steps):
            error = self.errors(z, images).sum()
            (slope,) = torch.autograd.grad(error, z, create_graph=graph)
            velocity = self.momentum * velocity + slope
            z = z - self.lr * (0.1 if step >= 0.8 * self.steps else 1.0) * velocity
            if not graph:
                z = z.detach().requires_grad_()
        best = self.errors(z, images).argmin(1)
        return z[torch.arange(len(z), device=z.device), best]

    def first(self, images: Tensor) -> Tensor:
        """[B, 1, D] -> [B, R, latent]: the R nearest of the candidates."""
        apart = torch.cdist(images[:, 0], self.started)
        return self.starts[apart.topk(self.restarts, largest=False).indices]

    def errors(self, z: Tensor, images: Tensor) -> Tensor:
        """[B, R, latent] and [B, 1, D] -> [B, R]: mean squared error over the pixels."""
        decoded = self.game.decode(z.flatten(0, 1)).flatten(1).unflatten(0, z.shape[:2])
        return (decoded - images).square().mean(2)

    def reconstruct(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> G(z*), [B, C, H, W]."""
        with torch.enable_grad():
            parts = [self.game.decode(self.project(part)) for part in x.split(self.chunk)]
        made = torch.cat(parts)
        return made if self.path == "unrolled" and x.requires_grad else made.detach()

    @torch.no_grad()
    def error(self, x: Tensor) -> float:
        """The mean squared error over the pixels of G(z*), averaged over the images."""
        return float((self.reconstruct(x) - x).square().mean())

    def forward(self, x: Tensor) -> Tensor:
        if self.path == "bpda":
            return self.classifier(Identity.apply(x, self))
        return self.classifier(self.reconstruct(x))


class Identity(torch.autograd.Function):
    """The projection forwards, the identity backwards."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, defence: DefenseGAN) -> Tensor:
        return defence.reconstruct(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient, None


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
    seed: int = 0,
) -> DefenseGAN:
    """
    Args:
        parts: its networks.
        classifier: which one is protected.
        generator: which one protects it.
        steps: L.
        restarts: R.
        candidates: from how many draws each image takes its R starts.
        lr: the step size; a tenth of it in the last fifth of the steps, as in the authors' code.
        momentum: of the descent.
        seed: of the starts.
    """
    return DefenseGAN(
        parts.classifier(classifier),
        parts.generator(generator),
        steps=steps,
        restarts=restarts,
        candidates=candidates,
        lr=lr,
        momentum=momentum,
        seed=seed,
    )
