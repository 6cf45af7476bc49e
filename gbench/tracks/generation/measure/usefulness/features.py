"""The features that a trained game has to offer, asked of what it can do, never of its name."""

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from torch import Tensor

from gbench.core.game import Game
from gbench.games.nets.biggan import ProjectionCritic
from gbench.games.nets.critic import Critic
from gbench.games.nets.pairs import Apart
from gbench.protocol.evidence import Floats, Skip, require_finite
from gbench.tracks.generation.measure.usefulness.case import in_parts

Features = Callable[[Tensor], Tensor]  # [B, *shape] -> [B, F]


def encoder(game: Game) -> Features:
    """
    Raises:
        Skip: there is none.
    """
    if not hasattr(game, "encode"):
        raise Skip("no encoder")
    return cast(Features, game.encode)


def critic(game: Game) -> Features:
    """The critic's features of data alone, before its head: the whole trunk, or, where it sees
    pairs of data and label or code, the layers that see the data alone.

    Raises:
        Skip: there is none, or an input's features are not its own.
    """
    found = getattr(game, "critic", None)
    if found is None:
        raise Skip("no critic")
    if not isinstance(found, Critic):
        raise Skip("its critic does not part features from score")
    if found.pack != 1:
        raise Skip("its critic's features are of several inputs together")
    if isinstance(found, ProjectionCritic):
        return found.trunk
    apart = next((module for module in found.modules() if isinstance(module, Apart)), None)
    return apart.data if apart else found.features


KINDS: dict[str, Callable[[Game], Features]] = {"encoder": encoder, "critic": critic}


@torch.no_grad()
def extracted(features: Features, x: Tensor) -> Floats:
    """The features [N, F] of images [N, C, H, W].

    Raises:
        Skip: some are not finite.
    """
    parts = [features(part).flatten(1).double().cpu().numpy() for part in in_parts(x)]
    found = np.concatenate(parts)
    require_finite(found)
    return found
