"""Defences that are known to be broken: each fools a careless evaluation, and ours sees it.

The five toys follow the failures of Athalye, Carlini and Wagner, "Obfuscated Gradients Give a False
Sense of Security", 2018, arXiv:1802.00420.  Each is judged twice.  With a PGD on the cross-entropy
alone, as a careless paper would, it keeps far more images than the bare network.  With our attacks
it keeps no more than that network does, or little.  Without the attacks that know of the defence
the second half of each test fails; so it guards them.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn

from gbench.core import plugin
from gbench.tracks.attacks.classifiers import mlp
from gbench.tracks.attacks.defences.defense_gan import DefenseGAN
from gbench.tracks.attacks.defences.defense_gan import build as defense_gan
from gbench.tracks.attacks.measure import gates, probing, training
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.parts import Parts
from gbench.tracks.attacks.measure.trial import Gradient, Trial, carry_out, matrix
from gbench.zoo.data import digits
from gbench.zoo.shared.dataset import Examples

EPS = 0.15
N = 60


@cache
def world() -> tuple[nn.Module, nn.Module, Examples, Examples]:
    """Two networks taught digits, the training split, and N images that both name rightly."""
    data = digits.build()
    networks = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        network = mlp.build(data.shape, data.classes, width=64)
        training.train(network, data.train, rounds=400, batch=64, lr=3e-3, seed=seed)
        networks.append(network.requires_grad_(False))
    first, second = networks
    x, y = data.test
    right = (first(x).argmax(1) == y) & (second(x).argmax(1) == y)
    return first, second, data.train, Examples(x[right][:N], y[right][:N])


class Toy(nn.Module):
    """A network behind something that hides its gradient, or spoils it."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network


class Detached(Toy):
    def forward(self, x: Tensor) -> Tensor:
        return self.network(x.detach())


class Scaled(Toy):
    """So sure that the cross-entropy has no slope in single precision."""

    def forward(self, x: Tensor) -> Tensor:
        return 1e4 * self.network(x)


class Quantised(Toy):
    """Eight grey levels."""

    def forward(self, x: Tensor) -> Tensor:
        return self.network((x * 7).round() / 7)


class Noisy(Toy):
    """Other noise at each question, and a gradient through a quantiser that is none."""

    def forward(self, x: Tensor) -> Tensor:
        return self.network(((x + 0.05 * torch.randn_like(x)) * 7).round() / 7)


class Components:
    """A linear generator: the images of the first principal components."""

    latent = 16

    def __init__(self, train: Examples):
        found = PCA(self.latent, random_state=0).fit(train.x.flatten(1).numpy())
        self.mean = torch.from_numpy(found.mean_.astype(np.float32))
        scale = np.sqrt(found.explained_variance_)[:, None]
        self.axes = torch.from_numpy((scale * found.components_).astype(np.float32))

    def decode(self, z: Tensor) -> Tensor:
        return (self.mean + z @ self.axes).clamp(0, 1).reshape(-1, 1, 8, 8)


def projected() -> DefenseGAN:
    """Defense-GAN on that generator; its path "none" cuts the gradient."""
    network, _, train, _ = world()
    return defense_gan(
        Parts(lambda _: network, lambda _: Components(train)),
        steps=15,
        restarts=2,
        candidates=200,
        lr=5.0,
    )


class Straight(torch.autograd.Function):
    """A module forwards, the identity backwards."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, of: Callable[[Tensor], Tensor]) -> Tensor:
        return of(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient, None


class Through(nn.Module):
    """A toy's preprocessing taken for the identity by whoever differentiates it."""

    def __init__(self, network: nn.Module, before: Callable[[Tensor], Tensor]):
        super().__init__()
        self.network, self.before = network, before

    def forward(self, x: Tensor) -> Tensor:
        return self.network(Straight.apply(x, self.before))


def attacked(
    target: nn.Module,
    file: str,
    *,
    gradient: Gradient = "exact",
    unaware: nn.Module | None = None,
    **numbers: Any,
) -> Trial:
    _, second, train, images = world()
    attack = plugin.load("tracks/attacks/attacks", file).ATTACK
    ledger = Ledger(target, *images, norm="linf", eps=[EPS], headline=EPS)
    given = {"stand_ins": [second], "train": train, "held_out": train}
    return carry_out(
        file, attack, ledger, numbers, seed=0, given=given, oblivious_of=unaware, gradient=gradient
    )


def left(*trials: Trial) -> float:
    """The share of images that withstand all of them."""
    return float((matrix(trials, N).min(0) > EPS).mean())


def careless(target: nn.Module) -> Trial:
    return attacked(target, "pgd_linf", losses=["cross_entropy"], steps=20)


def blind(target: nn.Module) -> list[Trial]:
    return [
        attacked(target, "square", queries=300),
        attacked(target, "transfer", steps=20),
        attacked(target, "fgsm", unaware=world()[0]),
        attacked(target, "pgd_linf", unaware=world()[0], steps=20),
    ]


@cache
def bare() -> float:
    return left(attacked(world()[0], "pgd_linf", steps=40))


def flags(target: nn.Module, trials: list[Trial]) -> str:
    found = [*probing.of_target("it", target, *(part[:10] for part in world()[3]))]
    found += gates.masked(trials, "linf", EPS)
    return "; ".join(caution.text for caution in found)


def test_the_bare_network_falls() -> None:
    assert bare() < 0.1


def test_a_detached_gradient() -> None:
    target = Detached(world()[0])
    naive = careless(target)
    assert left(naive) > 0.9
    others = blind(target)
    assert left(naive, *others) <= bare() + 0.05
    told = flags(target, [naive, *others])
    assert "no gradient on 100%" in told
    assert "only by attacks that see no gradient" in told


def test_logits_that_saturate_the_cross_entropy() -> None:
    target = Scaled(world()[0])
    naive = careless(target)
    assert left(naive) > bare() + 0.2
    for loss in ("apgd_dlr_linf", "pgd_linf"):
        aware = attacked(target, loss, steps=80)
        assert left(aware) <= bare() + 0.1
    assert "only by attacks that see no gradient" in flags(target, [naive, *blind(target)])


def test_a_quantiser() -> None:
    target = Quantised(world()[0])
    naive = careless(target)
    assert left(naive) > 0.9
    through = Through(target.network, lambda x: (x * 7).round() / 7)
    aware = attacked(through, "pgd_linf", gradient="bpda", steps=40)
    assert left(aware) <= bare() + 0.1
    assert "no gradient on 100%" in flags(target, [naive])


def test_noise() -> None:
    target = Noisy(world()[0])
    naive = careless(target)
    assert left(naive) > 0.7
    aware = attacked(target, "pgd_linf", unaware=target.network, steps=40)
    assert left(aware) <= bare() + 0.1
    assert "answers differently when asked twice" in flags(target, [naive])


def test_a_detached_projection() -> None:
    defence = projected()
    hidden = defence.by("none")
    naive = careless(hidden)
    assert left(naive) > 0.9
    aware = attacked(defence.by("bpda"), "pgd_linf", gradient="bpda", losses=["margin"], steps=30)
    assert left(aware) < left(naive) - 0.3
    told = flags(hidden, [naive, *blind(hidden)])
    assert "no gradient on 100%" in told


@pytest.mark.parametrize("kind", [Detached, Quantised])
def test_what_is_flagged_needs_no_luck(kind: type[Toy]) -> None:
    """A sound network behind nothing raises none of these cautions."""
    network = world()[0]
    naive = careless(network)
    assert flags(network, [naive, *blind(network)]) == ""
    assert flags(kind(network), [naive]) != ""
