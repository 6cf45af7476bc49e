"""The truncation curve: fidelity against diversity as the noise is cut to the middle of its law.

Brock, Donahue and Simonyan, "Large Scale GAN Training for High Fidelity Natural Image Synthesis",
2019, arXiv:1809.11096, section 3.1: numbers of the noise beyond a bound are drawn again; the
smaller the bound, the more typical, and the more alike, the samples.
"""

import inspect
from typing import Any

import numpy as np
import torch

from gbench.core.game import Game
from gbench.protocol.evidence import Skip
from gbench.tracks.generation.measure.latent.probe import Case, Images, Probed, Row, seeded

SCORES: dict[str, dict[str, Any]] = {"fid": {}, "precision": {"k": 3}, "recall": {"k": 3}}
COLUMNS = 10  # of the sheet


def probe(game: Game, case: Case) -> Probed:
    """Scores of as many samples at each bound, each against those of untruncated noise.

    Raises:
        Skip: the game's `sample` takes no truncation.
    """
    if "truncation" not in inspect.signature(game.sample).parameters:
        raise Skip("its samples cannot be truncated")
    court, n = case.court, case.n
    bounds = [*case.settings.truncations, None]
    images = [drawn(game, n, bound, case.seed) for bound in bounds]
    scores = [court.scores(court.see(x), court.test[:n], SCORES) for x in images]
    free = scores[-1]
    rows = [
        Row(metric, score[metric]["value"], "untruncated", free[metric]["value"],
            score[metric]["note"], bound)
        for bound, score in zip(bounds, scores, strict=True)
        for metric in SCORES
    ]  # fmt: skip
    return Probed(rows, {"truncation": np.stack([x[:COLUMNS] for x in images])})


@torch.no_grad()
def drawn(game: Game, n: int, bound: float | None, seed: int) -> Images:
    """n samples with the noise cut at the bound; classes take turns if the game is conditional."""
    arguments: dict[str, Any] = {"truncation": bound}
    if classes := getattr(game, "classes", 0):
        arguments["labels"] = torch.arange(n) % classes
    with seeded(seed):
        return game.sample(n, **arguments).float().cpu().numpy()
