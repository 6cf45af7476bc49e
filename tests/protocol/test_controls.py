"""Controls and evaluations on real digits and on points, from files to records."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from gbench.core import plugin
from gbench.core.files import DataError, UserError
from gbench.protocol.controls import checks, controls
from gbench.protocol.evaluation import Court, evaluate
from gbench.protocol.judge import Judge, build
from gbench.protocol.record import Controls, RunScores
from gbench.zoo.data import digits
from gbench.zoo.shared.dataset import Dataset, Mixture, split
from tests.records import keeps_its_type

METRICS: dict[str, Any] = {
    name: None for name in plugin.names("protocol/metrics") if name != "inception_fid"
}


@pytest.fixture(scope="module")
def digit_folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("digits")
    dataset = digits.build()
    dataset.save(root / "data")
    build(dataset, steps=400).save(root / "judge", dataset, seconds=1)
    return root / "data", root / "judge"


@pytest.fixture(scope="module")
def point_folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("points")
    torch.manual_seed(0)
    centres = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    y = torch.arange(6000) % 4
    x = centres[y] + 0.05 * torch.randn(6000, 2)
    splits = split(x, y, seed=0, validation=500, test=500)
    dataset = Dataset("four", *splits, classes=4, source="", mixture=Mixture(centres, 0.05))
    dataset.save(root / "data")
    build(dataset).save(root / "judge", dataset, seconds=0)
    return root / "data", root / "judge"


def run(folder: Path, x: np.ndarray | None, status: str = "ok") -> Path:
    card = {"data": "d", "variant": "v", "family": "f", "seed": 3, "status": status, "note": "why"}
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(card))
    if x is not None:
        save_file({"x": x.astype(np.float32)}, folder / "samples.safetensors")
    return folder


def test_controls_of_digits(digit_folders: tuple[Path, Path]) -> None:
    """The ruler: what is known about each control, on the default data set."""
    record = controls(*digit_folders, METRICS, n=400, seed=0)
    keeps_its_type(record, Controls)
    value = {
        control: {metric: score["value"] for metric, score in scores.items()}
        for control, scores in record["controls"].items()
    }
    assert len(record["checks"]) == 28
    assert all(check["passed"] for check in record["checks"])
    assert value["memoriser"]["nn_ratio"] == 0
    assert value["memoriser"]["copying_z"] < -8
    assert value["memoriser"]["auth_gap"] < -0.4
    assert value["memoriser"]["copying_z_global"] < -15
    assert value["memoriser"]["fid"] < 3 * value["real"]["fid"]  # FID cannot see it
    assert value["memoriser"]["precision"] > 0.7
    for metric in ("precision", "recall", "density", "coverage"):
        assert value["collapsed"][metric] < 0.05 < 0.7 < value["real"][metric]
        assert value["noise"][metric] < 0.5
    assert value["collapsed"]["vendi_ratio"] < 0.1
    assert value["collapsed"]["class_kl"] > 1.5
    assert "modes" not in value["real"]
    assert record["protocol"]["n_generated"] == 400
    json.dumps(record, allow_nan=False)


def test_controls_of_points(point_folders: tuple[Path, Path]) -> None:
    record = controls(*point_folders, METRICS, n=10_000, seed=0)
    real, collapsed = record["controls"]["real"], record["controls"]["collapsed"]
    assert record["protocol"]["n_generated"] == 500
    of_points = {"nn_ratio", "copying_z", "modes", "high_quality", "mode_kl"}
    of_points |= {"kl_model_data", "kl_data_model"}
    assert set(real) == of_points | {"auth_gap", "copying_z_global", "two_sample_nn", "birthday"}
    assert real["modes"]["value"] == 4
    assert collapsed["modes"]["value"] == 0
    assert collapsed["mode_kl"] == {
        "value": None,
        "note": "no sample lies within 3 sigma of a mode",
    }


def test_seeds_draw_other_controls(point_folders: tuple[Path, Path]) -> None:
    wanted = {"nn_ratio": None}
    first, again, other = (
        controls(*point_folders, wanted, n=500, seed=seed)["controls"]["real"] for seed in (0, 0, 1)
    )
    assert first == again != other


def scores(**values: float | None) -> dict[str, dict[str, Any]]:
    return {metric: {"value": value, "note": ""} for metric, value in values.items()}


def test_failed_controls_are_listed() -> None:
    found = {
        "real": scores(recall=0.9, nn_ratio=1.0, fid=2.0),
        "memoriser": scores(recall=0.9, nn_ratio=0.9, fid=2.0),
        "collapsed": scores(recall=0.2, nn_ratio=1.0, fid=90.0),
        "noise": scores(recall=0.2, nn_ratio=1.0, fid=5.0),
    }
    results = {result["check"]: result for result in checks(found, 10)}
    failed = {check for check, result in results.items() if not result["passed"]}
    assert failed == {
        "NN ratio catches the memoriser",
        "recall sees the collapse",
        "fid sees the noise",
    }
    assert results["fid sees the noise"]["detail"] == "6 < 5"
    assert results["NN ratio clears real examples"]["detail"] == "0.7 < 1 < 1.4"


def test_only_metrics_with_values_are_checked() -> None:
    found = {name: scores(recall=None) for name in ("real", "memoriser", "collapsed", "noise")}
    assert checks(found, 10) == []


def test_a_blind_judge_fails_the_stage(
    digit_folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A memoriser that is no memoriser is not caught, and the message has the numbers."""
    import gbench.protocol.controls

    monkeypatch.setattr(gbench.protocol.controls, "memoriser", gbench.protocol.controls.noise)
    with pytest.raises(UserError, match=r"NN ratio catches the memoriser: 3\.\d+ < 0\.5"):
        controls(*digit_folders, {"nn_ratio": None}, n=100, seed=0)


def test_evaluation_of_a_run(digit_folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Held-out images as samples: good scores; copies show as their own neighbours."""
    dataset = Dataset.load(digit_folders[0])
    x = dataset.validation.x.numpy().copy()
    x[:2] = dataset.train.x[[5, 17]].numpy() + 0.03  # less than half a grey level
    wanted = {"fid": {}, "precision": {"k": 4}, "modes": None}
    record = evaluate(run(tmp_path / "run", x), *digit_folders, wanted, n=10_000)
    assert (record["variant"], record["seed"], record["status"]) == ("v", 3, "ok")
    assert set(record["scores"]) == {"fid", "precision"}
    assert record["scores"]["precision"]["value"] > 0.8
    assert record["protocol"] == {
        "n_generated": 400,
        "n_reference": 400,
        "n_train": 997,
        "reference": "test",
        "d": 64,
        "extractor": "judge CNN",
        "extractor_hash": record["protocol"]["extractor_hash"],
    }
    assert record["neighbours"]["train_index"][:2] == [5, 17]
    assert record["neighbours"]["distance"][:2] == [0, 0]
    assert len(record["neighbours"]["distance"]) == 10
    assert [found["class"] for found in record["by_class"]] == list(range(10))
    assert sum(found["share"] for found in record["by_class"]) == pytest.approx(1, abs=1e-5)
    json.dumps(record, allow_nan=False)


def test_samples_on_the_way_are_scored_each_by_itself(
    digit_folders: tuple[Path, Path], tmp_path: Path
) -> None:
    """The reference itself has FID 0; a shuffled order changes nothing; grey has a large one."""
    test = np.rint(Dataset.load(digit_folders[0]).test.x.numpy()[:50] * 16).astype(np.uint8)
    grey = np.full_like(test, 8)
    folder = run(tmp_path / "run", test.repeat(9, 0) / 16)
    kept = {"round": np.array([10, 20, 30]), "x": np.stack([grey, test, test[::-1]])}
    save_file(kept, folder / "along.safetensors")
    wanted = {"fid": {}, "recall": {"k": 4}, "modes": {}}
    record = evaluate(folder, *digit_folders, wanted, n=400, along=["fid", "modes"])
    keeps_its_type(record, RunScores)
    along = record["along"]
    assert set(along) == {"round", "n", "fid"}  # modes are of points
    assert (along["round"], along["n"]) == ([10, 20, 30], [50, 50, 50])
    assert along["fid"][0] > 20
    assert along["fid"][1:] == pytest.approx([0, 0], abs=1e-3)
    assert (
        evaluate(run(tmp_path / "bare", test.repeat(9, 0) / 16), *digit_folders, {}, n=9)["along"]
        == {}
    )


def test_batches_are_scored_each_by_itself_against_the_same_reference(
    digit_folders: tuple[Path, Path], tmp_path: Path
) -> None:
    """The reference has FID 0 in any order, grey a large one; the first batch is the score."""
    test = np.rint(Dataset.load(digit_folders[0]).test.x.numpy() * 16).astype(np.uint8)
    grey = np.full_like(test, 8)
    folder = run(tmp_path / "run", Dataset.load(digit_folders[0]).validation.x.numpy())
    save_file({"x": np.stack([test[::-1], grey])}, folder / "batches.safetensors")
    wanted: dict[str, Any] = {"fid": {}, "recall": {"k": 4}, "modes": {}}

    def record(batches: int, repeated: list[str]) -> dict[str, Any]:
        return evaluate(folder, *digit_folders, wanted, 400, (), batches, repeated)

    found = record(3, ["fid", "modes"])
    assert set(found["batches"]) == {"fid"}  # modes are of points
    first, second, third = found["batches"]["fid"]
    assert first == found["scores"]["fid"]["value"] > 0.1
    assert (second, third > 20) == (pytest.approx(0, abs=1e-3), True)
    assert record(2, ["fid"])["batches"]["fid"] == [first, second]
    assert record(1, ["fid"])["batches"] == record(3, [])["batches"] == {}
    with pytest.raises(DataError, match=r"batches\.safetensors .* needs at least \[3, 400"):
        record(4, ["fid"])
    (folder / "batches.safetensors").unlink()
    with pytest.raises(DataError, match="dvc repro train"):
        record(2, ["fid"])


@pytest.mark.parametrize("status", ["diverged", "skipped"])
def test_runs_without_samples_pass_through(
    status: str, point_folders: tuple[Path, Path], tmp_path: Path
) -> None:
    record = evaluate(run(tmp_path / "run", None, status), *point_folders, METRICS, n=100)
    keeps_its_type(record, RunScores)
    assert (record["status"], record["note"], record["scores"]) == (status, "why", {})


@pytest.mark.parametrize("folders", ["digit_folders", "point_folders"])
@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_samples_that_are_not_finite_get_no_scores(
    folders: str, bad: float, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    data, judge = request.getfixturevalue(folders)
    x = Dataset.load(data).test.x.numpy().copy()
    x.reshape(len(x), -1)[4, 1] = bad
    record = evaluate(run(tmp_path / "run", x), data, judge, METRICS, n=100)
    assert record["scores"]
    for score in record["scores"].values():
        assert score == {"value": None, "note": "1 of 100 samples hold NaN or infinity"}


def test_wrong_samples_are_refused(point_folders: tuple[Path, Path], tmp_path: Path) -> None:
    for name, x in {"few": np.zeros((7, 2)), "wide": np.zeros((500, 3))}.items():
        with pytest.raises(DataError, match="needs at least"):
            evaluate(run(tmp_path / name, x), *point_folders, METRICS, n=100)


def test_the_judge_of_other_data_is_refused(
    digit_folders: tuple[Path, Path], tmp_path: Path
) -> None:
    smaller = digits.build(validation=300)
    smaller.save(tmp_path / "data")
    with pytest.raises(DataError, match="is not the judge of"):
        Court.load(tmp_path / "data", digit_folders[1])
    with pytest.raises(DataError, match=r"data\.safetensors cannot be read"):
        Court.load(tmp_path / "nothing", digit_folders[1])


def test_saved_features_are_those_of_the_judge(digit_folders: tuple[Path, Path]) -> None:
    court = Court.load(*digit_folders)
    again = court.see(court.test.x.reshape(-1, *court.shape))
    assert np.allclose(again.features, court.test.features, atol=1e-4)
    assert np.array_equal(again.labels, court.test.labels)
    assert np.array_equal(again.x, court.test.x)


def test_classes_of_saved_features_are_the_judges(digit_folders: tuple[Path, Path]) -> None:
    """The last layer alone, on features from a file."""
    court = Court.load(*digit_folders)
    x = torch.from_numpy(court.test.x).reshape(-1, *court.shape)
    _, expected = Judge.load(digit_folders[1]).features(x)
    assert expected is not None
    logits = court.classify(court.test.features)
    assert np.allclose(logits, expected, atol=1e-3)
    assert np.array_equal(logits.argmax(1), court.test.labels)


def test_points_are_scored_without_pytorch(
    point_folders: tuple[Path, Path], tmp_path: Path
) -> None:
    """In a process of its own: importing it would cost several times what the scoring does."""
    import subprocess
    import sys

    folder = run(tmp_path / "run", np.random.default_rng(0).normal(size=(500, 2)))
    code = (
        "import sys; from pathlib import Path; from gbench.protocol.evaluation import evaluate\n"
        f"folders = [Path(p) for p in {[str(p) for p in (folder, *point_folders)]}]\n"
        f"scores = evaluate(*folders, {METRICS}, 500)['scores']\n"
        "assert scores['modes']['value'] is not None\n"
        "assert not {'torch', 'sklearn'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
