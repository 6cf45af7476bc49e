"""Samples of another program: the same numbers as a run's, refusals, and comparisons."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML
from safetensors.numpy import save_file
from scipy.stats import t as student

from gbench import __main__ as cli
from gbench import params as parameters
from gbench.core.files import DataError, UserError
from gbench.core.plugin import load
from gbench.protocol.controls import controls
from gbench.protocol.evaluation import Court, evaluate
from gbench.protocol.judge import build
from gbench.tracks.generation.outside import comparison, images, labels, ready, text
from gbench.tracks.generation.outside.evaluation import require_enough, size
from gbench.zoo.data import digits

ROOT = Path(__file__).parents[3]
METRICS: dict[str, Any] = dict.fromkeys(("fid", "recall", "coverage", "nn_ratio", "modes"))
N = 400  # the test digits


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root in which digits, their judge and their controls are up to date."""
    root = tmp_path_factory.mktemp("repository")
    params = parameters.read(ROOT / "params.yaml")
    params |= {"data": ["digits"], "seeds": [0, 1], "metrics": METRICS}
    params["along"]["metrics"] = []
    YAML(typ="safe").dump(params, root / "params.yaml")
    dataset = digits.build()
    dataset.save(root / "data/digits")
    build(dataset, steps=300).save(root / "judges/digits", dataset, seconds=1)
    for seed in (0, 1):
        record = controls(root / "data/digits", root / "judges/digits", METRICS, N, seed)
        path = root / "results/controls/digits" / f"{seed}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record))
    return root


@pytest.fixture
def asked(repository: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The targets that the pipeline was asked to bring up to date; the working folder is ready."""
    found: list[str] = []
    monkeypatch.setattr(ready, "run", lambda targets, options: found.extend(targets))
    monkeypatch.chdir(repository)
    return found


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    """[2 N + 20, 1, 8, 8] noisy training digits on the grid of the data's 16 grey levels."""
    train = digits.build().train.x.numpy()
    draw = np.random.default_rng(0)
    x = train[draw.integers(len(train), size=2 * N + 20)]
    x = np.rint((x + 0.1 * draw.normal(size=x.shape)).clip(0, 1) * 16) / 16
    return x.astype(np.float32)


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["gbench", *map(str, arguments)])
    cli.main()


def as_a_run(x: np.ndarray, root: Path, folder: Path) -> dict[str, Any]:
    """What the pipeline's evaluation says of a run with these samples."""
    folder.mkdir()
    card = {"data": "digits", "variant": "v", "family": "f", "seed": 0, "status": "ok", "note": ""}
    (folder / "run.json").write_text(json.dumps(card))
    save_file({"x": np.ascontiguousarray(x)}, folder / "samples.safetensors")
    return evaluate(folder, root / "data/digits", root / "judges/digits", METRICS, N)


def test_the_same_samples_get_the_same_numbers(
    asked: list[str],
    repository: Path,
    samples: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As an .npz file and as a folder of PNG images, in each of two batches, to the last bit."""
    np.savez(tmp_path / "theirs.npz", x=samples)
    (tmp_path / "png").mkdir()
    for index, image in enumerate(samples):
        Image.fromarray(np.rint(image[0] * 255).astype(np.uint8)).save(
            tmp_path / "png" / f"{index}.png"
        )
    call(monkeypatch, "evaluate", "--data", "digits", "--samples", tmp_path / "theirs.npz")
    printed = capsys.readouterr().out
    out = tmp_path / "png.json"
    call(monkeypatch, "evaluate", "--data", "digits", "--samples", tmp_path / "png", "--out", out)
    assert asked[:4] == ["prepare@digits", "judge@digits", "controls@digits-0", "controls@digits-1"]
    runs = [as_a_run(samples[i * N :][:N], repository, tmp_path / f"run{i}") for i in (0, 1)]
    for path in (Path("results/outside/digits/theirs.json"), out):
        record = json.loads(path.read_text())
        assert len(record["records"]) == 2
        for mine, run in zip(record["records"], runs, strict=True):
            for key in ("scores", "neighbours", "protocol"):
                assert mine[key] == run[key]
    fids = [run["scores"]["fid"]["value"] for run in runs]
    assert fids[0] != fids[1]
    fid = text.value(text.estimate(fids))
    assert f"FID (judge) (lower is better) {fid}" in " ".join(printed.split())
    assert record["in_test"] == 0 and "Caution" not in printed
    assert "2 disjoint batches of 400" in printed and "sampling error only" in printed
    assert "the first 800 of 820 samples are scored" in printed
    floor = [
        json.loads(Path(f"results/controls/digits/{seed}.json").read_text())["controls"]["real"]
        for seed in (0, 1)
    ]
    assert text.value(text.estimate([one["fid"]["value"] for one in floor])) in printed
    assert "outside: [digits/theirs]" in printed


def test_with_fewer_samples_the_controls_are_as_few(
    asked: list[str],
    samples: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    np.savez(tmp_path / "few.npz", x=samples[:300])
    command = ("evaluate", "--data", "digits", "--samples", tmp_path / "few.npz")
    with pytest.raises(SystemExit, match=r"300 samples, and 400 are compared.*`--n 300`"):
        call(monkeypatch, *command)
    call(monkeypatch, *command, "--n", 300)
    record = json.loads(Path("results/outside/digits/few.json").read_text())
    protocols = [record["protocol"], *(one["protocol"] for one in record["controls"])]
    assert [(p["n_generated"], p["n_reference"]) for p in protocols] == [(300, 300)] * 3
    assert not any(target.startswith("controls") for target in asked)
    printed = capsys.readouterr().out
    assert "Controls at the same 300 samples" in printed and "one batch, so no interval" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "cfar10"], "--data cfar10: not among datasets; allowed: "),
        (["--samples", "nowhere.npz"], "nowhere.npz is not there"),
        (["--name", "wgan_gp"], "--name wgan_gp: the report has a row of that name"),
        (["--name", "real"], "--name real: the report has a row of that name"),
        (["--name", "../x"], r"allowed: letters, digits"),
        (["--out", "x.csv"], r"--out x.csv: must end in .json"),
        (["--range", "1", "0"], "--range 1 0: the first must be the lower"),
        (["--n", "401"], "--n 401: allowed: 2 to 400, the size of the test split"),
        (["--labels", "nowhere.txt"], "nowhere.txt is no .npz, and no text"),
    ],
)
def test_the_command_refuses(
    asked: list[str],
    samples: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    """With one message, before the judge is asked for."""
    np.savez(tmp_path / "s.npz", x=samples)
    usual = ["--data", "digits", "--samples", str(tmp_path / "s.npz")]
    with pytest.raises(SystemExit, match=message):
        call(monkeypatch, "evaluate", *usual, *arguments)
    assert asked in ([], ["prepare@digits"])


def test_a_data_set_that_is_not_switched_on_is_kept_apart(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Points on a ring: built once, and again when a setting differs; the pipeline is not asked."""
    params = parameters.read()
    monkeypatch.setattr(ready, "check", lambda params: None)
    folder = ready.dataset(params, "ring")
    judge = ready.judged(params, "ring")
    assert folder == Path("work/outside/ring/data") and not asked
    before = (folder / "data.safetensors").stat().st_mtime_ns
    assert ready.dataset(params, "ring") == folder and ready.judged(params, "ring") == judge
    assert (folder / "data.safetensors").stat().st_mtime_ns == before
    train = Court.load(folder, judge).train.x
    np.savez(tmp_path / "points.npz", samples=train.astype(np.float64)[:2600])
    given = images.read(tmp_path / "points.npz", (2,), 2500)
    assert given.total == 2600 and np.array_equal(given.x, train[:2500])
    with pytest.raises(DataError, match=r"shape \[2600, 2\], the data want \[N, 3\]"):
        images.read(tmp_path / "points.npz", (3,), 10)
    params["datasets"]["ring"] = params["datasets"]["ring"] | {"seed": 5}
    ready.dataset(params, "ring")
    assert (folder / "data.safetensors").stat().st_mtime_ns != before


def test_the_reference_handed_in_as_samples_is_told(
    asked: list[str],
    samples: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    x = np.concatenate([digits.build().test.x.numpy()[:7], samples[: N - 7]])
    np.savez(tmp_path / "test_set.npz", x=x)
    call(monkeypatch, "evaluate", "--data", "digits", "--samples", tmp_path / "test_set.npz")
    assert json.loads(Path("results/outside/digits/test_set.json").read_text())["in_test"] == 7
    assert "Caution: 7 of the scored samples equal a test example" in capsys.readouterr().out


def saved(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def test_every_layout_and_range_is_read_as_what_it_is(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, size=(6, 3, 8, 9)).astype(np.uint8)
    floats = x.astype(np.float32) / np.float32(255)
    last = np.moveaxis(x, 1, -1)
    path = tmp_path / "a.npz"
    for arrays in ({"x": x}, {"samples": last}, {"arr_0": floats}, {"x": x, "y": x[:, 0]}):
        assert np.array_equal(images.read(saved(path, **arrays), (3, 8, 9), 9).x, floats)
    centred = floats.astype(np.float64) * 2 - 1
    given = images.read(saved(path, x=centred), (3, 8, 9), 4, (-1.0, 1.0))
    assert np.allclose(given.x, floats[:4], atol=1e-7) and given.total == 6
    assert any("read as [-1, 1]" in note for note in given.notes)
    grey = images.read(saved(path, x=x[:, 0]), (1, 8, 9), 9)
    assert np.array_equal(grey.x, floats[:, :1])
    assert np.array_equal(images.read(saved(path, x=x[:, :1]), (3, 8, 9), 9).x[:, 2], floats[:, 0])
    equal = images.read(saved(path, x=np.repeat(x[:, :1], 3, axis=1)), (1, 8, 9), 9)
    assert np.array_equal(equal.x, floats[:, :1]) and "loses nothing" in " ".join(equal.notes)
    dark = images.read(saved(path, x=x // 16), (3, 8, 9), 9)
    assert any("were they 0 to 255" in note for note in dark.notes)


GREY = np.zeros((5, 1, 8, 8), np.float32)


@pytest.mark.parametrize(
    ("x", "bounds", "message"),
    [
        (np.zeros((5, 3, 16, 16)), None, r"shape \[5, 3, 16, 16\], the data want \[N, 1, 8, 8\]"),
        (np.zeros((5, 64)), None, r"shape \[5, 64\].*\[N, 8, 8\]"),
        (GREY - 1, None, r"floats from -1 to -1, outside of \[0, 1\]; `--range -1 1`"),
        (GREY + 255, None, r"from 255 to 255, outside of \[0, 1\]"),
        (GREY + 1.5, (-1.0, 1.0), r"outside of \[-1, 1\]"),
        (np.where(np.arange(5) < 2, np.nan, 0)[:, None, None] + GREY[:, 0], None, "2 of 5 samples"),
        (GREY.astype(np.uint8), (-1.0, 1.0), "--range is of floats"),
        (GREY.astype(np.int64), None, "holds int64; allowed: uint8"),
        (GREY[:0], None, "x is empty"),
        (np.random.default_rng(0).random((5, 3, 8, 8)), None, "colour cannot become greyscale"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, x: np.ndarray, bounds: images.Bounds | None, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        images.read(saved(tmp_path / "a.npz", x=x), (1, 8, 8), 9, bounds)


def test_nothing_is_unpickled_and_strange_files_are_refused(tmp_path: Path) -> None:
    objects = np.array([{"a": 1}], dtype=object)
    with pytest.raises(DataError, match="nothing is unpickled"):
        images.look(saved(tmp_path / "a.npz", x=objects))
    with pytest.raises(DataError, match="holds images; wanted is x or samples or arr_0"):
        images.look(saved(tmp_path / "b.npz", images=GREY))
    (tmp_path / "c.npz").write_bytes(b"PK nonsense")
    with pytest.raises(DataError, match=r"c\.npz cannot be read"):
        images.look(tmp_path / "c.npz")
    (tmp_path / "d.txt").touch()
    with pytest.raises(DataError, match=r"neither a folder of images nor an \.npz file"):
        images.look(tmp_path / "d.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no image"):
        images.look(tmp_path / "empty")


def test_folders_are_read_in_the_order_of_numbers_and_without_loss(tmp_path: Path) -> None:
    for index in (10, 2, 1):
        Image.new("L", (9, 8), index).save(tmp_path / f"s{index}.png")
    given = images.read(tmp_path, (1, 8, 9), 9)
    assert (given.x[:, 0, 0, 0] * 255).round().tolist() == [1, 2, 10]
    assert given.x.shape == (3, 1, 8, 9)
    Image.new("RGB", (9, 8), (3, 3, 3)).save(tmp_path / "s3.png")
    Image.new("RGBA", (9, 8), (4, 4, 4, 255)).save(tmp_path / "s4.png")
    given = images.read(tmp_path, (1, 8, 9), 9)
    assert (given.x[:, 0, 0, 0] * 255).round().tolist() == [1, 2, 3, 4, 10]
    assert any("RGBA read as RGB" in note for note in given.notes)
    for name, picture, message in (
        ("s5.png", Image.new("RGBA", (9, 8), (4, 4, 4, 9)), r"s5\.png is transparent"),
        ("s5.png", Image.new("RGB", (9, 8), (3, 4, 5)), "colour cannot become greyscale"),
        ("s5.png", Image.new("L", (8, 8)), r"s5\.png has shape \[1, 8, 8\], the data want"),
        ("s5.png", Image.new("I;16", (9, 8)), "mode I;16; allowed"),
    ):
        picture.save(tmp_path / name)
        with pytest.raises(DataError, match=message):
            images.read(tmp_path, (1, 8, 9), 9)
    (tmp_path / "s5.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"s5\.png cannot be read as an image"):
        images.read(tmp_path, (1, 8, 9), 9)


def test_sizes() -> None:
    assert size(400, 5000, None) == 400 and size(10_000, 5000, None) == 5000
    assert size(10_000, 5000, 7000) == 7000
    with pytest.raises(UserError, match="--n 1: allowed: 2 to 400"):
        size(400, 5000, 1)
    with pytest.raises(DataError, match="has 1 samples, and 5 are compared"):
        require_enough(1, 5, Path("x"))
    require_enough(5, 5, Path("x"))


def test_labels(tmp_path: Path) -> None:
    """Agreement by hand: 3 of 4, Wilson's interval of it, and files that do not fit."""
    path = tmp_path / "y.txt"
    path.write_text("0\n1\n2\n1\n")
    asked = labels.read(path, 4, 3)
    assert np.array_equal(labels.read(saved(tmp_path / "y.npz", labels=asked), 4, 3), asked)
    found = labels.agreement(asked, np.array([0, 1, 2, 2]), 0.9)
    assert found["share"] == 0.75 and found["n"] == 4 and found["real"] == 0.9
    z2 = 1.959963984540054**2  # the ends solve (p - q)^2 = z^2 q (1 - q) / n
    for end in found["wilson"]:
        assert (0.75 - end) ** 2 == pytest.approx(z2 * end * (1 - end) / 4)
    for samples, classes, message in (
        (5, 3, r"int64 \[4\]; wanted are whole numbers \[5\]"),
        (4, 2, "labels from 0 to 2; allowed: 0 to 1"),
        (4, 0, "the data have no classes"),
    ):
        with pytest.raises(DataError, match=message):
            labels.read(path, samples, classes)


PROTOCOL = {"n_generated": 9, "n_reference": 9, "extractor_hash": "a", "reference": "test"}


def scored(name: str, unit: comparison.Unit, **values: list[float]) -> comparison.Scored:
    by_seed = {metric: dict(enumerate(found)) for metric, found in values.items()}
    return comparison.Scored(name, "digits", unit, PROTOCOL, by_seed)


KNOWN = {name: load("protocol/metrics", name).METRIC for name in ("fid", "recall", "nn_ratio")}


def test_trainings_with_the_same_seeds_are_compared_in_pairs() -> None:
    """Differences 1.1, 1, 0.9: t = 1 / (0.1 / sqrt 3) with two degrees of freedom."""
    a = scored("a", "training seeds", fid=[1, 5, 9], recall=[0.5, 0.6, 0.7])
    b = scored("b", "training seeds", fid=[2.1, 6, 9.9], recall=[0.5, 0.7, 0.6])
    fid, recall = comparison.compare(a, b, KNOWN)
    p = 2 * student.sf(1 / (0.1 / 3**0.5), 2)
    assert fid.p == pytest.approx(2 * p)  # Holm: the smaller of two
    assert fid.difference is not None
    assert fid.difference.mean == pytest.approx(-1)
    assert fid.difference.half == pytest.approx(student.ppf(0.975, 2) * 0.1 / 3**0.5)
    assert fid.verdict == "a is better"
    assert recall.p == pytest.approx(1) and recall.verdict == "not told apart"
    assert comparison.compare(b, a, KNOWN)[0].verdict == "a is better"


def test_batches_are_compared_by_welch() -> None:
    """By the formula: t = difference / sqrt(s1²/n1 + s2²/n2), Satterthwaite's degrees."""
    x, y = [1.0, 2.0, 4.0], [7.0, 7.5, 9.0, 8.0]
    a, b = (scored(n, "batches of samples", fid=v) for n, v in (("a", x), ("b", y)))
    (line,) = comparison.compare(a, b, KNOWN)
    parts = [np.var(v, ddof=1) / len(v) for v in (x, y)]
    t = (np.mean(x) - np.mean(y)) / sum(parts) ** 0.5
    degrees = sum(parts) ** 2 / (parts[0] ** 2 / 2 + parts[1] ** 2 / 3)
    assert line.p == pytest.approx(2 * student.sf(abs(t), degrees))
    assert line.difference is not None and line.difference.half == pytest.approx(
        student.ppf(0.975, degrees) * sum(parts) ** 0.5
    )
    assert line.verdict == "a is better"
    assert not comparison.paired(a, b)
    seeds = scored("c", "training seeds", fid=y)
    assert not comparison.paired(a, seeds)
    assert comparison.compare(a, seeds, KNOWN)[0].p == line.p


def test_verdicts_know_what_is_better_and_what_cannot_be_told() -> None:
    def verdicts(unit: comparison.Unit, **both: tuple[list[float], list[float]]) -> list[str]:
        a, b = (scored(n, unit, **{k: v[i] for k, v in both.items()}) for i, n in enumerate("ab"))
        return [line.verdict for line in comparison.compare(a, b, KNOWN)]

    apart = ([0.1, 0.11, 0.12, 0.1], [0.9, 0.91, 0.92, 0.93])
    assert verdicts("batches of samples", fid=apart, recall=apart, nn_ratio=apart) == [
        "a is better",
        "b is better",
        "b is better",
    ]
    mirrored = ([0.8, 0.81, 0.79], [1.2, 1.19, 1.21])  # as far from 1, on either side
    assert verdicts("batches of samples", nn_ratio=mirrored) == ["not told apart"]
    assert verdicts("training seeds", fid=([1.0], [2.0])) == [
        "not tested: needs two values on each side"
    ]
    assert verdicts("batches of samples", recall=([0.0, 0.0], [0.5, 0.5])) == ["b is better"]
    assert verdicts("training seeds", fid=([], [1.0, 2.0])) == ["not tested: a has no value"]
    for values in ([1.0], [1.0, 2.0], [0.0, 0.0]):
        assert verdicts("batches of samples", fid=(values, values)) == [
            "no difference: the same values"
        ]
    a = scored("a", "training seeds", fid=[1, 1.1, 1.2])._replace(diverged="2")
    (line,) = comparison.compare(a, scored("b", "training seeds", fid=[9, 9.1, 9.3]), KNOWN)
    assert line.p is None and line.verdict == "not tested: seed 2 of a diverged"


def test_sets_that_were_not_scored_alike_are_refused_with_one_message() -> None:
    a = scored("a", "training seeds", fid=[1, 2])
    other = PROTOCOL | {"n_generated": 8, "extractor_hash": "b"}
    b = a._replace(name="b", data="ring", protocol=other)
    with pytest.raises(
        UserError, match=r"differ: data digits and ring; judge a and b; samples 9 and 8$"
    ):
        comparison.compare(a, b, KNOWN)


def test_sets_are_found_by_name_and_by_path(tmp_path: Path) -> None:
    run = {"data": "digits", "family": "f", "status": "ok", "note": "", "protocol": PROTOCOL}

    def write(path: str, value: Any) -> Path:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(json.dumps(value))
        return tmp_path / path

    for seed, status in enumerate(["ok", "diverged", "skipped"]):
        scores = {"fid": {"value": 2.0 + seed, "note": ""}} if status == "ok" else {}
        write(
            f"results/scores/digits/gan/{seed}.json",
            run | {"seed": seed, "status": status, "scores": scores},
        )
    batches = [
        run | {"seed": batch, "scores": {"fid": {"value": value, "note": ""}}}
        for batch, value in enumerate([1.0, 3.0])
    ]
    path = write(
        "results/outside/digits/theirs.json",
        {"data": "digits", "family": "outside", "records": batches},
    )
    gan = comparison.read("digits/gan", [0, 1, 2, 3], tmp_path)
    assert gan.values == {"fid": {0: 2.0}} and gan.diverged == "1" and gan.unit == "training seeds"
    theirs = comparison.read("digits/theirs", [0], tmp_path)
    assert theirs.values == {"fid": {0: 1.0, 1: 3.0}} and theirs.unit == "batches of samples"
    assert comparison.read(str(path), [0]).values == theirs.values
    for what in ("digits/absent", "gan", "digits/"):
        with pytest.raises(UserError, match="was not evaluated"):
            comparison.read(what, [0], tmp_path)
    with pytest.raises(DataError, match="is no evaluation"):
        comparison.read(str(write("x.json", {"data": "digits"})), [0])


def test_compare_prints_what_it_did(
    asked: list[str],
    samples: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    np.savez(tmp_path / "own.npz", x=samples)
    label = tmp_path / "y.txt"
    label.write_text("3\n" * len(samples))
    command = ("evaluate", "--data", "digits", "--samples", tmp_path / "own.npz", "--labels", label)
    call(monkeypatch, *command)
    record = json.loads(Path("results/outside/digits/own.json").read_text())
    assert record["asked_class"]["n"] == 2 * N and record["asked_class"]["share"] < 0.5
    assert "The judge sees the class that was asked for in" in capsys.readouterr().out
    call(monkeypatch, "compare", "digits/own", "results/outside/digits/own.json")
    printed = capsys.readouterr().out
    assert printed.count("no difference: the same values") == len(METRICS) - 1  # modes: points only
    assert "digits/own: 2 batches of samples." in printed and "Welch" in printed
    with pytest.raises(SystemExit, match="digits/nothing was not evaluated"):
        call(monkeypatch, "compare", "digits/own", "digits/nothing")
