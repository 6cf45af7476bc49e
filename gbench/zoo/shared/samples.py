"""What is kept of a generative model: samples, and its critic's landscape of the plane."""

from functools import partial

import torch
from torch import Tensor

from gbench.core.game import Game
from gbench.core.learn import Final, Keep, Tensors, finite
from gbench.zoo.shared.along import Along
from gbench.zoo.shared.dataset import Dataset
from gbench.zoo.shared.landscape import landscape, window


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
