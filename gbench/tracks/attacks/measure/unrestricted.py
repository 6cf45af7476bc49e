"""Unrestricted adversarial images: a conditional GAN's image of a class, mistaken for another.

Song, Shu, Kushman and Ermon, "Constructing Unrestricted Adversarial Examples with Generative
Models", 2018, arXiv:1805.07894, section 3.2, without their additional noise:
z descends L_0 + lambda_1 L_1 + lambda_2 L_2 from z_0 ~ N(0, I), with L_0 = the target's
log-probability of the source class, L_1 = mean_i max(|z_i - z0_i| - reach, 0) and L_2 = the
negative log-probability that the AC-GAN's own auxiliary classifier gives to the source class.

There is no original image, so no distance bounds the result, and nothing but a human tells
whether it still shows its class: the paper asks five.  Here independent classifiers stand in, and
that is a proxy: they may be misled together with the target, or with each other.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gbench.core.device import describe
from gbench.core.files import replacing, write_json
from gbench.core.run import fault
from gbench.games.nets.pairs import join, one_hot
from gbench.stats.wilson import interval
from gbench.tracks.attacks.measure import training
from gbench.tracks.attacks.measure.record import Unattacked, UnrestrictedRecord
from gbench.zoo.shared.dataset import Dataset
from gbench.zoo.shared.run import load

SHOWN = 10  # images kept


class Settings(NamedTuple):
    """The section `unrestricted` of params.yaml.

    Attributes:
        generator: an AC-GAN among the variants; its first seed.
        attempts: noises, as many of each class.
        steps: of Adam over z.
        lr: Adam's.
        reach: how far each entry of z may go for nothing.
        near: lambda_1.
        faithful: lambda_2.
        proxies: classifiers that say whether an image still shows its class; two or more, and what
            is told of a target leaves itself out.
        seed: of the noises.
    """

    generator: str = "acgan"
    attempts: int = 200
    steps: int = 100
    lr: float = 0.05
    reach: float = 0.1
    near: float = 10.0
    faithful: float = 10.0
    proxies: Sequence[str] = ()
    seed: int = 0


def search(target: nn.Module, game: Any, start: Tensor, source: Tensor, chosen: Settings) -> Tensor:
    """[B, latent] noises and [B] classes to the images [B, C, H, W] that the search ends with.

    Each is the one that first misled the target, or the last.
    """
    z = start.clone().requires_grad_()
    label = one_hot(source, game.classes)
    optimizer = torch.optim.Adam([z], lr=chosen.lr)
    found = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    kept: Tensor | None = None
    for step in range(chosen.steps + 1):
        made = game.generator(join(z, label))
        logits = target(made)
        fresh = (logits.argmax(1) != source) & ~found
        if kept is None:
            kept = made.detach().clone()
        moving = fresh | ~found
        kept[moving] = made.detach()[moving]
        found |= fresh
        if found.all() or step == chosen.steps:
            break
        misled = -cross_entropy(logits, source, reduction="sum")
        strayed = ((z - start).abs() - chosen.reach).clamp(min=0).mean(1).sum()
        faithful = cross_entropy(game.predict(made), source, reduction="sum")
        loss = misled + chosen.near * strayed + chosen.faithful * faithful
        (z.grad,) = torch.autograd.grad(loss, z)
        optimizer.step()
    assert kept is not None
    return kept


@torch.no_grad()
def told(
    target: nn.Module, judges: Sequence[nn.Module], x: Tensor, source: Tensor
) -> tuple[Tensor, Tensor]:
    """[B] where the target errs, and [B] where all judges name the source class."""
    wrong = target(x).argmax(1) != source
    agreed = torch.stack([judge(x).argmax(1) == source for judge in judges]).all(0)
    return wrong, agreed


def counted(wrong: Tensor, agreed: Tensor) -> dict[str, Any]:
    """Shares with Wilson's intervals: of attempts that mislead, and of these that the proxies name
    rightly."""
    n, hits, kept = len(wrong), int(wrong.sum()), int((wrong & agreed).sum())
    return {
        "attempts": n,
        "misled": hits,
        "misled_wilson": list(interval(hits, n)),
        "agreed": kept,
        "agreed_wilson": list(interval(kept, hits)) if hits else None,
        "both_wilson": list(interval(kept, n)),
    }


def attack(params: dict[str, Any], data: str, name: str, device: torch.device) -> None:
    """Searches against one classifier; writes results/unrestricted/<data>/<name>.

    Raises:
        DataError: a classifier or the generator cannot be read.
    """
    began = time.perf_counter()
    out = Path("results/unrestricted") / data / name
    chosen = Settings(**params["unrestricted"])
    source = Path("runs") / data / chosen.generator / str(params["seeds"][0])
    record: Unattacked = {
        "data": data,
        "target": name,
        "settings": chosen._asdict(),
        "status": "skipped",
        "note": "",
    }
    tensors: dict[str, Tensor] = {}
    dataset = Dataset.load(Path("data") / data, device)
    folder = Path("classifiers") / data
    if note := training.unsuitable(dataset) or training.fault(folder / name) or fault(source):
        record["note"] = note
    else:
        game: Any = load(source, device).requires_grad_(False)
        target = training.load(folder / name, device)
        names = [proxy for proxy in chosen.proxies if proxy != name]
        judges = training.load_all(folder, names, device)
        drawn = torch.Generator().manual_seed(chosen.seed)
        start = torch.randn(chosen.attempts, game.latent, generator=drawn).to(device)
        labels = (torch.arange(chosen.attempts) % game.classes).to(device)
        with torch.no_grad():
            plain = game.generator(join(start, one_hot(labels, game.classes)))
        made = search(target, game, start, labels, chosen)
        wrong, agreed = told(target, judges, made, labels)
        attacked: UnrestrictedRecord = {
            **record,
            "status": "ok",
            "proxies": names,
            "found": counted(wrong, agreed),
            "unsearched": counted(*told(target, judges, plain, labels)),
            "seconds": time.perf_counter() - began,
            **describe(device),
        }
        record = attacked
        shown = (wrong & agreed).nonzero()[:SHOWN, 0]
        tensors = {
            "start": plain[shown],
            "found": made[shown],
            "source": labels[shown],
            "named": target(made[shown]).argmax(1),
        }
    with replacing(out) as temporary:
        temporary.mkdir()
        write_json(temporary / "unrestricted.json", record)
        if tensors:
            kept = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
            save_file(kept, temporary / "images.safetensors")
