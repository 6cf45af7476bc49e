"""What is kept of a generative model: samples, and its critic's landscape of the plane."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from gbench.core.budget import Along
from gbench.core.game import Game
from gbench.core.learn import Final, Keep, Tensors, finite
from gbench.zoo.dataset import Dataset


def keep(dataset: Dataset, seed: int, along: Along, n: int, batches: int = 1) -> Keep:
    """Batches of n samples each, all from one stream of noise: the first is the same however many
    follow.

    Args:
        seed: of what a model does not descend but solves for.
        along: what is kept on the way.
    """
    return Keep(
        final=(
            Final("sample", "samples", lambda game: {"x": draw(game, n, dataset.kind)}),
            Final("batches", "batches", partial(further, dataset=dataset, n=n, more=batches - 1)),
        ),
        fit=lambda game: game.fit(dataset.train.x, seed),
        points=along.points,
        look=partial(look, dataset=dataset, along=along),
        beside={"window": window(dataset.train.x)} if surveyed(dataset, along) else {},
    )


def further(game: Game, dataset: Dataset, n: int, more: int) -> Tensors:
    """ "x" [more, n, *shape] of samples, as the data set stores its own; nothing for 0."""
    drawn = [dataset.stored(draw(game, n, dataset.kind)) for _ in range(more)]
    return {"x": torch.stack(drawn)} if drawn else {}


def look(game: Game, dataset: Dataset, along: Along) -> Tensors:
    """Samples "x" [n, *shape], as the data set stores its own: whole numbers for pixels; and, where
    there is a critic of points in the plane, its "landscape" [G, G]."""
    kept = {"x": dataset.stored(draw(game, along.n, dataset.kind))}
    score = getattr(game, "score", None)
    if score and surveyed(dataset, along):
        kept["landscape"] = landscape(score, window(dataset.train.x), along.landscape)
    return kept


def surveyed(dataset: Dataset, along: Along) -> bool:
    """Whether critics are asked for landscapes."""
    return along.landscape > 0 and dataset.shape == (2,)


@torch.no_grad()
def draw(game: Game, n: int, kind: str, chunk: int = 1000) -> Tensor:
    """n samples [n, *shape] on the CPU, float32, contiguous; pixels are clamped to [0, 1].

    Raises:
        Diverged: a sample is not finite.
    """
    game.eval()
    sizes = [min(chunk, n - begin) for begin in range(0, n, chunk)]
    samples = torch.cat([game.sample(size).float().cpu() for size in sizes]).contiguous()
    finite(samples, "samples")
    return samples.clamp(0, 1) if kind == "images" else samples


def window(x: Tensor) -> Tensor:
    """The part of the plane around data [N, 2]: [x0, x1, y0, y1].

    It is their bounding box with a quarter of its size added on each side.
    """
    low, high = x.aminmax(dim=0)
    margin = (high - low) / 4
    return torch.stack([low - margin, high + margin], dim=1).flatten()


def lattice(window: Tensor, points: int) -> Tensor:
    """The points [G * G, 2] of a square lattice over a window, its edges included.

    Row after row, from y0 upwards, and each row from x0 on.
    """
    (x0, x1, y0, y1), device = window.tolist(), window.device
    y = torch.linspace(y0, y1, points, device=device)
    x = torch.linspace(x0, x1, points, device=device)
    return torch.cartesian_prod(y, x).flip(1)


@torch.no_grad()
def landscape(score: Callable[[Tensor], Tensor], window: Tensor, points: int) -> Tensor:
    """The scores on the lattice over a window, [G, G] on the CPU, float32; rows go upwards.

    All are NaN if one is not finite.

    Args:
        score: a game's capability, in eval mode.
        window: [4], as `window` gives it, on the game's device.
        points: G, along each axis.
    """
    found = score(lattice(window, points)).float().cpu().view(points, points)
    return found if found.isfinite().all() else torch.full_like(found, torch.nan)
