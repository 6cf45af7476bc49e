"""The worked examples of the README and docs/adding.md, executed as printed."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from gbench.core.batches import Batches
from gbench.core.train import adam, train
from gbench.params.check.entries import one
from gbench.protocol.evidence import Evidence, Samples
from gbench.zoo.sections import MODELS
from gbench.zoo.shared.dataset import Dataset, Examples

ROOT = Path(__file__).parents[2]
TEXT = "\n".join((ROOT / page).read_text() for page in ("README.md", "docs/adding.md"))
EXAMPLES = {
    match["path"]: match["code"]
    for match in re.finditer(
        r"```python\n# (?P<path>gbench/\S+\.py)\n(?P<code>.*?)```", TEXT, re.DOTALL
    )
}


def example(folder: str, tmp_path: Path) -> ModuleType:
    (path,) = [path for path in EXAMPLES if path.startswith(f"gbench/{folder}/")]
    assert EXAMPLES[path].count("\n") < 20
    assert not (ROOT / path).exists(), "the example must be new"
    file = tmp_path / Path(path).name
    file.write_text(EXAMPLES[path])
    spec = importlib.util.spec_from_file_location(f"example_{file.stem}", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_adding_a_model(tmp_path: Path) -> None:
    module = example("zoo/models", tmp_path)
    assert module.FAMILY
    assert module.TITLE
    game = module.build((1, 8, 8), width=4)
    data = Examples(torch.rand(32, 1, 8, 8), torch.zeros(32, dtype=torch.long))
    for _ in train(game, Batches(data, 8, 0), adam(game), 2):
        pass
    assert game.eval().sample(5).shape == (5, 1, 8, 8)
    # at the margins, scores 1 for real and -1 for fake, the critic's loss is 0; within, it is 2
    assert game.criterion.critic(torch.ones(3), -torch.ones(3)).item() == 0
    assert game.criterion.critic(torch.zeros(3), torch.zeros(3)).item() == 2
    assert game.criterion.generator(torch.full((3,), 0.5)).item() == -0.5


def test_adding_a_data_set(tmp_path: Path) -> None:
    dataset = example("zoo/data", tmp_path).build()
    assert isinstance(dataset, Dataset)
    assert dataset.kind == "points"
    dataset.save(tmp_path / "stored")
    assert Dataset.load(tmp_path / "stored").train.x.equal(dataset.train.x)


def test_adding_a_metric(tmp_path: Path) -> None:
    metric = example("protocol/metrics", tmp_path).METRIC

    def samples(value: float) -> Samples:
        x = np.full((4, 9), value)
        return Samples(x=x, features=x, labels=np.zeros(4, dtype=np.int64))

    real = samples(0.5)
    evidence = Evidence(
        generated=samples(0.75), reference=real, train=real, classes=1, shape=(1, 3, 3)
    )
    assert metric.measure(evidence) == pytest.approx(0.25)


def test_adding_an_attack(tmp_path: Path) -> None:
    """A linear classifier breaks in Linf exactly where eps exceeds margin / |w|_1."""
    from torch import nn

    from gbench.tracks.attacks.measure.ledger import Ledger

    attack = example("tracks/attacks/attacks", tmp_path).ATTACK
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    with torch.no_grad():
        net[1].weight.copy_(torch.tensor([[1.0, -1.0, 1.0, -1.0], [-1.0, 1.0, -1.0, 1.0]]))
        net[1].bias.copy_(torch.tensor([0.4, -0.4]))
    x, y = torch.full((1, 1, 2, 2), 0.5), torch.tensor([0])
    budgets = [0.05, 0.15]  # the margin 0.8 over the slopes' sum 8 is 0.1
    ledger = Ledger(net, x, y, norm="linf", eps=budgets, headline=0.15, clean=y)
    attack.run(ledger)
    assert 0.1 < float(ledger.distance[0]) <= 0.15 * (1 + 1e-6)


def test_the_examples_entries_are_valid() -> None:
    assert len(EXAMPLES) == 4
    assert list(one(MODELS, "gan", {"rounds": 10}, ["ring"])) == []
