"""The ledger, the statistics, the gates, the classifiers and the stages' results."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gbench.core import plugin
from gbench.core.files import DataError, UserError, write_json
from gbench.stats.wilson import interval
from gbench.tracks.attacks.measure import gates, probing, suite, training
from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.battle import Battle, stratified
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.record import AttackRecord, ClassifierCard, NotAttacked
from gbench.tracks.attacks.measure.settings import settings
from gbench.tracks.attacks.measure.trial import Trial, against_queries, curve, worst_case
from gbench.zoo.shared.dataset import Dataset, Examples, Mixture
from tests.records import keeps_its_type


class Halves(nn.Module):
    """Class 0 where the mean of the pixels is under a half, else class 1."""

    def forward(self, x: Tensor) -> Tensor:
        over = x.flatten(1).mean(1) - 0.5
        return torch.stack([-over, over], 1)


def flat(*levels: float) -> Tensor:
    return torch.tensor(levels).reshape(-1, 1, 1, 1).expand(-1, 1, 8, 8).contiguous()


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson_interval(hits: int, n: int, low: float, high: float) -> None:
    assert interval(hits, n) == pytest.approx((low, high), abs=1e-4)


def test_wilson_ends_solve_their_equation() -> None:
    for q in interval(37, 120):
        assert (37 / 120 - q) ** 2 == pytest.approx(1.959964**2 * q * (1 - q) / 120, rel=1e-5)


def test_curve_and_worst_case_by_hand() -> None:
    found = curve(np.array([0.0, 0.1, 0.3, np.inf]), [0.1, 0.2, 0.5])
    assert found["robust_accuracy"] == [0.5, 0.5, 0.25]
    first, second = trial([0.0, 0.1, 0.3, np.inf]), trial([0.0, 0.4, 0.2], name="other")
    worst = worst_case([first, second], "linf", 4, [0.1, 0.2, 0.5], 0.2)
    assert worst["robust_accuracy"] == [0.5, 0.25, 0.25]
    assert worst["broken_by"] == {"one": 1, "other": 1}
    assert worst["only_by"] == {"one": 1, "other": 1}


def test_accuracy_against_queries_by_hand() -> None:
    found = against_queries(np.array([0.0, 3.0, 30.0, np.inf]))
    assert found["queries"] == [0, 1, 2, 5, 10, 20, 50]
    assert found["robust_accuracy"] == [0.75, 0.75, 0.75, 0.5, 0.5, 0.5, 0.25]


def test_ledger_keeps_the_nearest_valid_image() -> None:
    x = flat(0.4, 0.4, 0.6)
    ledger = Ledger(Halves(), x, torch.tensor([0, 0, 0]), norm="linf", eps=[0.2], headline=0.2)
    assert ledger.distance.tolist() == [0.0 if i == 2 else float("inf") for i in range(3)]
    assert ledger.left().tolist() == [0, 1]
    ledger.hand_in(torch.tensor([0, 1]), flat(0.9, 0.55))
    ledger.hand_in(torch.tensor([0, 1]), flat(0.7, 0.58))
    assert ledger.distance.tolist() == pytest.approx([0.3, 0.15, 0.0])
    assert ledger.left(0.2).tolist() == [0]
    assert ledger.first.tolist() == [float("inf"), 1.0, 0.0]
    assert torch.equal(ledger.best[:2], flat(0.7, 0.55))


@pytest.mark.parametrize(
    ("level", "found", "eps", "fault"),
    [
        (0.4, float("nan"), 1.0, "nan"),
        (0.4, 1.1, 1.0, "out_of_box"),
        (0.6, 0.0, 1.0, "all_zero"),
        (0.4, 0.95, 0.5, "over_eps"),
    ],
)
def test_ledger_refuses_what_is_no_adversarial_image(
    level: float, found: float, eps: float, fault: str
) -> None:
    x = flat(level)
    ledger = Ledger(Halves(), x, Halves()(x).argmax(1), norm="linf", eps=[eps])
    ledger.hand_in(torch.tensor([0]), flat(found), eps)
    assert ledger.invalid == {key: int(key == fault) for key in ledger.invalid}
    assert ledger.left(eps).tolist() == [0]


def test_a_targeted_ledger_wants_the_given_class() -> None:
    class Thirds(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            level = x.flatten(1).mean(1, keepdim=True)
            return -(level - torch.tensor([[0.1, 0.5, 0.9]])).abs()

    ledger = Ledger(
        Thirds(), flat(0.1), torch.tensor([0]), norm="linf", eps=[1.0], goal=torch.tensor([2])
    )
    ledger.hand_in(torch.tensor([0]), flat(0.5))
    assert ledger.left().tolist() == [0]
    ledger.hand_in(torch.tensor([0]), flat(0.9))
    assert ledger.distance.tolist() == pytest.approx([0.8])


def test_verification_drops_what_does_not_hold() -> None:
    class Once(Halves):
        asked = 0

        def forward(self, x: Tensor) -> Tensor:
            self.asked += 1
            return super().forward(x) * (-1 if self.asked == 2 else 1)

    ledger = Ledger(Once(), flat(0.4), torch.tensor([0]), norm="linf", eps=[0.5])
    ledger.hand_in(torch.tensor([0]), flat(0.3))
    assert ledger.left().tolist() == []
    ledger.verify()
    assert ledger.left().tolist() == [0]
    assert ledger.invalid["unverified"] == 1


def test_ledger_counts_several_proposals_an_image() -> None:
    ledger = Ledger(Halves(), flat(0.4, 0.3), torch.tensor([0, 0]), norm="l2", eps=[1.0])
    ledger.select(torch.tensor([1]))
    answers = ledger.decide(flat(0.45, 0.55, 0.7))
    assert answers.tolist() == [[False], [True], [True]]
    assert ledger.forward_count.tolist() == [0, 3]
    assert ledger.distance.tolist() == pytest.approx([float("inf"), 8 * 0.25])


def test_every_first_part_of_the_images_is_balanced() -> None:
    y = torch.tensor([0] * 50 + [1] * 30 + [2] * 20)[torch.randperm(100)]
    chosen = stratified(y, 60, seed=3)
    assert len(set(chosen.tolist())) == 60
    for n in (6, 30, 60):
        assert torch.bincount(y[chosen[:n]]).tolist() == [n // 3] * 3
    assert torch.equal(chosen, stratified(y, 60, seed=3))


def trial(
    distance: list[float],
    name: str = "one",
    *,
    knowledge: str = "white box",
    gradient: str = "exact",
    single_step: bool = False,
    nearest: bool = False,
) -> Trial:
    n = len(distance)
    attack = Attack(
        "One", "linf", "white box", lambda: None, "", single_step=single_step, nearest=nearest
    )
    ledger = Ledger(
        Halves(), flat(*[0.4] * n), torch.zeros(n, dtype=torch.long), norm="linf", eps=[0.1, 0.5]
    )
    ledger.distance = torch.tensor(distance)
    return Trial(name, attack, knowledge, gradient, {}, ledger, 0.0)  # type: ignore[arg-type]


def flags(*trials: Trial) -> list[str]:
    found = gates.of_trials(trials, {"linf": [0.1, 0.5]}, {"linf": 0.1}, 0.1, defended=False)
    return [caution.text for caution in found if "these kinds" not in caution.text]


def test_gates_pass_what_is_sound() -> None:
    step = trial([0.1, 0.1, 0.5], "step", single_step=True)
    blind = trial([0.1, 0.5, 0.5], "blind", knowledge="decision", gradient="none")
    assert flags(step, trial([0.1, 0.1, 0.1], "steps"), blind) == []


def test_gate_iteration_is_no_weaker_than_one_step() -> None:
    step = trial([0.1, 0.1, 0.1], "step", single_step=True)
    (flag,) = flags(step, trial([0.1, 0.5, 0.5], "steps"))
    assert "steps leaves 2 of 3 images at eps 0.1, more than step with 0" in flag


def test_gate_what_seeks_the_nearest_may_get_stuck_where_others_do_not() -> None:
    step = trial([0.1, 0.1, 0.1], "step", single_step=True)
    stuck = trial([0.5, 0.5, 0.5], "stuck", nearest=True)
    assert flags(step, stuck, trial([0.1, 0.1, 0.5], "steps")) == []
    (flag,) = flags(step, stuck)
    assert "stuck leaves 3 of 3 images at eps 0.1, more than step with 0" in flag


def test_gate_the_blind_break_no_more_than_the_sighted() -> None:
    blind = trial([0.1, 0.1, 0.1], "blind", knowledge="decision", gradient="none")
    (flag,) = flags(trial([0.5, 0.5, 0.1]), blind)
    assert flag.startswith("2 of 3 images are broken at linf 0.1 only by attacks that see no")


def test_gate_an_attack_on_few_images_that_would_break_the_others() -> None:
    weak, strong = trial([0.5] * 40, "weak"), trial([0.1] * 20, "strong")
    few = gates.partial([weak, strong], "linf", 0.1)
    (caution,) = few
    assert caution.text.startswith("0% of the 20 images that strong was run on survive linf 0.1")
    assert caution.norm == "linf"
    half = trial([0.1] * 10 + [0.5] * 10, "half")
    assert list(gates.partial([weak, half], "linf", 0.1)) == []  # 50 % of 20, 75 % of 40
    assert list(gates.partial([weak, weak], "linf", 0.1)) == []


def test_gate_a_large_budget_leaves_nothing() -> None:
    (flag,) = flags(trial([0.1, 0.5, 0.6]))
    assert flag.startswith("33% of the images survive linf 0.5")


@pytest.mark.parametrize(("side", "told"), [(8, 1), (28, 0)])
def test_gate_a_large_budget_in_l2_is_one_that_greys_all_pixels(side: int, told: int) -> None:
    """0.5 side: 4 for 8x8 images, 14 for 28x28."""
    one = trial([4.5, 4.5])
    one = replace(one, attack=replace(one.attack, norm="l2"))
    one.ledger.x = torch.full((2, 1, side, side), 0.4)
    assert len(list(gates.unreached([one], "l2", [1.0, 4.0], 0.1))) == told


@pytest.mark.parametrize(("stored", "told"), [(0.55, 0), (0.6, 1)])
def test_gate_of_rounding_wants_more_than_a_twentieth(stored: float, told: int) -> None:
    case = {"eps": [0.1], "robust_accuracy": [0.5], "robust_accuracy_8bit": stored, "n": 60}
    assert len(list(gates.of_rounding({"linf": case}, {"linf": 0.1}))) == told


def test_gate_probabilities_and_zero_gradients() -> None:
    x, y = flat(0.4, 0.6), torch.tensor([0, 1])
    assert list(probing.of_target("it", Halves(), x, y)) == []
    soft = nn.Sequential(Halves(), nn.Softmax(1))
    assert "probabilities, not logits" in next(probing.of_target("it", soft, x, y)).text

    class Hidden(Halves):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x.detach())

    assert probing.flat_share(Hidden(), x, y) == 1.0
    assert "no gradient on 100%" in next(probing.of_target("it", Hidden(), x, y)).text


def test_eight_bits_heal_what_only_lives_between_the_grey_levels() -> None:
    attack = Attack("One", "linf", "white box", lambda: None, "")
    level = 127 / 255
    ledger = Ledger(Halves(), flat(level), torch.tensor([0]), norm="linf", eps=[0.0025, 0.1])
    ledger.hand_in(torch.tensor([0]), flat(0.5002))
    found = [Trial("one", attack, "white box", "exact", {}, ledger, 0.0)]

    def rounded(budget: float) -> float | None:
        return gates.rounded_accuracy(Halves(), found, "linf", ledger.x, ledger.y, budget)

    assert rounded(0.1) == 0.0  # 0.5002 rounds to 128 / 255, over a half
    ledger.best = flat(level + 0.0019)
    ledger.distance = torch.tensor([0.0019])
    assert rounded(0.00195) == 1.0  # rounds back to 127 / 255
    assert rounded(0.1) == 0.0  # a longer step in the same direction does not


@pytest.mark.parametrize("name", ["cnn", "mlp"])
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 11), (1, 28, 28), (3, 32, 32)])
def test_classifiers_take_any_image(name: str, shape: tuple[int, ...]) -> None:
    network = plugin.load("tracks/attacks/classifiers", name).build(shape, 7)
    assert network(torch.rand(2, *shape)).shape == (2, 7)


def test_cnn_refuses_tiny_images() -> None:
    with pytest.raises(UserError, match="at least 8x8, not 7x9"):
        plugin.load("tracks/attacks/classifiers", "cnn").build((1, 7, 9), 2)


SHADES = 3


def shades(n: int) -> Examples:
    """Images [n, 1, 8, 8] whose mean grey tells the class."""
    y = torch.arange(n) % SHADES
    level = (0.2 + 0.3 * y)[:, None, None, None]
    return Examples((level + 0.05 * torch.randn(n, 1, 8, 8)).clamp(0, 1), y)


def shaded() -> Dataset:
    return Dataset("shades", shades(300), shades(60), shades(90), SHADES, "made up", levels=255)


SETTINGS: dict[str, object] = {
    "images": 30,
    "decision_images": 6,
    "eps": {"default": {"linf": [0.05, 0.2, 0.5], "l2": [0.4, 1.6, 4.0]}},
    "headline": {"default": {"linf": 0.2, "l2": 1.6}},
    "oblivious": ["fgsm", "pgd_l2"],
    "adaptive": {"bpda": {"pgd_l2": {"steps": 5}}, "none": {"hopskipjump": {"steps": 1}}},
    "adaptive_images": {"bpda": 9, "none": 3},
    "quick": {"images": 6, "decision_images": 3},
}
PARAMS: dict[str, object] = {
    "quick": False,
    "seeds": [0],
    "classifiers": {"cnn": {"width": 4}, "mlp": {"width": 16}},
    "attack": SETTINGS,
    "attacks": {
        "fgsm": None,
        "pgd_linf": {"steps": 10},
        "pgd_targeted": {"steps": 10},
        "pgd_l2": {"steps": 10},
        "deepfool": {},
        "carlini_wagner": {"searches": 2, "steps": 20},
        "boundary": {"steps": 20},
        "hopskipjump": {"steps": 2},
        "transfer": {"steps": 5},
    },
    "defences": {"defense_gan": {"steps": 4, "restarts": 2, "candidates": 10}},
}
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data set and both classifiers."""
    torch.manual_seed(0)
    folder, data = tmp_path_factory.mktemp("trained"), shaded()
    data.save(folder / "data/shades")
    for name in ("cnn", "mlp"):
        entry = PARAMS["classifiers"][name]  # type: ignore[index]
        training.make(data, name, entry, folder / "classifiers/shades" / name, CPU, rounds=120)
    return folder


@pytest.fixture
def repository(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, as the working directory."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_a_classifier_learns_and_comes_back_the_same(repository: Path) -> None:
    folder = Path("classifiers/shades/cnn")
    card = json.loads((folder / "card.json").read_text())
    keeps_its_type(card, ClassifierCard)
    assert card["test_accuracy"] > 0.95
    network = training.load(folder, CPU)
    assert training.digest(network.state_dict()) == card["hash"]
    data = Dataset.load(Path("data/shades"))
    assert training.accuracy(network, data.test) == card["test_accuracy"]
    (folder / "classifier.safetensors").write_bytes(b"torn")
    with pytest.raises(DataError, match=r"classifier\.safetensors cannot be read"):
        training.load(folder, CPU)


def test_attack_stage_writes_the_record(repository: Path) -> None:
    suite.bare(PARAMS, "shades", "cnn", CPU)
    out = Path("results/attacks/shades/cnn")
    record = json.loads((out / "attack.json").read_text())
    keeps_its_type(record, AttackRecord)
    assert record["status"] == "ok"
    assert [entry["name"] for entry in record["attacks"]] == list(PARAMS["attacks"])  # type: ignore
    sizes = {entry["name"]: entry["n"] for entry in record["attacks"]}
    assert sizes["pgd_l2"] == 30
    assert sizes["boundary"] == 6
    for norm in ("linf", "l2"):
        worst = record["worst_case"][norm]["robust_accuracy"]
        for entry in record["attacks"]:
            if entry["norm"] == norm and entry["n"] == 30:
                pairs = zip(worst, entry["robust_accuracy"], strict=True)
                assert all(low <= high for low, high in pairs)
        assert worst[-1] == 0.0
    tensors = load_file(out / "images.safetensors")
    assert len(tensors["original"]) == len(tensors["adversarial"]) == len(record["examples"]) > 0
    assert len(tensors["distance/pgd_l2"]) == len(tensors["queries/pgd_l2"]) == 30
    network, data = training.load(Path("classifiers/shades/cnn"), CPU), shaded()
    for example, image in zip(record["examples"], tensors["adversarial"], strict=True):
        assert int(network(image[None]).argmax()) == example["adversarial_prediction"]
        assert example["adversarial_prediction"] != example["label"]
    assert data.classes == SHADES


def test_an_attacks_numbers_may_differ_by_data_set_and_none_leaves_it_out(
    repository: Path,
) -> None:
    attacks = {
        "fgsm": {},
        "pgd_linf": {"steps": 10, "on": {"shades": {"steps": 3}, "digits": {"steps": 9}}},
        "one_pixel": {"images": 9, "on": {"shades": {"images": 2}}},
        "substitute": {"images": 9, "on": {"shades": {"images": 0}}},
    }
    budgets = {
        "eps": {"default": {"linf": [0.2], "l0": [1]}},
        "headline": {"default": {"linf": 0.2, "l0": 1}},
    }
    params = PARAMS | {"attacks": attacks, "attack": SETTINGS | budgets}
    suite.bare(params, "shades", "mlp", CPU)
    record = json.loads(Path("results/attacks/shades/mlp/attack.json").read_text())
    found = {entry["name"]: entry for entry in record["attacks"]}
    assert list(found) == ["fgsm", "pgd_linf", "one_pixel"]
    assert found["pgd_linf"]["parameters"]["steps"] == 3
    assert found["one_pixel"]["n"] == 2
    assert found["fgsm"]["library"].startswith("foolbox 3.")
    assert found["one_pixel"]["library"].startswith("gbench ")
    changes = {"mlp": {"attacks": {"fgsm": {"on": {"shades": {}}}}}}
    some = SETTINGS | {"by_target": changes}
    assert settings("shades", False, "mlp", **some).attacks == {"fgsm": {}}  # type: ignore
    fewer = SETTINGS | {"by_target": {"mlp": {"images": 9, "on": {"shades": {"images": 4}}}}}
    found = [settings(data, False, "mlp", **fewer).images for data in ("shades", "digits")]  # type: ignore
    assert found == [4, 9]
    wrong = SETTINGS | {"by_target": {"mlp": {"on": {"shades": {"image": 4}}}}}
    with pytest.raises(UserError, match=r"attack\.by_target\.mlp\.on\.shades\.image: unknown"):
        settings("shades", False, **wrong)  # type: ignore[arg-type]


def test_quick_takes_fewer_images(repository: Path) -> None:
    few = {"fgsm": {}, "hopskipjump": {"steps": 1}}
    suite.bare(PARAMS | {"quick": True, "attacks": few}, "shades", "mlp", CPU)
    record = json.loads(Path("results/attacks/shades/mlp/attack.json").read_text())
    assert [entry["n"] for entry in record["attacks"]] == [6, 3]


def run_of(status: str) -> None:
    """A generator's run folder; its weights are as they were drawn."""
    folder = Path("runs/shades/wgan_gp/0")
    write_json(folder / "run.json", {"status": status, "note": "diverged at round 7"})
    build = {"latent": 4, "width": 4}
    game = plugin.load("zoo/models", "wgan_gp").build((1, 8, 8), **build)
    card = {"model": "wgan_gp", "shape": [1, 8, 8], "classes": SHADES, "build": build}
    save_file(game.state_dict(), folder / "model.safetensors", {"card": json.dumps(card)})


def test_defend_stage_writes_the_record(repository: Path) -> None:
    run_of("ok")
    suite.defended(PARAMS, "shades", "defense_gan", CPU)
    out = Path("results/attacks/shades/defense_gan")
    record = json.loads((out / "attack.json").read_text())
    keeps_its_type(record, AttackRecord)
    names = ["fgsm_oblivious", "pgd_l2_oblivious", "pgd_l2_bpda", "hopskipjump"]
    assert [entry["name"] for entry in record["attacks"]] == names
    knowledge = ["oblivious", "oblivious", "white box", "decision"]
    assert [entry["knowledge"] for entry in record["attacks"]] == knowledge
    assert [entry["gradient"] for entry in record["attacks"]] == ["none", "none", "bpda", "none"]
    assert record["defence_parameters"]["momentum"] == 0.7
    assert record["clean_accuracy"] > 0.9
    assert record["undefended"]["l2"]["n"] == record["n"] == 9
    tensors = load_file(out / "images.safetensors")
    assert tensors["defended"].shape == tensors["adversarial"].shape


def test_defend_stage_says_why_it_has_nothing(repository: Path) -> None:
    run_of("diverged")
    suite.defended(PARAMS, "shades", "defense_gan", CPU)
    record = json.loads(Path("results/attacks/shades/defense_gan/attack.json").read_text())
    keeps_its_type(record, NotAttacked)
    assert record["status"] == "skipped"
    assert record["note"].endswith("is diverged: diverged at round 7")


@pytest.mark.parametrize(("kind", "note"), [("points", "points are"), ("images", "no labels")])
def test_stages_pass_over_what_cannot_be_attacked(
    kind: str, note: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    x = torch.rand(30, 2) if kind == "points" else torch.rand(30, 1, 8, 8)
    parts = [Examples(x.clone(), torch.full((30,), -1)) for _ in range(3)]
    law = Mixture(torch.zeros(1, 2), 1.0) if kind == "points" else None
    data = Dataset("it", *parts, int(kind == "points"), "made up", law)
    data.save(Path("data/it"))
    training.make(data, "cnn", {}, Path("classifiers/it/cnn"), CPU)
    suite.bare(PARAMS, "it", "cnn", CPU)
    suite.defended(PARAMS, "it", "defense_gan", CPU)
    for file in ("classifiers/it/cnn/card", *(f"results/attacks/it/{t}/attack" for t in TARGETS)):
        record = json.loads(Path(f"{file}.json").read_text())
        assert record["status"] == "skipped"
        assert note in record["note"]
    with pytest.raises(DataError, match="holds no classifier"):
        training.load(Path("classifiers/it/cnn"), CPU)


TARGETS = ("cnn", "defense_gan")


def test_settings_refuse_a_headline_off_the_curve() -> None:
    wrong = {"default": {"linf": 0.3, "l2": 1.6}}
    with pytest.raises(UserError, match=r"attack\.headline: linf 0\.3 of digits"):
        settings("digits", False, **(SETTINGS | {"headline": wrong}))  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"attack\.quick\.image: unknown"):
        settings("digits", True, **(SETTINGS | {"quick": {"image": 3}}))  # type: ignore


class Searching(nn.Module):
    """Classifies what a descent inside the forward pass ends with; may cut the gradient there."""

    def __init__(self, cut: bool):
        super().__init__()
        self.cut = cut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad():
            z = torch.zeros(len(x), requires_grad=True)
            error = (x.mean((1, 2, 3)) - z).square().sum()
            (slope,) = torch.autograd.grad(error, z, create_graph=not self.cut)
            found = -3 * slope  # six times the mean
        s = found + x.mean((1, 2, 3)) - 3.4
        return torch.stack([s, -s], 1)


def test_gate_a_search_whose_gradient_is_left_out() -> None:
    x, y = torch.full((4, 1, 8, 8), 0.5), torch.zeros(4, dtype=torch.long)
    (caution,) = probing.of_target("it", Searching(True), x, y)
    assert "leaves the search out" in caution.text
    assert list(probing.of_target("it", Searching(False), x, y)) == []


def test_gate_a_distance_beyond_the_next_class_is_no_robustness() -> None:
    x, y = flat(0.0, 0.0, 0.0), torch.zeros(3, dtype=torch.long)
    others = Examples(flat(0.1, 0.5), torch.tensor([0, 1]))
    for distance, told in ((0.45, 0), (0.55, 1)):
        assert len(list(gates.implausible([trial([distance] * 3)], x, y, others))) == told


def test_gate_convergence_asks_once_more_with_twice_the_effort() -> None:
    torch.manual_seed(0)
    data = shaded()
    target = plugin.load("tracks/attacks/classifiers", "mlp").build(data.shape, SHADES, width=8)
    training.train(target, data.train, rounds=100, batch=32, lr=5e-3, seed=0)
    battle = Battle(target, data, settings("shades", False, **SETTINGS))  # type: ignore[arg-type]
    weak = {"pgd_linf": {"steps": 1, "rel_stepsize": 0.02, "losses": ["margin"]}}
    battle.attack("pgd_linf", weak["pgd_linf"])
    strong = {"pgd_linf": {"steps": 20, "losses": ["margin"]}}
    (caution,) = suite.unconverged(battle, strong)
    assert ("have not converged" in caution.text, caution.norm) == (True, "linf")
    battle.attack("pgd_linf", strong["pgd_linf"])
    assert list(suite.unconverged(battle, strong)) == []
