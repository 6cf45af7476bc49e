"""The gallery: what critics say of the plane, what a training keeps of it, and how it is packed."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gbench.core.batches import Batches
from gbench.core.budget import Budget
from gbench.core.checkpoint import Checkpoint
from gbench.core.game import Game, Unsuitable
from gbench.core.learn import Course, learn
from gbench.core.train import adam
from gbench.games.nets.critic import Critic
from gbench.games.nets.mlp import Trunk
from gbench.games.two_player.criteria import Wasserstein
from gbench.games.two_player.energy import Autoencoder, EnergyMargin
from gbench.games.two_player.game import GAN, Adversarial
from gbench.tracks.collapse.page import frames
from gbench.tracks.collapse.page.films import Gallery, gallery
from gbench.tracks.collapse.page.gallery import player, rows
from gbench.zoo.data import digits, ring
from gbench.zoo.shared.along import Along
from gbench.zoo.shared.landscape import landscape, lattice, window
from gbench.zoo.shared.run import with_tricks
from gbench.zoo.shared.samples import keep
from tests.core.test_contract import CLASSES, MODELS, small
from tests.games.test_tricks import TRICKS, linear, shift_game
from tests.report.contract import Html

CPU = torch.device("cpu")
EVERY = Along(points=3, n=20, metrics=[], landscape=5)
SMALL_RING = {"train": 200, "validation": 20, "test": 20}


# --- score: how real a critic finds single points


@pytest.mark.parametrize("name", MODELS)
def test_every_critic_of_points_scores_each_by_itself(name: str) -> None:
    """In eval mode; batch norm is moved off its initial averages first."""
    game = small(name, (2,))
    if not isinstance(game, Adversarial):
        assert getattr(game, "score", None) is None
        return
    game.critic_loss(Batches(ring.build(**SMALL_RING).train, 20, 0).__next__()._replace(
        y=torch.arange(20) % CLASSES))  # fmt: skip
    game.eval()
    x = torch.randn(7, 2)
    scores = game.score(x)
    assert scores.shape == (7,)
    assert scores.isfinite().all()
    torch.testing.assert_close(torch.cat([game.score(one) for one in x.split(1)]), scores)
    assert game.score(x).equal(scores)  # nothing is drawn


def test_a_plain_critic_shows_its_score_and_an_energy_its_negative() -> None:
    x = torch.tensor([[1.0, 0.0], [0.0, 3.0]])
    assert shift_game(linear(2.0, 1.0)).score(x).tolist() == [2.0, 3.0]

    class Forgets(nn.Module):
        def forward(self, code: Tensor) -> Tensor:
            return 0 * code

    critic = Autoencoder(Trunk([nn.Linear(2, 2)], 2), Forgets())
    game = GAN(nn.Identity(), critic, EnergyMargin(1.0), latent=2, lr=0.1, betas=(0.5, 0.9))
    assert game.score(x).tolist() == [-0.5, -4.5]  # the mean squares of x itself


def test_an_inferring_critic_sees_the_expected_code() -> None:
    game = small("ali", (2,)).eval()
    x = torch.randn(4, 2)
    mean, _ = game.encoder(x)
    assert game.score(x).equal(game.critic(torch.cat([x, mean], 1)))


@pytest.mark.parametrize("name", ["cgan", "biggan"])
def test_a_critic_that_is_told_the_class_takes_the_one_that_suits_best(name: str) -> None:
    game = small(name, (2,)).eval()
    x = torch.randn(4, 2)
    of_class = [game.critic(torch.cat([x, row.expand(4, -1)], 1)) for row in torch.eye(CLASSES)]
    torch.testing.assert_close(game.score(x), torch.stack(of_class).max(0).values)


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("name", ["wgan", "dcgan", "cgan", "bigan", "ebgan"])
def test_a_critic_with_any_trick_scores_single_points(trick: str, name: str) -> None:
    """But for the one that compares each point with its batch."""
    try:
        game = with_tricks(small(name, (2,)), [trick]).eval()
    except Unsuitable as error:
        pytest.skip(str(error))
    if trick == "minibatch_discrimination":
        assert game.score is None
        return
    x = torch.randn(6, 2)
    scores = game.score(x)
    assert scores.shape == (6,)
    assert scores.isfinite().all()
    torch.testing.assert_close(torch.cat([game.score(one) for one in x.split(1)]), scores)


def test_tricks_pass_the_score_on_or_say_that_there_is_none() -> None:
    x = torch.tensor([[1.0, 0.0], [0.0, 3.0]])

    def scored(*tricks: Any) -> Any:
        return with_tricks(shift_game(linear(2.0, 1.0)), tricks).score

    assert scored("historical_averaging", "step_ratio")(x).tolist() == [2.0, 3.0]
    assert scored("minibatch_discrimination") is None
    game = with_tricks(shift_game(linear(2.0, 1.0)), [{"ensemble": {"critics": 3}}])
    expected = torch.stack([member(x) for member in game.critic]).mean(0)
    torch.testing.assert_close(game.score(x), expected)


def test_a_critic_of_packs_is_shown_packs_of_equal_points() -> None:
    critic = Critic(Trunk([nn.Linear(2, 4)], 4))
    game = with_tricks(shift_game_of(critic), [{"packing": {"samples": 3}}]).eval()
    x = torch.randn(5, 2)
    assert game.critic.pack == 3
    for point, score in zip(x, game.score(x), strict=True):
        torch.testing.assert_close(score[None], game.critic(point.expand(3, 2)))
    several = with_tricks(game, [{"ensemble": {"critics": 2}}])
    assert several.score(x).shape == (5,)


def shift_game_of(critic: Critic) -> GAN:
    return GAN(nn.Linear(1, 2), critic, Wasserstein(), latent=1, lr=0.1, betas=(0.5, 0.9))


# --- landscapes: asked while a game is trained


def test_the_window_is_the_bounding_box_and_a_quarter() -> None:
    x = torch.tensor([[0.0, -1.0], [4.0, 1.0], [2.0, 0.0]])
    assert window(x).tolist() == [-1, 5, -1.5, 1.5]


def test_a_landscape_is_row_after_row_from_below() -> None:
    around = torch.tensor([0.0, 2.0, 10.0, 14.0])
    rows_ = lattice(around, 3).view(3, 3, 2)
    assert rows_[0].tolist() == [[0, 10], [1, 10], [2, 10]]
    assert rows_[2].tolist() == [[0, 14], [1, 14], [2, 14]]
    found = landscape(lambda x: 100 * x[:, 0] + x[:, 1], around, 3)
    assert found.tolist() == [[10, 110, 210], [12, 112, 212], [14, 114, 214]]


def test_a_score_that_is_not_finite_leaves_no_landscape() -> None:
    found = landscape(lambda x: 1 / x[:, 0], torch.tensor([0.0, 1.0, 0.0, 1.0]), 3)
    assert found.isnan().all()
    assert found.shape == (3, 3)


def course(name: str, seed: int = 0, **arguments: object) -> Course:
    data = ring.build(**SMALL_RING, modes=CLASSES)
    torch.manual_seed(seed)
    game = small(name, (2,), **arguments)
    kept = keep(data, 0, EVERY, n=20)
    return Course(game, adam(game), Batches(data.train, 8, seed), 6, CPU, kept)


def trained(name: str, along: Along, path: Path, rounds: int = 6) -> tuple[Game, Any]:
    torch.manual_seed(0)
    game, data = small(name, (2,)), ring.build(**SMALL_RING, modes=CLASSES)
    kept = keep(data, 0, along, n=20)
    return game, learn(game, data.train, Budget(rounds, 8), 0, Checkpoint(path), CPU, kept)


@pytest.mark.parametrize("name", ["gan", "dcgan", "ali", "cgan", "ebgan", "sgan"])
def test_a_training_goes_on_as_if_its_critic_had_not_been_asked(name: str, tmp_path: Path) -> None:
    game, outcome = trained(name, EVERY, tmp_path / "a.pt")
    unseen, without = trained(name, EVERY._replace(points=0), tmp_path / "b.pt")
    assert without.along == {}
    assert outcome.final["samples"]["x"].equal(without.final["samples"]["x"])
    kept = unseen.state_dict()
    assert all(value.equal(kept[key]) for key, value in game.state_dict().items())
    assert outcome.along["round"].tolist() == [2, 4, 6]
    assert outcome.along["landscape"].shape == (3, 5, 5)
    around = outcome.along["window"]
    last = landscape(game.eval().score, around, 5)
    torch.testing.assert_close(outcome.along["landscape"][2], last)
    assert not outcome.along["landscape"][0].equal(last)


def test_a_training_taken_up_again_keeps_the_landscapes_behind_it(tmp_path: Path) -> None:
    begun, later = course("gan"), course("gan", 1)
    begun.round = 3
    begun.glimpse(seed=0)
    torch.save(begun.state_dict(), tmp_path / "state.pt")
    later.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert later.looks.keys() == {3}
    assert later.looks[3]["landscape"].equal(begun.looks[3]["landscape"])


def test_no_landscape_without_a_critic_of_points_in_the_plane(tmp_path: Path) -> None:
    assert {*trained("vae", EVERY, tmp_path / "a.pt")[1].along} == {"round", "x", "window"}
    none = EVERY._replace(landscape=0)
    assert {*trained("gan", none, tmp_path / "b.pt")[1].along} == {"round", "x"}
    game, data = small("gan", (1, 8, 8)), digits.build()
    kept = keep(data, 0, EVERY, n=20)
    outcome = learn(game, data.train, Budget(2, 8), 0, Checkpoint(tmp_path / "c"), CPU, kept)
    assert {*outcome.along} == {"round", "x"}


# --- frames: packed for a script


def unpacked(dots: bytes, around: list[float]) -> np.ndarray[Any, Any]:
    """As the player does it: [n, 2], NaN outside of the window."""
    a, b, c = np.frombuffer(dots, np.uint8).reshape(-1, 3).astype(int).T
    steps = np.stack([a << 4 | b >> 4, (b & 15) << 8 | c], axis=1)
    x0, x1, y0, y1 = around
    places = (x0, y0) + steps / 4094 * (x1 - x0, y1 - y0)
    return np.where(steps == 4095, np.nan, places)


def test_packed_points_come_back_within_half_a_step() -> None:
    around = [-1.5, 2.5, 10.0, 11.0]
    x = np.random.default_rng(0).uniform((-1.5, 10), (2.5, 11), (200, 2)).astype(np.float32)
    x[0], x[1] = (-1.5, 10), (2.5, 11)
    back = unpacked(frames.packed(x, tuple(around)).tobytes(), around)
    assert (np.abs(back - x) <= (4 / 8188 + 1e-6, 1 / 8188 + 1e-6)).all()
    assert (back[:2] == x[:2]).all()


def test_points_outside_are_marked_and_not_moved_to_the_edge() -> None:
    x = np.array([[0.5, 1.01], [-0.01, 0.5], [1.0, 1.0]], np.float32)
    back = unpacked(frames.packed(x, (0, 1, 0, 1)).tobytes(), [0, 1, 0, 1])
    assert np.isnan(back[:2]).all()
    assert back[2].tolist() == [1, 1]


def test_levels_are_ranks_and_equals_share_theirs() -> None:
    field = np.array([[1.0, 1e9], [-5.0, 2.0]], np.float32)
    assert frames.levels(field).tolist() == [[85, 254], [0, 169]]
    assert frames.levels(np.arctan(field)).tolist() == [[85, 254], [0, 169]]
    assert frames.levels(np.zeros((2, 2), np.float32)).tolist() == [[127, 127], [127, 127]]


def test_a_large_landscape_is_thinned_out_linearly_and_a_small_one_kept() -> None:
    plane = np.add.outer(np.arange(63.0), 2 * np.arange(63.0)).astype(np.float32)
    thin = frames.resampled(plane)
    assert thin.shape == (32, 32)
    np.testing.assert_allclose(thin, plane[::2, ::2])
    assert frames.resampled(plane[:5, :5]).tolist() == plane[:5, :5].tolist()


def test_a_frame_that_is_absent_takes_no_bytes() -> None:
    x, field = np.zeros((500, 2), np.float32), np.eye(4, dtype=np.float32)
    reel = frames.reel([(x, field), None, (x, None)], (-1, 1, -1, 1))
    assert (reel["shown"], reel["side"]) == (250, 4)
    assert len(base64.b64decode(reel["dots"])) == 2 * 250 * 3
    fields = np.frombuffer(base64.b64decode(reel["fields"]), np.uint8).reshape(2, 16)
    assert fields[0].max() <= 254
    assert (fields[1] == 255).all()
    assert frames.reel([(x, None)], (-1, 1, -1, 1))["fields"] == ""
    assert frames.reel([None], (-1, 1, -1, 1))["shown"] == 0


# --- the gallery of a made-up tree

TITLES = {
    "gan": "GAN </script><b>&",
    "late": "Late",
    "blind": "No critic",
    "absent": "VAE",
}


def put(root: Path, model: str, seed: int, rounds: list[int], note: str, **field: Tensor) -> None:
    run = root / "runs" / "ring" / model / str(seed)
    run.mkdir(parents=True)
    status = "diverged" if note else "ok"
    (run / "run.json").write_text(json.dumps({"rounds": 300, "status": status, "note": note}))
    if rounds:
        x = torch.randn(len(rounds), 40, 2, generator=torch.Generator().manual_seed(1))
        kept = {"round": torch.tensor(rounds), "x": x, "window": torch.tensor([-2.0, 2, -2, 2])}
        save_file(kept | field, run / "along.safetensors")
        along = {
            "round": rounds,
            "n": [40] * len(rounds),
            "modes": [8 - i for i in range(len(rounds))],
            "kl_data_model": [None, *[0.25] * (len(rounds) - 1)],
        }
        scores = root / "results" / "scores" / "ring" / model
        scores.mkdir(parents=True)
        (scores / f"{seed}.json").write_text(json.dumps({"scores": {}, "along": along}))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    ring.build(**SMALL_RING).save(root / "data" / "ring")
    digits.build().save(root / "data" / "digits")
    field = torch.arange(108.0).view(3, 6, 6)
    field[1] = torch.nan
    put(root, "gan", 0, [100, 200, 300], "", landscape=field)
    put(root, "late", 0, [], "diverged at round 9 of 300: critic nan")
    put(root, "late", 1, [100], "diverged at round 150 of 300: critic nan", landscape=field[:1])
    put(root, "blind", 0, [100, 200, 300], "")
    return root


@pytest.fixture(scope="module")
def shown(tree: Path) -> Gallery:
    along = Along(points=3, n=40, metrics=["modes"], landscape=6)
    (found,) = gallery(tree, ["ring", "digits"], TITLES, [0, 1], along)
    return found  # digits have no modes in the plane


def test_films_are_of_the_first_seed_that_left_frames(shown: Gallery) -> None:
    assert [(film.model, film.title, film.seed) for film in shown.films] == [
        ("gan", "GAN </script><b>&", 0),
        ("late", "Late", 1),
        ("blind", "No critic", 0),
    ]
    assert shown.gaps == {"seeds 0, 1: not run": ["VAE"]}


def test_frames_stand_at_their_rounds_with_what_was_measured(shown: Gallery) -> None:
    gan, late, blind = shown.films
    assert [frame.round for frame in gan.frames] == [100, 200, 300]
    assert [frame.landscape is None for frame in gan.frames] == [False, True, False]
    assert gan.told(gan.frames[0]) == ["8", "–", "–"]
    assert gan.told(gan.last) == ["6", "0.25", "–"]
    assert gan.note == ""
    assert late.frames[0].round == 100
    assert [*late.frames[1:]] == [None, None]
    assert late.note == "diverged at round 150 of 300: critic nan"
    assert all(frame.landscape is None for frame in blind.frames)


def test_rows_are_tidy(shown: Gallery) -> None:
    whole, *found = [row[:-1] for row in rows(shown)]
    assert whole == ("ring", "", None, None, None, None)
    assert len(found) == 2 * (3 + 1 + 3)
    assert found[:2] == [
        ("ring", "gan", 0, 100, "modes", 8),
        ("ring", "gan", 0, 100, "kl_data_model", None),
    ]
    assert ("ring", "late", 1, 100, "modes", 8) in found


def test_the_page_holds_every_film_once_and_the_end_of_each_without_script(
    shown: Gallery, tree: Path
) -> None:
    page = str(player([shown]))
    assert "GAN </script>" not in page
    canvases = [attrs for tag, attrs in Html(page).tags if tag == "canvas"]
    assert len(canvases) == page.count("<noscript>") == page.count('<path class="modes"') == 3
    assert {one["role"] for one in canvases} == {"img"}
    assert canvases[0]["aria-label"] == "GAN </script><b>&"
    assert "Modes 6 KL(r, g) 0.25 KL(g, r) –" in Html(page).words
    assert page.count("<mask") == 1  # the last frame of one film alone has a landscape
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page)[1])
    assert len(data["centres"]) == 8
    gan, late, blind = data["films"]
    assert gan["round"] == [100, 200, 300]
    assert late["round"] == [100, None, None]
    assert (gan["side"], blind["side"], blind["fields"]) == (6, 0, "")
    kept = load_file(tree / "runs" / "ring" / "gan" / "0" / "along.safetensors")["x"]
    back = unpacked(base64.b64decode(gan["dots"]), gan["window"]).reshape(3, 40, 2)
    inside = (kept.abs() <= 2).all(2).numpy()
    assert np.abs(back - kept.numpy())[inside].max() <= 4 / 8188 + 1e-6
    assert np.isnan(back[~inside]).all()


def test_a_still_has_the_samples_inside_the_window_upside_up() -> None:
    field = np.array([[0.0, 1.0], [2.0, 3.0]], np.float32)
    x = np.array([[-1.0, -1.0], [0.0, 0.5], [3.0, 0.0]], np.float32)
    still = frames.still("a", (-1, 1, -1, 1), x[:1], x, field)
    assert 'd="M0 1000h0M500 250h0"' in still
    assert 'x="-500.0" y="-500.0" width="2000.0" height="2000.0"' in still


def test_forty_films_of_twelve_frames_on_two_data_sets_stay_under_three_megabytes() -> None:
    x = np.random.default_rng(0).normal(size=(1000, 2)).astype(np.float32)
    reel = frames.reel([(x, np.zeros((40, 40), np.float32))] * 12, (-5, 5, -5, 5))
    assert 80 * len(json.dumps(reel)) < 3e6
