"""The comparison with other libraries, against tiny checkouts that the tests write themselves."""

import itertools
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.data import TensorDataset

from benchmarks.peers import __main__ as script
from benchmarks.peers import pythae, pytorch_gan
from benchmarks.peers.trial import Clock, Trial, alone, quietly
from gbench.core.files import UserError
from gbench.zoo.data import digits, ring
from gbench.zoo.shared.dataset import Dataset, Examples

START = """
import argparse
import numpy as np
import torch
from torch import nn
from torchvision import datasets, transforms
from torchvision.utils import save_image

parser = argparse.ArgumentParser()
for flag in ("n_epochs", "batch_size", "img_size", "sample_interval"):
    parser.add_argument(f"--{flag}", type=int)
for flag, default in {"latent_dim": 3, "n_critic": 5}.items():
    parser.add_argument(f"--{flag}", type=int, default=default)
for flag, default in {"lr": 2e-4, "b1": 0.5, "b2": 0.999}.items():
    parser.add_argument(f"--{flag}", type=float, default=default)
opt = parser.parse_args()
pixels = opt.img_size**2
generator = nn.Sequential(
    nn.Linear(opt.latent_dim, pixels), nn.Tanh(), nn.Unflatten(1, (1, opt.img_size, opt.img_size))
)
discriminator = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 4), nn.LeakyReLU(), nn.Linear(4, 1))
discriminator.extend(LAST)
to_tensor = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])
images = datasets.MNIST("nowhere", train=True, download=True, transform=to_tensor)
loader = torch.utils.data.DataLoader(images, batch_size=opt.batch_size, shuffle=True)
steps = {"lr": opt.lr, "betas": (opt.b1, opt.b2)}
optimizer_G = torch.optim.Adam(generator.parameters(), **steps)
optimizer_D = torch.optim.Adam(discriminator.parameters(), **steps)

def noise(n):
    return torch.FloatTensor(np.random.normal(0, 1, (n, opt.latent_dim)))
"""
GAN = """
for _ in range(opt.n_epochs):
    for real, _ in loader:
        ones = torch.ones(len(real), 1)
        fake = generator(noise(len(real)))
        optimizer_G.zero_grad()
        nn.functional.binary_cross_entropy(discriminator(fake), ones).backward()
        optimizer_G.step()
        optimizer_D.zero_grad()
        entropies = (
            nn.functional.binary_cross_entropy(discriminator(real), LABEL * ones),
            nn.functional.binary_cross_entropy(discriminator(fake.detach()), 0 * ones),
        )
        (sum(entropies) / 2).backward()
        optimizer_D.step()
        save_image(fake, "images/0.png")
"""
WGAN_GP = """
lambda_gp = 10
for _ in range(opt.n_epochs):
    for i, (real, _) in enumerate(loader):
        z = noise(len(real))
        fake = generator(z)
        places = torch.FloatTensor(np.random.random((len(real), 1, 1, 1)))
        between = (places * real + (1 - places) * fake.detach()).requires_grad_()
        (slope,) = torch.autograd.grad(discriminator(between).sum(), between, create_graph=True)
        penalty = (slope.flatten(1).norm(dim=1) - 1).square().mean()
        optimizer_D.zero_grad()
        loss = discriminator(fake).mean() - discriminator(real).mean() + WEIGHT * penalty
        loss.backward()
        optimizer_D.step()
        if i % opt.n_critic == 0:
            optimizer_G.zero_grad()
            (-discriminator(generator(z)).mean()).backward()
            optimizer_G.step()
"""
SIGMOID, NOTHING = "[nn.Sigmoid()]", "[]"


def programs(root: Path, *, label: float = 1.0, weight: float = 10.0) -> Path:
    """A checkout with two programs."""
    texts = {
        "gan": START.replace("LAST", SIGMOID) + GAN.replace("LABEL", str(label)),
        "wgan_gp": START.replace("LAST", NOTHING) + WGAN_GP.replace("WEIGHT", str(weight)),
    }
    for name, text in texts.items():
        folder = root / "implementations" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.py").write_text(text)
    return root


LIBRARY = {
    "data/datasets.py": """
from torch.utils.data import TensorDataset

class BaseDataset(TensorDataset):
    def __init__(self, data, labels):
        super().__init__(data)
""",
    "models/__init__.py": """
from types import SimpleNamespace
import torch
from torch import nn

VAEConfig = BetaVAEConfig = SimpleNamespace

class Encoder(nn.Module):
    def __init__(self, pixels):
        super().__init__()
        self.mean, self.log_variance = nn.Linear(pixels, 2), nn.Linear(pixels, 2)

    def forward(self, x):
        x = x.flatten(1)
        return {"embedding": self.mean(x), "log_covariance": self.log_variance(x)}

class Decoder(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, shape.numel()), nn.Sigmoid(), nn.Unflatten(1, shape))

    def forward(self, z):
        return {"reconstruction": self.net(z)}

class VAE(nn.Module):
    latent_dim = 2

    def __init__(self, config):
        super().__init__()
        shape = torch.Size(config.input_dim)
        self.config, self.encoder, self.decoder = config, Encoder(shape.numel()), Decoder(shape)

    def forward(self, x):
        mean, log_variance = self.encoder(x).values()
        z = mean + torch.randn_like(mean) * torch.exp(log_variance / 2)
        errors = (self.decoder(z)["reconstruction"] - x).square()
        rates = mean.square() + log_variance.exp() - log_variance - 1
        return (errors.sum() + getattr(self.config, "beta", 1) * RATE * rates.sum()) / 2 / len(x)

BetaVAE = VAE
""",
    "trainers/__init__.py": """
from dataclasses import dataclass
from torch.optim import Adam
from torch.utils.data import DataLoader

@dataclass
class BaseTrainerConfig:
    output_dir: str = ""
    per_device_train_batch_size: int = 1
    num_epochs: int = 1
    seed: int = 8
    learning_rate: float = 1e-4

class BaseTrainer:
    def __init__(self, model, data, training_config):
        self.model, self.config = model, training_config
        self.loader = DataLoader(data, self.config.per_device_train_batch_size, shuffle=True)
        next(iter(self.loader))

    def train(self):
        adam = Adam(self.model.parameters(), self.config.learning_rate)
        for _ in range(self.config.num_epochs):
            for (x,) in self.loader:
                adam.zero_grad()
                self.model(x).backward()
                adam.step()
""",
}


def library(root: Path, *, rate: float = 1.0) -> Path:
    """A checkout with a library."""
    for name, text in LIBRARY.items():
        file = root / "src" / "pythae" / name
        file.parent.mkdir(parents=True)
        file.write_text(text.replace("RATE", str(rate)))
    return root


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """No library of an earlier test is imported."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    pythae.library.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "pythae"]:
        monkeypatch.delitem(sys.modules, name)


def trial(root: Path, checkout: Path, model: str) -> Trial:
    """Of 20 training images in batches of 4."""
    data = digits.build()
    few = Dataset("digits", Examples(data.train.x[:20], data.train.y[:20]), data.validation,
                  data.test, classes=10, source="", levels=16)  # fmt: skip
    few.save(root / "data")
    return Trial(checkout, model, root / "data", epochs=2, batch=4, seed=0, n=3)


@pytest.mark.parametrize("model", ["gan", "wgan_gp"])
def test_a_program_and_our_game_make_the_same_update(tmp_path: Path, model: str) -> None:
    checkout = programs(tmp_path)
    assert pytorch_gan.difference(trial(tmp_path, checkout, model)) < 1e-9


@pytest.mark.parametrize("model", ["gan", "wgan_gp"])
def test_another_loss_makes_another_update(tmp_path: Path, model: str) -> None:
    checkout = programs(tmp_path, label=0.9, weight=9.0)
    assert pytorch_gan.difference(trial(tmp_path, checkout, model)) > 1e-3


@pytest.mark.parametrize("model", ["vae", "beta_vae"])
@pytest.mark.usefixtures("no_library")
def test_a_library_and_our_game_make_the_same_update(tmp_path: Path, model: str) -> None:
    checkout = library(tmp_path)
    assert pythae.difference(trial(tmp_path, checkout, model)) < 1e-9


@pytest.mark.usefixtures("no_library")
def test_another_rate_makes_another_update(tmp_path: Path) -> None:
    checkout = library(tmp_path, rate=0.9)
    assert pythae.difference(trial(tmp_path, checkout, "vae")) > 1e-3


def test_both_sides_take_the_same_steps_from_the_same_weights(tmp_path: Path) -> None:
    """20 images in batches of 4, twice: 10 steps; with 5 steps of the critic a round, 2 rounds."""
    given = trial(tmp_path, programs(tmp_path), "wgan_gp")
    names, clock = pytorch_gan.program(given, given.images(), epochs=2)
    counts = [int(names[f"optimizer_{who}"].state_dict()["state"][0]["step"]) for who in ("D", "G")]
    assert counts == [10, 2]
    assert len(clock.passes) == 2


@pytest.mark.parametrize("side", ["ours", "theirs"])
@pytest.mark.usefixtures("no_library")
def test_samples_are_images(tmp_path: Path, side: str) -> None:
    for peer, checkout, model in (
        (pytorch_gan, programs(tmp_path / "programs"), "wgan_gp"),
        (pythae, library(tmp_path / "library"), "vae"),
    ):
        trained = getattr(peer, side)(trial(tmp_path, checkout, model))
        assert trained.samples.shape == (3, 1, 8, 8)
        assert 0 <= trained.samples.min() < trained.samples.max() <= 1
        assert trained.seconds > trained.loading >= 0


def test_a_clock_counts_whole_passes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at 2 + 2 n times in a pass of n batches, n + 1 of these spans spent loading.

    Each look is 1 s after the last.  The pass that is given up is looked at twice.
    """
    ticks = itertools.count()
    monkeypatch.setattr("time.process_time", lambda: float(next(ticks)))
    clock = Clock()
    loader = clock.loader()(TensorDataset(torch.zeros(6)), batch_size=2)
    next(iter(loader))
    for _ in range(2):
        assert len([*loader]) == 3
    (began, _), (_, ended) = clock.passes
    assert clock.seconds == ended - began == 15
    assert clock.loading == 6


def test_the_script_writes_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    params = script.read()
    monkeypatch.setattr(script, "read", lambda: params | {"judge": {"steps": 5}})
    monkeypatch.setattr(script, "alone", quietly)
    checkout, table = programs(tmp_path), tmp_path / "table.md"
    given = [str(checkout), "--epochs", "1", "--seeds", "1", "--models", "gan", "--to", str(table)]
    script.main(given)
    (row,) = [line for line in table.read_text().splitlines() if line.startswith("| gan ")]
    _, steps, theirs, ours, ratio, loading, *fids = row.strip("| ").split(" | ")
    assert steps == "15"  # 960 of the 997 training images
    assert float(ours) / float(theirs) == pytest.approx(float(ratio.split()[0]), rel=0.02)
    assert 0 < float(loading.removesuffix("%")) < 100
    assert all(float(fid) > 0 for fid in fids)


def test_a_process_of_its_own_trains_the_same(tmp_path: Path) -> None:
    given = trial(tmp_path, programs(tmp_path), "gan")
    here, there = quietly(pytorch_gan.ours, given), alone(pytorch_gan.ours, given)
    assert (here.samples == there.samples).all()


def test_there_is_no_table_of_different_computations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "alone", quietly)
    checkout = programs(tmp_path, label=0.9)
    given = trial(tmp_path, checkout, "gan")
    with pytest.raises(UserError, match="do not compute the same"):
        script.compare(pytorch_gan, given, seeds=1, of=None)


def test_mistakes_of_the_user_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no checkout of"):
        script.peer_in(tmp_path)
    with pytest.raises(UserError, match="grey square images"):
        pytorch_gan.suited(ring.build(), "gan")
    with pytest.raises(UserError, match="not on ring"):
        pythae.suited(ring.build(), "vae")

    def imports(given: Trial) -> None:
        raise ModuleNotFoundError(name="imageio")

    with pytest.raises(UserError, match="pip install imageio"):
        quietly(imports, Trial(tmp_path, "vae", tmp_path, 1, 1, 0, 1))


def test_images_grow_to_a_multiple_of_16_where_networks_need_it() -> None:
    data = digits.build()
    assert pytorch_gan.suited(data, "gan") is data
    grown = pytorch_gan.suited(data, "dcgan")
    assert grown.shape == (1, 16, 16)
    assert torch.allclose(grown.train.x.mean((1, 2, 3)), data.train.x.mean((1, 2, 3)), atol=0.02)
