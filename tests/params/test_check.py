"""Mistakes in params.yaml: each found, all at once, with what is allowed."""

import copy
from pathlib import Path
from typing import Any, Literal

import pytest

from gbench.core import entry
from gbench.core.budget import Budget
from gbench.core.files import UserError
from gbench.params import read
from gbench.params.check import check, find
from gbench.params.check.values import fits

ROOT = Path(__file__).parents[2]


@pytest.fixture
def params() -> dict[str, Any]:
    return copy.deepcopy(read(ROOT / "params.yaml"))


def test_the_shipped_parameters_are_valid(params: dict[str, Any]) -> None:
    check(params)


def test_every_mistake_is_listed_at_once(params: dict[str, Any]) -> None:
    params["variants"].append("wgan_pg")
    params["models"]["vae"]["latnet"] = 3
    params["models"]["gan"]["rounds"] = "many"
    params["models"]["gan"]["loss"] = "hinge"
    params["models"]["nosuch"] = {}
    params["seeds"] = [0, 0, -1]
    params["quik"] = True
    params["metrics"]["precision"]["k"] = 2.5
    params["datasets"]["mnist"]["root"] = "elsewhere"
    with pytest.raises(UserError) as error:
        check(params)
    text = str(error.value)
    for part in (
        "10 mistakes",
        "'wgan_pg' is not defined under models (did you mean wgan_gp?)",
        "models.vae.latnet: unknown (did you mean latent?)",
        "models.gan.rounds: 'many' is not a whole number",
        "models.gan.loss: 'hinge' is not one of non_saturating, minimax",
        "models.nosuch: 'nosuch' has no file",
        "seeds: 0 stands there 2 times",
        "seeds: -1 is not a whole number from 0",
        "quik: unknown (did you mean quick?)",
        "metrics.precision.k: 2.5 is not a whole number",
        "datasets.mnist.root: unknown",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["data"], [], "data: must be a list"),
        (["data"], "mnist", "data: must be a list"),
        (["outside"], "digits/x", "outside: must be a list"),
        (["outside"], ["x"], "outside: 'x' is no data set and name"),
        (
            ["outside"],
            ["digit/x"],
            r"outside: 'digit/x': no 'digit' under datasets \(did you mean digits",
        ),
        (["outside"], ["digits/gan"], "outside: 'digits/gan' has the name of a model"),
        (["outside"], ["digits/x", "digits/x"], "outside: 'digits/x' stands there 2 times"),
        (["quick"], 1, "quick: 1 is not true or false"),
        (["quick_rounds"], 0, r"quick_rounds: 0 is not in \(0, 1\]"),
        (["models"], ["gan"], "models: must map names to values"),
        (["models", "gan"], 3, "models.gan: must map keywords to values"),
        (["models", "gan", "on"], {"mnits": {}}, "models.gan.on.mnits: unknown"),
        (["models", "gan", "on"], {"ring": {"widht": 1}}, "models.gan.on.ring.widht: unknown"),
        (["models", "gan", "betas"], [0.5], "a list of 2"),
        (["models", "gan", "batch"], 0, "models.gan.batch: 0 is under 1"),
        (["models", "gmm", "rounds"], 5, "models.gmm.rounds: unknown"),
        (["models", "vae", "sigma"], "fixed", "a number or one of learned"),
        (["evaluation"], {}, "evaluation.n: missing"),
        (["evaluation", "n"], 1, "evaluation.n: 1 is under 2"),
        (["evaluation", "batches"], 0, "evaluation.batches: 0 is under 1"),
        (["evaluation", "repeated"], "fid", "evaluation.repeated: 'fid' is not a list"),
        (["evaluation", "repeated"], ["fdi"], r"evaluation.repeated: 'fdi' .*\(did you mean fid"),
        (["along", "points"], -1, "along.points: -1 is under 0"),
        (["along", "n"], 1, "along.n: 1 is under 2"),
        (["along", "landscape"], -1, "along.landscape: -1 is under 0"),
        (["along", "metrics"], ["fdi"], "along.metrics: 'fdi' is not switched on"),
        (["judge", "epochs"], 3, "judge.epochs: unknown"),
        (["variants"], ["gan"], "defences.defense_gan.generator: 'wgan_gp' is not switched on"),
        (["data"], ["folder"], "datasets.folder.path: images is no folder"),
        (["latent", "steps"], 1, "latent.steps: 1 is under 2"),
        (["latent", "steps"], "x", "latent.steps: 'x' is not a whole number"),
        (["latent", "truncations"], [0.5, 0], "latent.truncations: 0 is not above 0"),
        (["sensitivity", "draws"], 1, "sensitivity.draws: 1 is under 2"),
        (["sensitivity", "n"], "x", "sensitivity.n: 'x' is not a whole number"),
        (["sensitivity", "without"], ["fdi"], "sensitivity.without: 'fdi' is no metric"),
        (["sensitivity", "without"], "fid", "sensitivity.without: 'fid' is not a list"),
        (["latent", "truncations"], 0.5, "latent.truncations: 0.5 is not a list"),
        (["usefulness"], {}, "usefulness.examples: missing"),
        (["usefulness", "steps"], 0, "usefulness.steps: 0 is under 1"),
        (["usefulness", "draws"], 1001, "usefulness.draws: 1001 is over 1000"),
        (["usefulness", "inverse_l2"], 0, "usefulness.inverse_l2: 0 is not above 0"),
        (["usefulness", "labels"], [], r"usefulness.labels: must be a list"),
        (["usefulness", "labels"], [20, 1], "usefulness.labels: 1 is under 2"),
        (["usefulness", "labels"], [20, "al"], "a list, each of it a whole number or one of all"),
        (["usefulness", "labels"], ["all", "all"], "'all' stands there 2 times"),
        (["likelihood", "chains"], 0, "likelihood.chains: 0 is under 1"),
        (["likelihood", "variances"], [], r"likelihood.variances: must be a list such as"),
        (["likelihood", "variances"], [0.1, 0], "likelihood.variances: 0 is not above 0"),
        (["likelihood", "tolerance"], 0, "likelihood.tolerance: 0 is not above 0"),
        (["likelihood", "seeds"], "0", "likelihood.seeds: '0' is not a list"),
        (["likelihood", "temprature"], 3, "likelihood.temprature: unknown"),
        (["attack", "adaptive_images"], {"bpda": "x"}, "attack.adaptive_images"),
    ],
)
def test_one_mistake(params: dict[str, Any], path: list[str], value: object, message: str) -> None:
    target = params
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(UserError, match=message):
        check(params)


def test_quick_mode_must_train_something_and_what_is_defended(params: dict[str, Any]) -> None:
    params |= {"variants": ["gan", "wgan_gp"], "quick_variants": ["vae"]}
    check(params)
    params["quick"] = True
    nothing, generator = find(params)
    assert "quick mode would train nothing" in nothing
    assert "defences.defense_gan.generator: 'wgan_gp' is not switched on" in generator
    params["quick_variants"] = ["wgan_gp"]
    check(params)


def test_a_missing_section_is_named(params: dict[str, Any]) -> None:
    del params["judge"]
    assert list(find(params)) == ["judge: missing"]


def test_yaml_is_read_as_dvc_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text("lr: 1e-4\nflag: on\n")
    assert read(file) == {"lr": 1e-4, "flag": "on"}
    file.write_text("a: [1, 2")
    with pytest.raises(UserError, match=r"params\.yaml cannot be read"):
        read(file)
    file.write_text("- a\n")
    with pytest.raises(UserError, match="must map names"):
        read(file)
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "absent.yaml")


def test_values_for_one_data_set_and_quick_mode(params: dict[str, Any]) -> None:
    from gbench.zoo.models import gan, gmm

    params["models"]["gan"] = {"width": 8, "rounds": 500, "on": {"ring": {"width": 4}}}
    assert entry.on(params["models"]["gan"], "digits") == {"width": 8, "rounds": 500}
    given = params["models"]["gan"]
    assert entry.arguments(given, gan, "ring") == ({"width": 4}, Budget(500, 64))
    params |= {"quick": True, "quick_rounds": 0.1}
    assert entry.arguments(given, gan, "ring", entry.share(params))[1] == Budget(50, 64)
    assert entry.arguments(params["models"]["gmm"], gmm, "ring")[1] == Budget(0, 0)


@pytest.mark.parametrize(
    ("value", "annotation", "fit"),
    [
        (1, int, True),
        (True, int, False),
        (1, float, True),
        ("1e-4", float, False),
        ("a", Literal["a", "b"], True),
        (0.5, float | Literal["learned"], True),
        ([0.5, 0.9], tuple[float, float], True),
        ([0.5], tuple[float, float], False),
        ([1, 2], list[int], True),
        ([1, "x"], list[int], False),
        ({"a": [1.0]}, dict[str, list[float]], True),
        ({"a": 1.0}, dict[str, list[float]], False),
        (None, int | None, True),
    ],
)
def test_types(value: object, annotation: Any, fit: bool) -> None:
    assert fits(value, annotation) is fit
