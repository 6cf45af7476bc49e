"""Stands between an attack and its target: counts the queries and keeps the best answer.

An attack's own word on its success is not trusted.  Whatever it shows the target is measured here,
and the nearest image that is finite, inside the box and really misclassified is kept, so an attack
that forgets its best iterate is not under-credited.  The idea is that of Cina et al., "AttackBench:
Evaluating Gradient-based Attacks for Adversarial Examples", 2024, arXiv:2404.19460.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from gbench.tracks.attacks.measure.norms import TOLERANCE, Norm, length

if TYPE_CHECKING:
    from foolbox.criteria import Criterion
    from foolbox.models import PyTorchModel

MAX = 1e30  # more than any distance


class Ledger(nn.Module):
    """The target as an attack sees it.

    Args:
        target: maps images [B, C, H, W] in [0, 1] to logits [B, classes].
        x: [n, C, H, W] the images under attack.
        y: [n] their true classes.
        norm: in which perturbations are measured.
        eps: the budgets of the curve.
        headline: the budget at which `first` is taken.
        goal: [n] the classes that a targeted attack must reach; None if any wrong class will do.
        clean: [n] the target's classes of `x`, if they are known already.

    Attributes:
        distance: [n] of the best adversarial image so far; infinite while there is none, 0 where
            the target is wrong without an attack.
        best: [n, C, H, W] that image; the original while there is none.
        forward_count, backward_count: [n] passes through the target since the attack began.
        first: [n] forward passes until the image was first broken within `headline`.
        shared: forward passes of other images than these, for instance to teach a substitute.
        invalid: images handed in that are not what the attack promised, counted by fault.
    """

    def __init__(
        self,
        target: nn.Module,
        x: Tensor,
        y: Tensor,
        *,
        norm: Norm,
        eps: Sequence[float],
        headline: float = float("inf"),
        goal: Tensor | None = None,
        clean: Tensor | None = None,
    ):
        super().__init__()
        self.target = target.eval().requires_grad_(False)
        self.x, self.y, self.norm, self.goal = x, y, norm, goal
        self.eps, self.headline = sorted(eps), headline
        n = len(x)
        self.images = torch.arange(n, device=x.device)
        with torch.no_grad():
            self.clean = target(x).argmax(1) if clean is None else clean
        self.distance = torch.full((n,), float("inf"), device=x.device)
        self.distance[self.clean != y] = 0.0
        self.first = torch.full((n,), float("inf"), device=x.device)
        self.first[self.clean != y] = 0.0
        self.best = x.clone()
        self.forward_count = torch.zeros(n, dtype=torch.long, device=x.device)
        self.backward_count = torch.zeros(n, dtype=torch.long, device=x.device)
        self.shared = 0
        self.invalid = dict.fromkeys(("nan", "out_of_box", "over_eps", "unverified", "all_zero"), 0)
        self.eval()

    def left(self, eps: float = MAX) -> Tensor:
        """The indices of the images that are not yet broken within `eps`, or not at all."""
        return (self.distance > eps * (1 + TOLERANCE)).nonzero()[:, 0]

    def narrow(self, n: int) -> None:
        """Leaves the first n images, of which alone the record will speak; before any question."""
        for name in ("x", "y", "clean", "distance", "first", "best"):
            setattr(self, name, getattr(self, name)[:n])
        self.forward_count, self.backward_count = self.forward_count[:n], self.backward_count[:n]
        self.images = self.images[:n]
        self.goal = None if self.goal is None else self.goal[:n]

    def select(self, images: Tensor) -> tuple[PyTorchModel, Tensor, Criterion]:
        """Says that the next questions are about these images.

        Returns:
            The target for foolbox, the images and what counts as adversarial for them.
        """
        from foolbox.criteria import Misclassification, TargetedMisclassification
        from foolbox.models import PyTorchModel

        self.images = images
        criterion = (
            Misclassification(self.y[images])
            if self.goal is None
            else TargetedMisclassification(self.goal[images])
        )
        model = PyTorchModel(self, bounds=(0, 1), device=self.x.device)
        return model, self.x[images], criterion

    def forward(self, proposals: Tensor) -> Tensor:
        """Answers with logits.

        Args:
            proposals: [k * B, C, H, W], k proposals for the B selected images; the image changes
                fastest.
        """
        passes = len(proposals) // len(self.images)
        self.forward_count[self.images] += passes
        logits = self.target(proposals)
        if proposals.requires_grad and not logits.requires_grad:
            # a target that hides its gradient answers zero, as it would in any other framework
            logits = logits + 0 * proposals.flatten(1).sum(1, keepdim=True)
        if logits.requires_grad:
            images = self.images
            logits.register_hook(lambda _: self._count_backward(images, passes))
        self._keep(proposals.detach(), logits.detach())
        return logits

    @torch.no_grad()
    def decide(self, proposals: Tensor) -> Tensor:
        """[k * B, C, H, W] -> [k, B]: which proposals for the selected images are adversarial."""
        return self._adversarial(self(proposals).argmax(1).reshape(-1, len(self.images)))

    @torch.no_grad()
    def survey(self, proposals: Tensor) -> Tensor:
        """As `decide`, but nothing is kept, which takes longer than a small target's answer.

        For proposals by the hundred thousand, of which the attack hands in those that matter.
        """
        self.forward_count[self.images] += len(proposals) // len(self.images)
        return self._adversarial(self.target(proposals).argmax(1).reshape(-1, len(self.images)))

    def adversarial(self, images: Tensor, proposals: Tensor) -> Tensor:
        """[B] indices and [B, C, H, W], a proposal for each -> [B]: which are adversarial."""
        self.images = images
        return self.decide(proposals)[0]

    def elsewhere(self, x: Tensor) -> Tensor:
        """Logits of other images than those under attack, [B, C, H, W] -> [B, classes]."""
        self.shared += len(x)
        logits: Tensor = self.target(x)
        return logits

    def _count_backward(self, images: Tensor, passes: int) -> None:
        self.backward_count[images] += passes

    def _keep(self, proposals: Tensor, logits: Tensor) -> None:
        count = len(self.images)
        x = self.x[self.images]
        proposals = proposals.reshape(-1, *x.shape)
        measured = length((proposals - x).flatten(0, 1), self.norm).reshape(-1, count)
        measured = torch.where(self._valid(proposals, logits), measured, torch.inf)
        nearest, which = measured.min(0)
        better = nearest < self.distance[self.images]
        if better.any():
            found = self.images[better]
            self.best[found] = proposals[which[better], better.nonzero()[:, 0]]
            self.distance[found] = nearest[better]
            within = found[nearest[better] <= self.headline * (1 + TOLERANCE)]
            spent = self.forward_count[within].to(self.first.dtype)
            self.first[within] = torch.minimum(self.first[within], spent)

    def _valid(self, proposals: Tensor, logits: Tensor) -> Tensor:
        """[k, B, ...] and [k * B, classes] -> [k, B]: finite, in the box and adversarial.

        An all-black image is refused: it is what foolbox's Carlini-Wagner returns for nothing.
        """
        flat = proposals.flatten(2)
        low, high = flat.aminmax(dim=2)  # NaN compares as false
        predicted = logits.argmax(1).reshape(len(proposals), -1)
        finite = torch.isfinite(logits).all(1).reshape(predicted.shape)
        return (low >= 0) & (high <= 1) & (high > 0) & finite & self._adversarial(predicted)

    def _adversarial(self, predicted: Tensor) -> Tensor:
        if self.goal is None:
            return predicted != self.y[self.images]
        return predicted == self.goal[self.images]

    def hand_in(self, images: Tensor, adversarial: Any, eps: float | None = None) -> None:
        """Takes the attack's result [B, C, H, W] for `images`; asks the target once about it.

        Args:
            eps: the budget that the attack was given, if it was given one.
        """
        self.images = images
        flat = adversarial.flatten(1)
        finite = torch.isfinite(flat).all(1)
        self.invalid["nan"] += int((~finite).sum())
        self.invalid["out_of_box"] += int(((flat < 0) | (flat > 1)).any(1).sum())
        self.invalid["all_zero"] += int((flat == 0).all(1).sum())
        measured = length(adversarial - self.x[images], self.norm)
        if eps is not None:
            self.invalid["over_eps"] += int((measured > eps * (1 + TOLERANCE)).sum())
        with torch.no_grad():
            self(adversarial)

    @torch.no_grad()
    def verify(self) -> None:
        """Classifies every kept image once more, apart from the attack; drops what fails."""
        kept = ((self.distance > 0) & torch.isfinite(self.distance)).nonzero()[:, 0]
        if len(kept) == 0:
            return
        self.images = kept
        held = self._adversarial(self.target(self.best[kept]).argmax(1))
        lost = kept[~held]
        self.invalid["unverified"] += len(lost)
        self.distance[lost] = torch.inf
        self.first[lost] = torch.inf
        self.best[lost] = self.x[lost]


class Relay(Ledger):
    """The ledger of a stand-in: images made against it are handed in to the true target's ledger.

    Serves attacks by transfer and attacks that do not know of a defence.  The questions put to
    the stand-in are not counted: the attacker owns it.

    Args:
        stand_in: the model that the attacker differentiates.
        receiver: the ledger of the true target.
    """

    def __init__(self, stand_in: nn.Module, receiver: Ledger):
        super().__init__(
            stand_in,
            receiver.x,
            receiver.y,
            norm=receiver.norm,
            eps=receiver.eps,
            goal=receiver.goal,
        )
        self.receiver = receiver

    def left(self, eps: float = MAX) -> Tensor:
        return self.receiver.left(eps)

    def hand_in(self, images: Tensor, adversarial: Any, eps: float | None = None) -> None:
        self.receiver.hand_in(images, adversarial, eps)
