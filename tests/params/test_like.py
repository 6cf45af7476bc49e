"""Data sets that leave values to another one, and entries that share a file."""

from pathlib import Path
from typing import Any

import pytest

from gbench.core.files import UserError
from gbench.params import read
from gbench.params.check import find
from gbench.zoo.data import prepare

ROOT = Path(__file__).parents[2]


def test_what_is_said_of_a_data_set_is_said_of_those_like_it(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(
        """
        data: [new]
        datasets: {old: {seed: 0, size: 3}, new: {like: old, seed: 1}, other: {seed: 2}}
        models: {gan: {width: 1, on: {old: {width: 2, lr: 1}, new: {lr: 2}, other: {lr: 3}}}, vae: }
        attack: {eps: {default: [1], old: [2]}, by_target: {cnn: {on: {old: {n: 3}}}}}
        """
    )
    params = read(tmp_path / "params.yaml")
    assert params["data"] == ["new"]
    assert params["datasets"]["new"] == {"seed": 1, "size": 3}
    assert params["datasets"]["old"] == {"seed": 0, "size": 3}
    on = params["models"]["gan"]["on"]
    assert on == {"old": {"width": 2, "lr": 1}, "new": {"width": 2, "lr": 2}, "other": {"lr": 3}}
    assert params["attack"]["eps"]["new"] == [2]
    assert params["attack"]["by_target"]["cnn"]["on"]["new"] == {"n": 3}


@pytest.mark.parametrize(
    ("datasets", "message"),
    [
        ("{a: {like: b}}", r"datasets\.a\.like: 'b' is not defined under datasets"),
        ("{mnist: {}, a: {like: mnits}}", r"'mnits' is not defined .*\(did you mean mnist\?\)"),
        ("{a: {like: b}, b: {like: a}}", r"datasets\.a\.like: 'b' is like another itself"),
        ("{a: {like: a}}", r"datasets\.a\.like: 'a' is like another itself"),
        ("{a: {like: [1]}}", r"datasets\.a\.like: \[1\] is not defined under datasets"),
    ],
)
def test_it_must_be_like_a_plain_one(tmp_path: Path, datasets: str, message: str) -> None:
    (tmp_path / "params.yaml").write_text(f"datasets: {datasets}\n")
    with pytest.raises(UserError, match=message):
        read(tmp_path / "params.yaml")


def test_one_file_serves_several_data_sets() -> None:
    params: dict[str, Any] = read(ROOT / "params.yaml")
    params["datasets"]["wide"] = {"file": "ring", "radius": 2.0, "train": 100, "test": 100}
    params["data"] = ["wide"]
    assert list(find(params)) == []
    found = prepare(params, "wide")
    assert found.name == "wide"
    assert 1.9 < float(found.train.x.norm(dim=1).mean()) < 2.1
    params["datasets"]["wide"] = {"file": "rign"}
    (mistake,) = find(params)
    assert mistake.startswith("datasets.wide: 'rign' has no file gbench/zoo/data/rign.py")


def test_one_file_serves_several_attacks_also_where_their_numbers_change() -> None:
    params = read(ROOT / "tracks" / "attacks" / "params.yaml")
    params["attacks"]["longer"] = {"file": "pgd_linf", "steps": 99}
    params["attack"]["quick"]["attacks"]["longer"] = {"steps": 9}
    assert list(find(params)) == []
    params["attack"]["quick"]["attacks"]["longer"] = {"stesp": 9}
    (mistake,) = find(params)
    assert mistake.startswith("attack.quick.attacks.longer.stesp: unknown (did you mean steps?)")
