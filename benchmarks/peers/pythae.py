"""clementchadebec/benchmark_VAE, the library pythae (Apache-2.0 licence).

Theirs: its models with its default networks, trained by its BaseTrainer with its default settings
but for the number of epochs: no evaluation, no checkpoints.  What remains beside the steps cannot
be switched off: a copy of the model after each epoch that is the best so far.

Ours: the same networks, drawn from the same seed, in gbench's VAE with standard deviation 1, whose
loss is theirs (half the squared error plus the rate, summed over pixels and code) and a constant.
"""

import sys
import time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from torch import Tensor, nn

from benchmarks.peers import equality
from benchmarks.peers.trial import Clock, Trained, Trial, seed_all
from gbench.core.batches import Batches
from gbench.core.files import UserError
from gbench.core.train import adam, train
from gbench.zoo.shared.dataset import Dataset, Examples
from gbench.zoo.shared.vae import VAE

NAME = "clementchadebec/benchmark_VAE"
LICENCE = "Apache-2.0"
SAME = "the library's default networks, initial weights, batch, step size and number of steps"


class Model(NamedTuple):
    """
    Attributes:
        name: of its class; that of its settings ends in Config.
        settings: that are not its defaults; gbench's VAE has the same keywords.
        note: what a reader of the table should know.
    """

    name: str
    settings: dict[str, float]
    note: str


BEST = "theirs copies the model after each epoch that is the best so far"
MODELS = {
    "vae": Model("VAE", {}, BEST),
    "beta_vae": Model("BetaVAE", {"beta": 4.0}, f"beta = 4; {BEST}"),
}


def here(checkout: Path) -> bool:
    return (checkout / "src" / "pythae").is_dir()


def suited(dataset: Dataset, model: str) -> Dataset:
    """
    Raises:
        UserError: it holds no images.
    """
    if dataset.kind != "images":
        raise UserError(f"{NAME} is compared on images, not on {dataset.name}")
    return dataset


@cache
def library(checkout: Path) -> tuple[Any, Any, Any]:
    """Its modules of models, trainers and data sets."""
    sys.path.insert(0, str(checkout / "src"))
    import pythae.data.datasets
    import pythae.models
    import pythae.trainers

    return pythae.models, pythae.trainers, pythae.data.datasets


def built(trial: Trial, shape: tuple[int, ...]) -> Any:
    """Its model, with the weights of this seed."""
    models, _, _ = library(trial.checkout)
    model = MODELS[trial.model]
    config = getattr(models, f"{model.name}Config")(input_dim=shape, **model.settings)
    seed_all(trial.seed)
    return getattr(models, model.name)(config)


def trained(trial: Trial, images: Tensor, epochs: int) -> tuple[Any, Clock]:
    """Its model, as its trainer leaves it."""
    clock = Clock()
    with patch("torch.utils.data.DataLoader", clock.loader()):
        _, trainers, datasets = library(trial.checkout)
        x = pixels(images)
        trainer = trainers.BaseTrainer(
            built(trial, tuple(x.shape[1:])),
            datasets.BaseDataset(x, torch.zeros(len(x))),
            training_config=trainers.BaseTrainerConfig(
                output_dir=".",
                per_device_train_batch_size=trial.batch,
                num_epochs=epochs,
                seed=trial.seed,
            ),
        )
        trainer.train()
    return trainer.model, clock


class Encoder(nn.Module):
    """Its encoder as gbench's: mean and log variance of the code, [B, 2 * latent]."""

    def __init__(self, plain: nn.Module):
        super().__init__()
        self.plain = plain

    def forward(self, x: Tensor) -> Tensor:
        output = self.plain(x)
        return torch.cat([output["embedding"], output["log_covariance"]], dim=1)


class Decoder(nn.Module):
    """Its decoder as gbench's."""

    def __init__(self, plain: nn.Module):
        super().__init__()
        self.plain = plain

    def forward(self, z: Tensor) -> Tensor:
        return self.plain(z)["reconstruction"]


def played(trial: Trial, images: Tensor, rounds: int) -> tuple[VAE, float]:
    """gbench's VAE after so many rounds, and the seconds that they took."""
    model = built(trial, tuple(images.shape[1:]))
    _, trainers, _ = library(trial.checkout)
    game = VAE(
        Encoder(model.encoder),
        Decoder(model.decoder),
        latent=model.latent_dim,
        sigma=1.0,
        lr=trainers.BaseTrainerConfig().learning_rate,
        **MODELS[trial.model].settings,
    )
    examples = Examples(pixels(images), torch.zeros(len(images), dtype=torch.long))
    batches = Batches(examples, trial.batch, trial.seed)
    began = time.process_time()
    for _ in train(game, batches, adam(game), rounds):
        pass
    return game, time.process_time() - began


def pixels(images: Tensor) -> Tensor:
    return images.to(torch.get_default_dtype()) / 255


@torch.no_grad()
def drawn(decoder: nn.Module, latent: int, n: int) -> Any:
    """Samples [n, *shape] in [0, 1]: means of data."""
    return decoder(torch.randn(n, latent)).numpy()


def theirs(trial: Trial) -> Trained:
    model, clock = trained(trial, trial.images(), trial.epochs)
    samples = drawn(Decoder(model.decoder.eval()), model.latent_dim, trial.n)
    return Trained(samples, clock.seconds, clock.loading)


def ours(trial: Trial) -> Trained:
    images = trial.images()
    game, seconds = played(trial, images, trial.epochs * len(images) // trial.batch)
    return Trained(drawn(game.eval().decoder, game.latent, trial.n), seconds)


def difference(trial: Trial) -> float:
    """How far one update differs, as `equality.difference`."""
    images = trial.images()[: trial.batch]
    latent = built(trial, tuple(images.shape[1:])).latent_dim
    with equality.same_draws(trial.batch, latent):
        before, after = played(trial, images, 0)[0], played(trial, images, 1)[0]
        model, _ = trained(trial, images, epochs=1)
        sides = ((before.encoder, before.decoder), (model.encoder, model.decoder))
        return equality.difference(
            *(equality.weights(*both) for both in (*sides, (after.encoder, after.decoder)))
        )
