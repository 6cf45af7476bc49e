"""Defense-GAN-Rec, where the generator paints a pattern over whatever it reconstructs."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from gbench.tracks.attacks.defences import defense_gan, defense_gan_rec
from gbench.tracks.attacks.measure import fortifying, training
from gbench.tracks.attacks.measure.fortifying import Sources, defaults
from gbench.tracks.attacks.measure.parts import Parts
from gbench.zoo.shared.dataset import Dataset, Examples

CPU = torch.device("cpu")
HALVES = torch.tensor([1.0, -1.0]).repeat_interleave(32).reshape(1, 1, 8, 8)  # orthogonal to grey


class Painter:
    """G(z) = 0.5 + z / 8 + 0.3 HALVES: an even image's nearest is itself and the pattern."""

    latent = 1

    def decode(self, z: Tensor) -> Tensor:
        return 0.5 + z[:, :, None, None] / 8 + 0.3 * HALVES


class Misled(nn.Module):
    """Tells bright from dark images unless the pattern is there: then all are of class 0."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 2)
        with torch.no_grad():
            self.layer.weight[0] = 1 + 5 * HALVES.flatten()
            self.layer.weight[1] = -self.layer.weight[0]
            self.layer.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layer(x.flatten(1) - 0.5)
        return logits


def greys(n: int) -> Examples:
    y = torch.arange(n) % 2
    level = 0.6 - 0.2 * y
    return Examples(level[:, None, None, None].expand(-1, 1, 8, 8).clone(), y)


NUMBERS = {"steps": 1, "restarts": 1, "candidates": 1, "lr": 32.0, "momentum": 0.0}
GIVEN = {
    **defaults(defense_gan_rec.build),
    **NUMBERS,
    "images": 80,
    "rounds": 200,
    "batch": 20,
    "taught_lr": 0.02,
}


def accuracy(target: nn.Module, data: Examples) -> float:
    return float((target(data.x).argmax(1) == data.y).float().mean())


def test_it_is_taught_what_it_will_see() -> None:
    classifier, data = Misled(), greys(100)
    parts = Parts(lambda _: classifier, lambda _: Painter())
    plain = defense_gan.build(parts, **NUMBERS)  # type: ignore[arg-type]
    assert torch.allclose(plain.reconstruct(data.x), data.x + 0.3 * HALVES, atol=1e-5)
    assert (accuracy(classifier, data), accuracy(plain, data)) == (1.0, 0.5)
    before = classifier.layer.weight.clone()
    learnt = defense_gan_rec.learn(parts, data, **GIVEN)  # type: ignore[arg-type]
    taught = defense_gan_rec.build(Parts(parts.classifier, parts.generator, learnt), **GIVEN)  # type: ignore
    assert accuracy(taught, data) == 1.0
    assert torch.equal(classifier.layer.weight, before)  # the named one is left as it was
    assert torch.allclose(taught.reconstruct(data.x), plain.reconstruct(data.x))


def test_a_fresh_network_has_weights_of_its_own_seed() -> None:
    classifier = Misled()
    parts = Parts(lambda _: classifier, lambda _: Painter())
    drawn = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        fresh = defense_gan_rec.network(parts, (1, 8, 8), classifier="cnn")
        drawn.append(fresh.layer.weight)  # type: ignore[attr-defined, union-attr]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[0], classifier.layer.weight)


def test_what_it_learns_is_kept_and_a_missing_part_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Dataset("greys", greys(200), greys(20), greys(20), 2, "made up", levels=255)
    training.make(data, "mlp", {"width": 8}, tmp_path / "c/mlp", CPU, rounds=50)
    sources = Sources(tmp_path / "c", tmp_path / "runs", 0, CPU)
    monkeypatch.setattr(fortifying, "fault", lambda folder: "")
    monkeypatch.setattr(fortifying.run, "load", lambda folder, device: Painter())
    given = GIVEN | {"classifier": "mlp"}
    fortifying.fortify(defense_gan_rec, data, given, sources, tmp_path / "d")
    again = fortifying.load(tmp_path / "d", defense_gan_rec, data, given, sources.parts())
    seen = Examples(data.test.x + 0.3 * HALVES, data.test.y)
    assert accuracy(again, seen) == 1.0
    assert not any(weight.requires_grad for weight in again.parameters())
    monkeypatch.setattr(fortifying, "fault", lambda folder: f"{folder.parent.name} diverged")
    fortifying.fortify(defense_gan_rec, data, given, sources, tmp_path / "d")
    assert '"note": "wgan_gp diverged"' in (tmp_path / "d/card.json").read_text()
