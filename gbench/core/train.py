"""The one training loop."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim import Adam, Optimizer

from gbench.core.budget import Precision
from gbench.core.game import Batch, Game


def train(
    game: Game,
    batches: Iterator[Batch],
    optimizers: Mapping[str, Optimizer],
    rounds: int,
    start: int = 0,
    precision: Precision = "float32",
) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """Plays rounds `start + 1` to `rounds`; yields each round's number and last losses by player.

    In a round each player whose span it is in takes its steps in turn, with the step size that it
    has by then.  The
    caller decides what to log, sample or save between rounds, so there are no callbacks.  The
    losses are left on the game's device, and nothing in a round waits for it.

    With `precision="bfloat16"` the forward passes run under PyTorch's autocast: products in
    bfloat16, weights and updates in float32 (Micikevicius et al., "Mixed Precision Training", 2018,
    arXiv:1710.03740; with bfloat16, which has the range of float32, without loss scaling).

    Raises:
        StopIteration: `batches` ended before the last round.
    """
    players = game.players()
    mixed = partial(torch.autocast, game.device.type, torch.bfloat16)
    cast = mixed if precision == "bfloat16" else nullcontext
    everyone = list(game.parameters())
    own = {name: player.parameters() for name, player in players.items()}
    for round_ in range(start + 1, rounds + 1):
        if not game.training:  # to say so anew costs a twentieth of a small network's round
            game.train()
        game.progress = (round_ - 1) / rounds
        fallen = (round_ - 1) / max(1, rounds - 1)
        losses = {}
        for name, player in players.items():
            if not player.plays(game.progress):
                continue
            for group in optimizers[name].param_groups:
                group["lr"] = player.lr * (1 - (1 - player.lr_end) * fallen)
            with turn_of(own[name], everyone):
                for _ in range(player.steps):
                    with cast():
                        loss = game(name, next(batches))
                    optimizers[name].zero_grad()
                    loss.backward()
                    optimizers[name].step()
                    player.after_step()
            losses[name] = loss.detach()
        yield round_, losses


@contextmanager
def turn_of(own: Iterable[Parameter], everyone: Iterable[Parameter]) -> Iterator[None]:
    """Within the block only a player's own parameters require a gradient."""
    for parameter in everyone:
        parameter.requires_grad_(False)
    for parameter in own:
        parameter.requires_grad_(True)
    try:
        yield
    finally:
        for parameter in everyone:
            parameter.requires_grad_(True)


def adam(game: Game) -> dict[str, Optimizer]:
    """Each player's Adam, with the step size and decay rates that the player declares.

    Fused: a step over small networks then costs a third on a CPU, and one kernel on a GPU.
    """
    return {
        name: Adam(player.parameters(), lr=player.lr, betas=player.betas, fused=True)
        for name, player in game.players().items()
    }
