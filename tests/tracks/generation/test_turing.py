"""The human test: what its page shows and hides, a session in a real browser, and who counts."""

import base64
import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from gbench.core.entry import keywords
from gbench.params import read
from gbench.params.check import entries
from gbench.report import reading
from gbench.report.kit.tidy import rows as rows_of
from gbench.report.kit.view import Listing, Raw
from gbench.stats.wilson import interval
from gbench.tracks.generation import checks
from gbench.tracks.generation.measure.turing import Turing
from gbench.tracks.generation.page.turing import answers, tally
from gbench.tracks.generation.page.turing.pool import REAL, Pool, Source, levelled, pool, pools
from gbench.tracks.generation.page.turing.section import HUMAN, missed, write
from tests import browser, report_tree
from tests.report.contract import Html
from tests.tracks.generation.made import cells, grid, made, prose, shown

pytestmark = pytest.mark.usefixtures("stand_ins")

ROOT = Path(__file__).parents[3]
SETTINGS = Turing(images=6, mixture=10)
PARAMS = report_tree.PARAMS | {"data": ["digits", "ring"], "turing": SETTINGS._asdict()}
SID = "0123456789abcdef"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    report_tree.build(root)
    return root


@pytest.fixture(scope="module")
def out(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    write(reading.read(PARAMS, tree), folder)
    return folder


@pytest.fixture(scope="module")
def digits(tree: Path) -> Any:
    return reading.read(PARAMS, tree).data[0]


def unpacked(uri: str) -> np.ndarray:
    """A PNG of grey and alpha [H, W], by the format's own rules."""
    file = base64.b64decode(uri.partition(",")[2])
    width, height = struct.unpack(">II", file[16:24])
    start = file.index(b"IDAT")
    (length,) = struct.unpack(">I", file[start - 4 : start])
    lines = np.frombuffer(zlib.decompress(file[start + 4 : start + 4 + length]), np.uint8)
    return lines.reshape(height, 1 + 2 * width)[:, 1::2]


def tiles(found: Pool) -> np.ndarray:
    """[N, H, W] grey bytes."""
    (height, width), sheet = found.tile, unpacked(found.sheet)
    grid = sheet.reshape(-1, height, found.columns, width).swapaxes(1, 2)
    return grid.reshape(-1, height, width)[: len(found.key)]


# --- the images


def test_a_pool_holds_the_first_samples_and_real_test_images(tree: Path, digits: Any) -> None:
    found = pool(digits, SETTINGS)
    assert [source.name for source in found.sources] == ["real", *report_tree.MODELS]
    assert [source.images for source in found.sources] == [REAL * 6, *[6] * 6]
    shown, key = tiles(found), np.array(found.key)
    assert np.bincount(key).tolist() == [30, *[6] * 6]
    assert (key[1:] < key[:-1]).sum() > 10  # in no order
    made = load_file(tree / "runs/digits/vae/0/samples.safetensors")["x"][:6, 0]
    expected = np.rint(np.rint(made.clip(0, 1) * 16) * 255 / 16)
    assert sorted(map(bytes, shown[key == 3])) == sorted(map(bytes, expected.astype(np.uint8)))
    test = load_file(tree / "data/digits/data.safetensors")["test.x"][:, 0]
    real = {bytes(np.rint(one * (255 / 16)).astype(np.uint8)) for one in test}
    assert {bytes(one) for one in shown[key == 0]} <= real


def test_no_grey_level_tells_real_from_generated(digits: Any) -> None:
    found = pool(digits, SETTINGS)
    shown, key = tiles(found), np.array(found.key)
    levels = set(np.rint(np.arange(17) * 255 / 16).astype(int).tolist())
    assert set(np.unique(shown[key == 0]).tolist()) <= levels
    assert set(np.unique(shown[key > 0]).tolist()) <= levels
    values = np.array([-0.2, 0.031, 0.032, 0.999, 7.0])
    assert levelled(values, 16).tolist() == [0, 0, 1, 16, 16]


def test_the_fingerprint_is_of_the_images_and_their_key(digits: Any) -> None:
    first = pool(digits, SETTINGS)
    assert pool(digits, SETTINGS).fingerprint == first.fingerprint
    assert pool(digits, SETTINGS._replace(seconds=2.0)).fingerprint == first.fingerprint
    assert pool(digits, SETTINGS._replace(seed=1)).fingerprint != first.fingerprint
    assert pool(digits, SETTINGS._replace(images=5)).fingerprint != first.fingerprint
    samples = digits.models[2].samples
    before = samples[0, 0, 4, 4].copy()
    samples[0, 0, 4, 4] = (np.rint(16 * before) + 1) % 17 / 16
    changed = pool(digits, SETTINGS).fingerprint
    samples[0, 0, 4, 4] = before
    assert changed != first.fingerprint


def test_a_page_that_grows_too_large_shows_fewer_images(digits: Any) -> None:
    full = pool(digits, SETTINGS)
    small = pool(digits, SETTINGS, len(full.sheet) // 2)
    assert small.shortened and not full.shortened
    assert len(small.sheet) <= len(full.sheet) // 2
    assert 1 <= small.sources[1].images < 6
    assert pool(digits, SETTINGS._replace(images=500)).shortened  # there are 400
    none = pool(digits, SETTINGS, 100)
    assert not none.sources and "more than a page of 3.4 MB holds" in none.absent[-1][1]


def test_points_and_models_without_samples_are_left_out_with_a_reason(tree: Path) -> None:
    records = reading.read(PARAMS | {"seeds": [1]}, tree)
    (found,) = pools(records, SETTINGS._replace(models=["gan", "vae", "ddpm"]))
    assert found.data == "digits"
    assert [source.name for source in found.sources] == ["real", "vae"]
    reasons = dict(found.absent)
    assert reasons["ddpm"] == "not trained"
    assert "diverged at round 412" in reasons["GAN <b>&"]
    records.data[0].models[2].samples[0] = np.nan
    (found,) = pools(records, SETTINGS._replace(models=["vae"]))
    assert not found.sources and found.absent == [("VAE", "its samples are not finite")]


# --- the page


def test_the_page_is_alone_small_and_blind(out: Path) -> None:
    html = (out / "turing/index.html").read_text()
    page = Html(html)
    for tag, attrs in page.tags:
        for name in ("src", "href", "data", "srcset"):
            assert (attrs.get(name) or "data:").startswith("data:"), (tag, attrs)
    assert "@import" not in html and "url(" not in html and len(html) < 4e6
    assert "<b>" not in html and "GAN </" not in html
    assert "img" not in {tag for tag, _ in page.tags}  # one canvas, and nothing that names an image
    labelled = {attrs["for"] for tag, attrs in page.tags if tag == "label" and "for" in attrs}
    fields = {a["id"] for t, a in page.tags if t in ("input", "select", "textarea")}
    assert fields - labelled == {"feedback"}  # which its label holds


def test_there_is_nothing_to_show(tmp_path: Path) -> None:
    write(reading.read(PARAMS, tmp_path / "empty"), tmp_path / "out")
    words = Html((tmp_path / "out/turing/index.html").read_text()).words
    assert "There are no images to show" in words


@pytest.mark.skipif(not browser.FOUND, reason="no browser is installed")
def test_a_session_by_keyboard_counts_as_it_was_answered(
    out: Path, tree: Path, tmp_path: Path
) -> None:
    """The answers follow a pattern; what Python reads of the file is what the key says of it."""
    test = json.loads(
        re.search(r'id="test">(.*?)</script>', (out / "turing/index.html").read_text())[1]
    )
    with browser.browser(tmp_path / "profile") as page:
        page.open(out / "turing/index.html", 400, 800)
        assert page.run("document.documentElement.scrollWidth") == 400
        page.run("document.getElementById('reader').value = 'AB'")
        page.run("document.getElementById('feedback').focus()")
        page.press("Tab")
        page.press("Enter")
        page.run("new Promise(done => setInterval(() => at('ask').hidden || done(), 20))")
        assert page.run("document.activeElement.id") == "number"
        before = page.run("document.body.cloneNode(true).querySelector('main').outerHTML")
        seen = page.run("at('image').toDataURL()")
        page.press("r", repeated=True)  # a key that is still held down is no answer
        assert page.run("at('number').textContent") == "Image 1 of 10"
        pattern = ["r", "g", "ArrowLeft", "ArrowRight", "G", "R", "r", "r", "ArrowRight", "x", "r"]
        for key in pattern:
            page.press(key)
        assert page.run("document.activeElement.id") == "ended"
        text = page.run("at('json').value")
        summary = page.run("at('summary').textContent")
        page.run("URL.createObjectURL = blob => (window.saved = blob, 'data:,')")
        page.run("at('save').click()")
        assert page.run("window.saved.text()") == text
    card = json.loads(text)
    assert [one["said"][0] for one in card["answers"]] == list("rgrggrrrgr")
    assert len({one["item"] for one in card["answers"]}) == 10
    for name in ("real", "generated"):  # nothing around the image depends on what it is
        assert before.count(f'data-said="{name}"') == 1
    assert "item" not in before and seen.startswith("data:image/png")

    shown = pools(reading.read(PARAMS, tree), SETTINGS)
    assert test["pools"][0]["key"] == shown[0].key
    (tmp_path / "turing").mkdir()
    (tmp_path / "turing" / "a.json").write_text(text)
    (session,), notes = answers.read(tmp_path / "turing", shown)
    assert notes == [] and session.reader == "AB" and not session.feedback
    found = tally.outcome(shown[0], [session])
    truth = [shown[0].key[one["item"]] for one in card["answers"]]
    called = [one["said"] == "real" for one in card["answers"]]
    real, *models = found.tallies
    assert real.shown == truth.count(0) == 5  # half of them
    assert real.real == sum(c for c, t in zip(called, truth, strict=True) if t == 0)
    for place, model in enumerate(models, 1):
        assert model.shown == truth.count(place) <= 1  # five images, six models
        assert model.real == sum(c for c, t in zip(called, truth, strict=True) if t == place)
    fooled = sum(model.real for model in models)
    assert f"You called {fooled} of 5 generated images real" in summary


@pytest.mark.skipif(not browser.FOUND, reason="no browser is installed")
def test_a_session_on_one_model_timed_and_told(out: Path, tmp_path: Path) -> None:
    with browser.browser(tmp_path) as page:
        page.open(out / "turing/index.html")
        page.run("at('asked').value = 'vae', at('seconds').value = 0.05")
        page.run("at('feedback').checked = true, begin()")
        grey = "[...at('image').getContext('2d').getImageData(0, 0, 8, 8).data].some(v => v > 0)"
        page.run("new Promise(done => setTimeout(done, 300))")
        assert page.run(grey) is False  # its time is over
        assert page.run("session.items.length") == 12
        truth = page.run("session.items.map(item => session.pool.key[item])")
        assert sorted(truth) == [0] * 6 + [3] * 6
        sheet, items = page.run("session.pool.sheet"), page.run("session.items")
        page.run("at('seconds').value = 0, session.record.seconds = 0")
        page.run("document.querySelector('[data-said=real]').click()")
        told = page.run("at('told').textContent")
        right = "Wrong: image 1 was generated by VAE." if truth[0] else "Right: image 1 was real."
        assert told == right
        columns = page.run("session.pool.columns")
        for item in items[1:]:
            drawn = page.run("[...at('image').getContext('2d').getImageData(0, 0, 8, 8).data]")
            row, column = divmod(item, columns)
            expected = unpacked(sheet)[8 * row : 8 * row + 8, 8 * column : 8 * column + 8]
            assert np.array_equal(np.reshape(drawn, (8, 8, 4))[..., 0], expected)
            page.press("g")


# --- the answers


def small_pool() -> Pool:
    """Items 0-5 are real, 6-9 of A, 10-11 of B."""
    sources = [Source("real", "Real test images", None, 6), Source("a", "A <b>", 0, 4)]
    sources += [Source("b", "B", 1, 2)]
    return Pool("d", sources, [0] * 6 + [1] * 4 + [2] * 2, "", 4, (8, 8), "f00d", [])


def card(session: str = SID, called: dict[int, bool] | None = None, **other: Any) -> dict[str, Any]:
    called = called or {0: True, 6: False}
    said = [{"item": k, "said": "real" if v else "generated", "ms": 9} for k, v in called.items()]
    made = {"format": answers.FORMAT, "version": answers.VERSION, "session": session}
    made |= {"data": "d", "fingerprint": "f00d", "asked": "all", "seconds": 0, "feedback": False}
    return made | {"reader": "", "answers": said} | other


def put(folder: Path, name: str, value: Any) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(value if isinstance(value, str) else json.dumps(value))


def test_sessions_pool_and_the_same_one_counts_once(tmp_path: Path) -> None:
    first = card("a" * 32, {0: True, 1: False, 6: True, 7: False}, reader="X")
    put(tmp_path, "1.json", first)
    put(tmp_path, "2.json", first)
    put(tmp_path, "3.json", card("b" * 32, {0: True, 2: True, 6: True, 8: True}, seconds=0.5))
    put(tmp_path, "4.json", card("a" * 32, {3: True}))
    put(tmp_path, "README.md", "not an answer")
    sessions, notes = answers.read(tmp_path, [small_pool()])
    assert len(sessions) == 2
    assert notes == [
        "turing/2.json does not count: it is the session of 1.json, which counts once",
        "turing/4.json does not count: it has other answers than the session of 1.json, "
        "which counts once",
    ]
    found = tally.outcome(small_pool(), sessions)
    real, a, b = found.tallies
    assert (real.sessions, real.shown, real.real) == (2, 4, 3)
    assert (a.sessions, a.shown, a.real) == (2, 4, 3)
    assert (b.shown, b.share) == (0, None)
    assert "1 of 4 real images were called generated" in missed(real)
    assert found.conditions.startswith(
        "2 sessions · 1 reader with initials and 1 session without · 1 of limited time · 0 told"
    )


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(3, 10, 0.1078, 0.6032), (0, 10, 0, 0.2775), (1, 1, 0.2065, 1)]
)
def test_the_interval_is_wilsons(hits: int, n: int, low: float, high: float) -> None:
    """Values as scipy.stats.binomtest(hits, n).proportion_ci(method="wilson") gives them."""
    found = tally.Tally(Source("a", "A", 0, n), 1, n, hits)
    assert found.wilson == pytest.approx((low, high), abs=5e-5)
    assert found.wilson == interval(hits, n)
    assert found.share == pytest.approx(hits / n)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("{", "it is no JSON text"),
        ("[" * 100_000, "it is no JSON text"),
        ([1], 'does not say "format": "gbench human test"'),
        (card(version=2), "its version is 2; known is 1"),
        (card(fingerprint="beef"), "it is about other images than these"),
        (card(data="mnist"), "it is about 'mnist', which is not in this report"),
        (card(session=7), "session is 7"),
        (card(seconds=-1), "seconds is -1"),
        (card(seconds=True), "seconds is True"),
        (card(seconds=float("nan")), "seconds is nan"),
        (card(feedback=1), "feedback is 1"),
        (card(reader=None), "reader is missing"),
        (card(answers=[]), "answers are none"),
        (card(answers=[{"item": 0, "said": "real"}] * 2), "have an image twice"),
        (card(answers=[{"item": 12, "said": "real"}]), "an answer is {'item': 12"),
        (card(answers=[{"item": -1, "said": "real"}]), "an answer is {'item': -1"),
        (card(answers=[{"item": True, "said": "real"}]), "an answer is {'item': True"),
        (card(answers=[{"item": 0, "said": "maybe"}]), "an answer is"),
        (card(answers=["real"]), "an answer is 'real'"),
    ],
)
def test_a_file_that_does_not_count_is_named_with_the_reason(
    tmp_path: Path, value: Any, what: str
) -> None:
    put(tmp_path, "good.json", card())
    put(tmp_path, "odd.json", value)
    sessions, (note,) = answers.read(tmp_path, [small_pool()])
    assert [session.session for session in sessions] == [SID]
    assert note.startswith("turing/odd.json does not count: ") and what in note


def test_other_files_are_named_too(tmp_path: Path) -> None:
    put(tmp_path, "answers.txt", json.dumps(card()))
    put(tmp_path, ".hidden", "")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    sessions, notes = answers.read(tmp_path, [small_pool()])
    assert sessions == [] and [note.split()[0] for note in notes] == [
        "turing/answers.txt",
        "turing/bytes.json",
        "turing/folder.json",
    ]
    assert answers.read(tmp_path / "absent", [small_pool()]) == ([], [])


# --- the report


def test_without_answers_the_report_says_how_to_take_it(tree: Path) -> None:
    section = made(HUMAN, reading.read(PARAMS, tree))
    (link,) = (view for view in shown(section) if isinstance(view, Raw))
    assert '<a href="turing/index.html">Take the test</a>' in link.html
    assert "Nobody's answers are there yet" in prose(section)
    assert section.section.written is not None
    assert len(section.section.written(section.frame)) == 0


def test_without_parameters_there_is_neither_section_nor_page(tree: Path, tmp_path: Path) -> None:
    records = reading.read(report_tree.PARAMS | {"data": ["digits"]}, tree)
    assert made(HUMAN, records).empty == "params.yaml has no section `turing`"
    write(records, tmp_path)
    assert not (tmp_path / "turing").exists()


def test_the_report_has_the_table(tree: Path, tmp_path: Path, digits: Any) -> None:
    """Every image of the pool is answered once: VAE fools in 4 of 6, real ones are called so."""
    found = pool(digits, SETTINGS)
    seen = dict.fromkeys(range(len(found.sources)), 0)
    called = {}
    for item, source in enumerate(found.key):
        seen[source] += 1
        called[item] = (source == 0 and seen[0] > 3) or (source == 3 and seen[3] <= 4)
    whole = card(called=called, data="digits", fingerprint=found.fingerprint, reader="<i>=1+1")
    root = tmp_path / "root"
    root.mkdir()
    for name in ("data", "judges", "runs", "classifiers", "results"):
        (root / name).symlink_to(tree / name)
    put(root / "turing", "whole.json", whole)
    put(root / "turing", "old <b>.json", card(data="digits"))
    section = made(HUMAN, reading.read(PARAMS, root))
    words = prose(section).replace("\xa0", " ")
    assert "Nobody's" not in words and "=1+1" not in words
    assert "3 of 30 real images were called generated: 10 % [3.5, 26]" in words
    vae = cells(grid(section, "Human test on digits"))["VAE"]
    told = [f"{cell.text} {cell.interval}".strip().replace("\xa0", " ") for cell in vae]
    assert told == ["1", "4 of 6", "67 % [30, 90.3]"] and vae[2].ruler
    (listing,) = (view for view in shown(section) if isinstance(view, Listing))
    ((_, note),) = listing.items
    assert note.startswith("turing/old <b>.json does not count: it is about other images")
    assert section.section.written is not None
    table = {row["model"]: row for row in rows_of(section.section.written(section.frame))}
    assert [*table] == ["real", *report_tree.MODELS]
    assert table["vae"]["low"] == pytest.approx(interval(4, 6)[0])
    assert (table["gmm"]["shown"], table["gmm"]["called_real"]) == (6, 0)


def test_a_changed_sample_refuses_old_answers(tree: Path, tmp_path: Path, digits: Any) -> None:
    found = pool(digits, SETTINGS)
    put(tmp_path, "a.json", card(data="digits", fingerprint=found.fingerprint))
    assert len(answers.read(tmp_path, [found])[0]) == 1
    path = tree / "runs/digits/vae/0/samples.safetensors"
    kept = path.read_bytes()
    save_file({"x": 1 - load_file(path)["x"]}, path)
    (retrained,) = pools(reading.read(PARAMS, tree), SETTINGS)
    path.write_bytes(kept)
    sessions, (note,) = answers.read(tmp_path, [retrained])
    assert sessions == [] and found.fingerprint in note and retrained.fingerprint in note


# --- the parameters


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": 0}, "turing.images: 0 is under 1"),
        ({"mixture": 1}, "turing.mixture: 1 is under 2"),
        ({"seconds": -0.5}, "turing.seconds: -0.5 is under 0"),
        ({"seed": -1}, "turing.seed: -1 is under 0"),
        ({"models": "some"}, "turing.models: 'some' is not a list"),
        ({"models": []}, "turing.models: must be all, or a list"),
        ({"models": ["vea"]}, "turing.models: 'vea' is not among variants (did you mean vae?)"),
        ({"models": ["vae", "vae"]}, "turing.models: 'vae' stands there 2 times"),
        ({"imags": 3}, "turing.imags: unknown (did you mean images?)"),
    ],
)
def test_mistakes_in_the_parameters(change: dict[str, Any], message: str) -> None:
    section = SETTINGS._asdict() | change
    found = [*entries.arguments("turing", section, keywords(Turing))]
    found += checks.turing({"turing": section, "variants": ["gan", "vae"]})
    (mistake,) = found
    assert mistake.startswith(message)


def test_the_shipped_section_is_right() -> None:
    section = read(ROOT / "params.yaml")["turing"]
    assert not [*entries.arguments("turing", section, keywords(Turing))]
    assert not [*checks.turing({"turing": section, "variants": ["gan"]})]
