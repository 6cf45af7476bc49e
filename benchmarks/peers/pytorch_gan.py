"""eriklindernoren/PyTorch-GAN (MIT licence), whose models are programs that train when run.

Theirs: the program itself, unchanged, with its own flags.  Stand-ins are torchvision's MNIST, which
holds our training split instead (its items are made as ever, so that the program's own transforms
run), a DataLoader with a clock, and `save_image`, which saves nothing.

Ours: the networks, initial weights and step sizes of the same program, run with no epochs, as
gbench's game with the criterion of the same name, played by `gbench.core.train.train`.  It plays in
[-1, 1], as they do; samples are brought to [0, 1].  A step is one batch that the critic sees.
"""

import runpy
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torch.optim import Optimizer, RMSprop
from torchvision.datasets import MNIST

from benchmarks.peers import equality
from benchmarks.peers.trial import Clock, Trained, Trial, seed_all
from gbench.core.batches import Batches
from gbench.core.files import UserError
from gbench.core.game import Game
from gbench.core.train import adam, train
from gbench.games.nets.critic import Critic
from gbench.games.nets.mlp import Trunk
from gbench.games.two_player.clipping import ClippedGAN
from gbench.games.two_player.criteria import Criterion, NonSaturating, Wasserstein
from gbench.games.two_player.game import GAN
from gbench.games.two_player.least_squares import LeastSquares
from gbench.games.two_player.terms import GradientPenalty
from gbench.zoo.shared.dataset import Dataset, Examples

NAME = "eriklindernoren/PyTorch-GAN"
LICENCE = "MIT"
SAME = (
    "the program's networks (with its batch norm of eps 0.8), initial weights, batch, step sizes "
    "and number of steps"
)

Names = dict[str, Any]  # a program's global names, after it has run


def here(checkout: Path) -> bool:
    return (checkout / "implementations").is_dir()


class Weighted(NamedTuple):
    """A criterion whose losses are weighted as the program weights them."""

    criterion: Criterion
    of_critic: float = 1.0
    of_generator: float = 1.0

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return self.of_critic * self.criterion.critic(real, fake)

    def generator(self, fake: Tensor) -> Tensor:
        return self.of_generator * self.criterion.generator(fake)


def networks(names: Names) -> dict[str, Any]:
    """The program's networks and sizes as keywords of gbench's games.

    A sigmoid is left out: gbench's criteria take the score before it.
    """
    critic = names["discriminator"]
    for module in [*critic.modules()]:
        for name, child in module.named_children():
            if isinstance(child, nn.Sigmoid):
                setattr(module, name, nn.Identity())
    opt = names["opt"]
    return {
        "generator": names["generator"],
        "critic": Critic(Trunk([critic], 1), nn.Identity()),
        "latent": opt.latent_dim,
        "lr": opt.lr,
    }


def plain(names: Names, criterion: Criterion) -> GAN:
    betas = names["opt"].b1, names["opt"].b2
    return GAN(**networks(names), criterion=criterion, betas=betas)


def wgan(names: Names) -> ClippedGAN:
    steps, bound = names["opt"].n_critic, names["opt"].clip_value
    return ClippedGAN(
        **networks(names), criterion=Wasserstein(), bound=bound, critic_steps=steps, betas=(0, 0)
    )


def wgan_gp(names: Names) -> GAN:
    game = plain(names, Wasserstein())
    game.critic_steps = names["opt"].n_critic
    game.terms["critic"].append(GradientPenalty(names["lambda_gp"]))
    return game


def rmsprop(game: Game) -> dict[str, Optimizer]:
    return {
        name: RMSprop(player.parameters(), lr=player.lr) for name, player in game.players().items()
    }


class Model(NamedTuple):
    """How gbench plays the same.

    Attributes:
        game: of the program's names.
        optimizers: of the game.
        simultaneous: the program's players move from the same weights; gbench's, one after another.
        note: what a reader of the table should know.
        multiple: of which a side of the images must be.
    """

    game: Callable[[Names], GAN]
    optimizers: Callable[[Game], dict[str, Optimizer]] = adam
    simultaneous: bool = False
    note: str = ""
    multiple: int = 1


ONCE = "theirs makes fakes once a step, for both players; ours makes new ones for each"
CONVOLUTIONS = f"{ONCE}; its networks need images whose side is a multiple of 16"
CROSS_ENTROPY = partial(plain, criterion=Weighted(NonSaturating(), of_critic=0.5))
SQUARES = partial(plain, criterion=Weighted(LeastSquares(0.0, 1.0, 1.0), of_generator=2.0))
MODELS = {
    "gan": Model(CROSS_ENTROPY, simultaneous=True, note=ONCE),
    "dcgan": Model(CROSS_ENTROPY, simultaneous=True, note=CONVOLUTIONS, multiple=16),
    "lsgan": Model(SQUARES, simultaneous=True, note=CONVOLUTIONS, multiple=16),
    "wgan": Model(wgan, rmsprop, note="both descend with RMSprop, the program's, PyTorch's own"),
    "wgan_gp": Model(
        wgan_gp,
        note="theirs differentiates the critic's loss by the generator's weights as well, and "
        "throws that away",
    ),
}


def suited(dataset: Dataset, model: str) -> Dataset:
    """The data set in a size that the program's networks take.

    Raises:
        UserError: the images are not grey and square.
    """
    if dataset.kind != "images" or dataset.shape[0] != 1 or dataset.shape[1] != dataset.shape[2]:
        raise UserError(f"{NAME} takes grey square images, not {dataset.name} {dataset.shape}")
    multiple = MODELS[model].multiple
    side = -(-dataset.shape[1] // multiple) * multiple
    if side == dataset.shape[1]:
        return dataset

    def resized(part: Examples) -> Examples:
        x = interpolate(part.x, (side, side), mode="bilinear", antialias=True)
        return Examples(x.clamp(0, 1), part.y)

    splits = {split: resized(getattr(dataset, split)) for split in ("train", "validation", "test")}
    return replace(dataset, **splits, levels=255)


def program(trial: Trial, images: Tensor, epochs: int) -> tuple[Names, Clock]:
    """Runs the model's program on images [N, 1, H, W] of 8 bits."""

    class Split(MNIST):
        def __init__(self, *_: Any, transform: Callable[..., Any], **__: Any):
            self.data, self.targets = images.squeeze(1), torch.zeros(len(images), dtype=torch.long)
            self.transform, self.target_transform = transform, None

    flags = {
        "n_epochs": epochs,
        "batch_size": trial.batch,
        "img_size": images.shape[-1],
        "sample_interval": 10**9,
    }
    file = trial.checkout / "implementations" / trial.model / f"{trial.model}.py"
    clock = Clock()
    seed_all(trial.seed)
    with (
        patch("torchvision.datasets.MNIST", Split),
        patch("torchvision.utils.save_image", lambda *_, **__: None),
        patch("torch.utils.data.DataLoader", clock.loader()),
        patch.object(sys, "argv", [str(file), *(f"--{flag}={flags[flag]}" for flag in flags)]),
    ):
        return runpy.run_path(str(file), run_name="__main__"), clock


def inside(images: Tensor) -> Examples:
    """Images of 8 bits as the networks take them, in [-1, 1]."""
    x = images.to(torch.get_default_dtype()) / 255 * 2 - 1
    return Examples(x, torch.zeros(len(x), dtype=torch.long))


@torch.no_grad()
def drawn(generator: nn.Module, latent: int, n: int) -> Any:
    """Samples [n, 1, H, W] in [0, 1]; batch norm uses its running averages."""
    generator.eval()
    return ((generator(torch.randn(n, latent)) + 1) / 2).numpy()


def theirs(trial: Trial) -> Trained:
    names, clock = program(trial, trial.images(), trial.epochs)
    samples = drawn(names["generator"], names["opt"].latent_dim, trial.n)
    return Trained(samples, clock.seconds, clock.loading)


def ours(trial: Trial) -> Trained:
    images, model = trial.images(), MODELS[trial.model]
    game = model.game(program(trial, images, epochs=0)[0])
    batches = Batches(inside(images), trial.batch, trial.seed)
    rounds = trial.epochs * len(images) // (trial.batch * game.critic_steps)
    began = time.process_time()
    for _ in train(game, batches, model.optimizers(game), rounds):
        pass
    seconds = time.process_time() - began
    return Trained(drawn(game.generator, game.latent, trial.n), seconds)


def difference(trial: Trial) -> float:
    """How far one update of each player differs, as `equality.difference`."""
    images, model = trial.images()[: trial.batch], MODELS[trial.model]

    def start() -> GAN:
        game = model.game(program(trial, images, epochs=0)[0])
        game.critic_steps = 1
        return game

    def move(game: GAN, player: str) -> None:
        players = {player: game.players()[player]}
        batches = Batches(inside(images), trial.batch, trial.seed)
        with patch.object(game, "players", lambda: players):
            for _ in train(game, batches, model.optimizers(game), 1):
                pass

    latent = start().latent
    with equality.same_draws(trial.batch, latent):
        before, first = start(), start()
        move(first, "critic")
        second = start() if model.simultaneous else first
        move(second, "generator")
        names, _ = program(trial, images, epochs=1)
        pairs = (
            (before.critic, names["discriminator"], first.critic),
            (before.generator, names["generator"], second.generator),
        )
        return max(equality.difference(*map(equality.weights, each)) for each in pairs)
