"""The kernel trains what it has never seen: three players, on pairs of sequences of any length."""

import csv
import json
import time
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from gbench.core import run
from gbench.core.batches import Batches
from gbench.core.budget import Budget
from gbench.core.files import DataError
from gbench.core.game import Game, Player, Unsuitable
from gbench.core.learn import Final, Keep, finite
from gbench.core.record import Planned, RunRecord, planned
from tests.records import keeps_its_type

CPU = torch.device("cpu")
WORDS = 5
FILES = ("losses.csv", "translations.safetensors", "along.safetensors", "model.safetensors")


class Pairs(NamedTuple):
    """Sentences and their translations: words [N, L], padded with zeros, and lengths [N]."""

    source: Tensor
    source_length: Tensor
    target: Tensor
    target_length: Tensor


def pairs(n: int = 40, longest: int = 6) -> Pairs:
    """Each translation is its source, every word twice."""
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(1, longest + 1, (n,), generator=generator)
    words = torch.randint(1, WORDS, (n, longest), generator=generator)
    words *= torch.arange(longest) < lengths[:, None]
    return Pairs(words, lengths, words.repeat_interleave(2, dim=1), 2 * lengths)


def mean(vectors: Tensor, lengths: Tensor) -> Tensor:
    """[B, L, D] padded vectors to the mean [B, D] of those within each length."""
    within = torch.arange(vectors.shape[1]) < lengths[:, None]
    return (vectors * within[:, :, None]).sum(1) / lengths[:, None]


class Translation(Game):
    """A reader and a writer that agree on vectors of sentences, and a judge of their lengths."""

    def __init__(self, width: int, lr: float):
        super().__init__()
        self.lr = lr
        self.reader, self.writer = nn.Embedding(WORDS, width), nn.Embedding(WORDS, width)
        self.judge = nn.Linear(width, 1)
        self.register_buffer("shift", torch.zeros(width))

    def read(self, batch: Pairs) -> Tensor:
        return mean(self.reader(batch.source), batch.source_length)

    def apart(self, batch: Pairs) -> Tensor:
        written = mean(self.writer(batch.target), batch.target_length)
        noise = 0.1 * torch.randn(written.shape)
        return (self.read(batch) - written + noise).square().mean()

    def misjudged(self, batch: Pairs) -> Tensor:
        return (self.judge(self.read(batch))[:, 0] - batch.target_length).square().mean()

    def players(self) -> dict[str, Player]:
        return {
            "reader": Player(self.apart, [self.reader], lr=self.lr),
            "writer": Player(self.apart, [self.writer], steps=2, lr=self.lr),
            "judge": Player(self.misjudged, [self.judge], lr=self.lr),
        }


@torch.no_grad()
def translations(game: Any, examples: Pairs) -> dict[str, Tensor]:
    drawn = game.read(examples) + game.shift + torch.randn(len(examples.source), 1)
    return {"vectors": finite(drawn, "vectors"), "length": examples.target_length}


@torch.no_grad()
def solve(game: Any, examples: Pairs) -> None:
    game.shift.copy_(game.read(examples).mean(0))


def keep(examples: Pairs) -> Keep:
    return Keep(
        final=[Final("translate", "translations", lambda game: translations(game, examples))],
        fit=lambda game: solve(game, examples),
        points=3,
        look=lambda game: {"embedding": game.reader.weight} | translations(game, examples),
        beside={"words": torch.arange(WORDS)},
    )


def module() -> Any:
    found: Any = ModuleType("translation")
    found.FAMILY, found.TITLE, found.SOURCE = "translation", "Toy", "Nobody, 1999"
    return found


def execute(root: Path, rounds: int = 40, lr: float = 0.01, extra: tuple[Path, ...] = ()) -> Path:
    examples, budget = pairs(), Budget(rounds, 8)
    numbers = {"width": 3, "lr": lr}

    def build() -> Game:
        if lr < 0:
            raise Unsuitable("it cannot climb")
        return Translation(**numbers)  # type: ignore[arg-type]

    plan = run.Plan(
        planned(module(), numbers, budget, data="toy", variant="translation", seed=3),
        build,
        examples,
        budget,
        keep(examples),
        sources=[Path(__file__), *extra],
        card=numbers,
    )
    return run.execute(plan, root / "here" / "3", root / "unfinished", CPU)


def record(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "run.json").read_text())


def contents(folder: Path) -> dict[str, bytes]:
    return {file: (folder / file).read_bytes() for file in FILES}


def test_batches_keep_the_fields_of_an_example_together() -> None:
    data = pairs()
    for batch in (next(Batches(data, 7, seed=1)) for _ in range(3)):
        assert isinstance(batch, Pairs)
        assert batch.target.shape == (7, 12)
        assert batch.target_length.equal(2 * batch.source_length)
        assert ((batch.source > 0).sum(1) == batch.source_length).all()
    with pytest.raises(ValueError, match="Pairs must hold as many of each"):
        Batches(data._replace(source_length=data.source_length[1:]), 7, seed=1)


def test_a_run_holds_what_the_track_keeps(tmp_path: Path) -> None:
    folder = execute(tmp_path)
    assert {file.name for file in folder.iterdir()} == {"run.json", *FILES}
    about = record(folder)
    assert about["status"] == "ok"
    assert about["images_seen"] == 4 * 40 * 8
    assert about["seconds"].keys() == {"train", "along", "translate"}
    assert (folder / "losses.csv").read_text().startswith("round,reader,writer,judge\n")
    final = load_file(folder / "translations.safetensors")
    assert final["vectors"].shape == (40, 3)
    along = load_file(folder / "along.safetensors")
    assert along["round"].tolist() == [14, 27, 40]
    assert (along["embedding"].shape, along["vectors"].shape) == ((3, WORDS, 3), (3, 40, 3))
    assert along["words"].tolist() == [*range(WORDS)]
    game: Any = run.restore(Translation(**run.card(folder)), folder, CPU)
    assert game.reader.weight.equal(along["embedding"][2])
    assert game.shift.abs().min() > 0  # it was solved for
    assert not list((tmp_path / "unfinished").glob("*"))


@pytest.mark.parametrize(
    ("kind", "schema", "lr"), [("made", RunRecord, 0.01), ("left out", Planned, -1.0)]
)
def test_a_record_has_the_keys_that_its_type_says(
    kind: str, schema: Any, lr: float, tmp_path: Path
) -> None:
    about = record(execute(tmp_path, rounds=2, lr=lr))
    keeps_its_type(about, schema)
    assert (about["status"] == "skipped") == (kind == "left out")


def test_divergence_is_a_row(tmp_path: Path) -> None:
    folder = execute(tmp_path, lr=1e30)
    about = record(folder)
    assert about["status"] == "diverged"
    assert about["note"].startswith("diverged at round")
    keeps_its_type(about, RunRecord)
    assert not (folder / "model.safetensors").exists()
    with (folder / "losses.csv").open() as file:
        *_, last = csv.DictReader(file)
    assert {last["reader"], last["writer"], last["judge"]} & {"inf", "nan"}
    assert "diverged" in run.fault(folder)
    with pytest.raises(DataError, match="diverged"):
        run.card(folder)


def test_killed_it_resumes_to_the_same_numbers_and_only_if_nothing_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "code.py"
    source.write_text("one")
    expected = contents(execute(tmp_path / "whole", rounds=120, extra=(source,)))
    root, unfinished = tmp_path / "broken", tmp_path / "broken" / "unfinished"
    monkeypatch.setenv("GBENCH_CHECKPOINT_SECONDS", "0")
    process = get_context("fork").Process(target=execute, args=(root, 120, 0.01, (source,)))
    process.start()
    deadline = time.monotonic() + 60
    while not list(unfinished.glob("*.pt")) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.join()
    monkeypatch.delenv("GBENCH_CHECKPOINT_SECONDS")
    assert not (root / "here").exists(), "it was killed too late to prove anything"
    (checkpoint,) = unfinished.glob("*.pt")
    assert 0 < torch.load(checkpoint, weights_only=True)["round"] < 120
    source.write_text("two")  # other code: begun anew, and the old state is left where it is
    execute(root, rounds=120, extra=(source,))
    assert [*unfinished.glob("*.pt")] == [checkpoint]
    source.write_text("one")
    resumed = contents(execute(root, rounds=120, extra=(source,)))
    assert resumed == expected
    assert not [*unfinished.glob("*.pt")]
