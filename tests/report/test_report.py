"""The report of a fabricated tree: what is on the page, what it must never hold, and the data."""

import csv
import io
import json
import re
import shutil
import struct
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gbench.report.figures import tradeoffs
from gbench.report.findings import findings
from gbench.report.tables import table

from gbench import report
from gbench.core.files import DataError
from gbench.report import figures, numbers, pixels, reading, svg
from gbench.report.records import Model, Records, Run
from gbench.stats import Estimate
from tests import report_tree

pytestmark = pytest.mark.usefixtures("stand_ins")


class Page(HTMLParser):
    """Collects tags, ids and text; complains about tags that are not closed in order."""

    VOID = frozenset(("meta", "link", "img", "input", "br", "path", "circle", "rect"))

    def __init__(self, html: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.text))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    report_tree.build(root)
    return root


@pytest.fixture(scope="module")
def out(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    report.write(report_tree.PARAMS, tree, folder)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def changed(tree: Path, tmp_path: Path, path: str, change: dict[str, Any]) -> Path:
    """A copy of the tree in which one JSON file is changed."""
    root = tmp_path / "changed"
    shutil.copytree(tree, root)
    value = json.loads((root / path).read_text())
    (root / path).write_text(json.dumps(value | change))
    return root


def test_page_is_whole_and_alone(out: Path) -> None:
    html = (out / "index.html").read_text()
    page = Page(html)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in page.tags:
        for name in ("src", "href", "data", "srcset"):
            target = attrs.get(name) or ""
            if target.startswith("#"):
                assert target == "#" or target[1:] in ids
            elif tag == "a" and target.startswith("http"):
                assert target.startswith("https://arxiv.org/abs/")
            elif not target.startswith("data:"):
                assert (out / target).exists(), (tag, target)
    assert "@import" not in html and "url(" not in html
    assert len(html) < 8e6


def test_every_image_and_figure_has_a_text(out: Path) -> None:
    page = Page((out / "index.html").read_text())
    assert all(attrs.get("alt") for tag, attrs in page.tags if tag == "img")
    drawings = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert drawings
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") for attrs in drawings)


def test_every_model_has_its_row_and_says_what_went_wrong(out: Path) -> None:
    words = Page((out / "index.html").read_text()).words
    for _, title, _ in report_tree.MODELS.values():
        assert words.count(title) >= 3  # a row for each data set
    assert "diverged 1/3" in words and "diverged 3/3" in words
    assert "seed 1: diverged at round 412 of 3000: critic nan" in words
    assert "not run: there is no runs/grid/gan/2/run.json" in words
    assert "fewer than 50 samples a subset" in words
    assert "Inception FID has no column: no Inception weights" in words


def test_a_model_that_is_expected_to_lose_says_why(out: Path) -> None:
    words = Page((out / "index.html").read_text()).words
    assert "Gaussian (PCA) . One Gaussian <has> one centre." in words
    markdown = (out / "report.md").read_text()
    assert "- **Gaussian (PCA)**: One Gaussian \\<has\\> one centre." in markdown


def test_markup_in_results_stays_text(out: Path) -> None:
    html = (out / "index.html").read_text()
    assert "GAN &lt;b&gt;&amp;" in html
    assert "<b>" not in html
    assert "GAN \\<b\\>&" in (out / "report.md").read_text()


def test_markdown_tables_are_rectangular(out: Path) -> None:
    text = (out / "report.md").read_text()
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.M)
    assert len(blocks) >= 3
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_scores_are_tidy(out: Path) -> None:
    found = rows(out / "scores.csv")
    keys = [(r["data"], r["model"], r["seed"], r["metric"]) for r in found]
    assert len(keys) == len(set(keys))
    head = "data model family seed metric value note n_generated n_reference reference n_train d"
    assert list(found[0]) == [*head.split(), "extractor", "extractor_hash"]
    valued = [r for r in found if r["value"]]
    assert {(r["n_generated"], r["d"], r["extractor_hash"]) for r in valued} == {
        ("400", "64", "0fa1b2c3d4e5")
    }
    assert all(row["value"] or row["note"] for row in found)
    assert {r["model"] for r in found if r["family"] == "control"} == set(report_tree.CONTROLS)
    diverged = [r for r in found if (r["data"], r["model"], r["seed"]) == ("digits", "gan", "1")]
    assert diverged
    assert all(not row["value"] and "diverged" in row["note"] for row in diverged)
    assert not [r for r in found if r["metric"] == "fid" and r["data"] == "ring"]


def test_other_data_are_tidy(out: Path, tree: Path) -> None:
    losses = rows(out / "losses.csv")
    lengths: dict[tuple[str, ...], int] = {}
    for row in losses:
        key = (row["data"], row["model"], row["seed"], row["player"])
        lengths[key] = lengths.get(key, 0) + 1
    assert max(lengths.values()) <= 200
    ends = [int(r["round"]) for r in losses if r["model"] == "vae" and r["data"] == "digits"]
    assert (min(ends), max(ends)) == (1, 2996)
    curves = rows(out / "robustness.csv")
    assert {row["target"] for row in curves} == {"cnn", "mlp", "defense_gan"}
    assert all(float(r["low"]) <= float(r["robust_accuracy"]) <= float(r["high"]) for r in curves)
    assert "worst_case" in {row["attack"] for row in curves}
    cost = rows(out / "cost.csv")
    assert len(cost) == 3 * 6 * 3 - 1  # one run is missing
    assert {row["data"] for row in cost} == {row["data"] for row in losses} | {"ring", "grid"}
    for file in out.glob("*.csv"):
        head = file.read_text().splitlines()[0].split(",")
        assert len(head) == len(set(head)), f"{file.name} names a column twice"


@pytest.mark.parametrize("name", ["scores", "losses", "robustness"])
def test_dvc_templates_name_columns(out: Path, name: str) -> None:
    text = (Path(report.__file__).parent / "plots" / f"{name}.json").read_text()
    assert json.loads(text)["data"] == {"values": "<DVC_METRIC_DATA>"}
    made = set(re.findall(r'"as": "(\w+)"', text)) | {"rev"}
    named = set(re.findall(r'"field": "(\w+)"', text)) | set(re.findall(r"datum\.(\w+)", text))
    assert named - made <= set(rows(out / f"{name}.csv")[0])


def test_metrics_are_numbers(out: Path) -> None:
    found = json.loads((out / "metrics.json").read_text())
    leaves = [
        value for data in found.values() for model in data.values() for value in model.values()
    ]
    assert all(isinstance(value, (int, float)) for value in leaves)
    scores = [r for r in rows(out / "scores.csv") if (r["data"], r["metric"]) == ("digits", "fid")]
    values = [float(row["value"]) for row in scores if row["model"] == "vae"]
    assert found["digits"]["vae"]["fid"] == pytest.approx(np.mean(values), rel=1e-4)
    assert found["digits"]["attacked_defense_gan"]["worst_linf"] < 1
    assert "gan" in found["digits"] and "dcgan" not in found["ring"]


def test_the_same_results_give_the_same_files(out: Path, tree: Path, tmp_path: Path) -> None:
    report.write(report_tree.PARAMS, tree, tmp_path)
    for path in out.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_what_params_drop_vanishes(tree: Path, tmp_path: Path) -> None:
    fewer = report_tree.PARAMS | {"variants": ["gmm", "vae"], "data": ["digits"], "defences": {}}
    report.write(fewer, tree, tmp_path)
    html = (tmp_path / "index.html").read_text()
    assert "WGAN-GP" not in html and "Defense-GAN" not in html and 'id="table-ring"' not in html
    assert {row["model"] for row in rows(tmp_path / "cost.csv")} == {"gmm", "vae"}


def test_nothing_was_run(tmp_path: Path) -> None:
    report.write(report_tree.PARAMS, tmp_path / "empty", tmp_path / "out")
    words = Page((tmp_path / "out" / "index.html").read_text()).words
    assert "Nothing was measured yet." in words
    assert "there is no data/digits/data.safetensors" in words
    assert json.loads((tmp_path / "out" / "metrics.json").read_text()) == {
        name: {} for name in report_tree.PARAMS["data"]
    }


def test_one_seed_ranks_and_flags_nobody(tree: Path, tmp_path: Path) -> None:
    one = report_tree.PARAMS | {"seeds": [0]}
    report.write(one, tree, tmp_path)
    page = (tmp_path / "index.html").read_text()
    words = Page(page).words
    assert "none is ranked, marked or flagged" in words
    stamps = re.findall(r'class="stamp"[^>]*>([^<]*)<', page)
    assert set(stamps) == {"diverged 1/1"}
    assert "★" not in page.split('id="scores-digits"')[1].split("</table>")[0]


def test_quick_mode_shows_what_it_trains_and_how_much_it_leaves_out(
    tree: Path, tmp_path: Path
) -> None:
    report.write(report_tree.PARAMS | {"quick": True}, tree, tmp_path)
    assert {row["model"] for row in rows(tmp_path / "cost.csv")} == {"gmm", "vae", "gan"}
    words = Page((tmp_path / "index.html").read_text()).words
    assert "3 more models are switched on, but not in quick_variants" in words


def test_corrupt_file_is_named(tree: Path, tmp_path: Path) -> None:
    root = tmp_path / "corrupt"
    shutil.copytree(tree, root)
    (root / "runs" / "digits" / "vae" / "0" / "run.json").write_text("{")
    with pytest.raises(DataError, match=r"runs.digits.vae.0.run\.json"):
        report.write(report_tree.PARAMS, root, tmp_path / "out")


def test_skipped_attack_says_why(tree: Path, tmp_path: Path) -> None:
    path = "results/attacks/digits/defense_gan/attack.json"
    note = "runs/digits/wgan_gp/0 diverged"
    root = changed(tree, tmp_path, path, {"status": "skipped", "note": note})
    report.write(report_tree.PARAMS, root, tmp_path)
    assert note in Page((tmp_path / "index.html").read_text()).words


def judged(tree: Path) -> tuple[Records, list[Any]]:
    records = reading.read(report_tree.PARAMS, tree)
    return records, [table(data) for data in records.data]


def test_findings_say_what_the_tables_show(tree: Path) -> None:
    records, tables = judged(tree)
    found = findings(records, tables)
    assert 3 <= len(found) <= 6
    texts = " ".join(f"{finding.lead} {finding.text}" for finding in found)
    assert "Gaussian mixture" in texts.split("Fidelity on digits:")[1].split("Diversity")[0]
    assert "on digits, Gaussian (PCA) copies training data" in texts
    assert "Defense-GAN on digits: at L∞ 0.1 it keeps" in texts


def test_metrics_that_are_not_primary_count_in_no_rank(tree: Path) -> None:
    data = judged(tree)[0].data[0]
    fewer = {name: metric for name, metric in data.metrics.items() if name != "kid"}
    secondary = fewer | {"kid": replace(data.metrics["kid"], primary=False)}
    without, apart = (table(replace(data, metrics=metrics)) for metrics in (fewer, secondary))
    assert without.more is None
    assert apart.more is not None and not apart.more.ranked
    assert [column.name for column in apart.more.columns] == ["kid"]
    assert [row.rank for row in apart.models] == [row.rank for row in without.models]
    assert [row.rank for row in apart.models] != [row.rank for row in table(data).models]
    assert {row.rank for row in apart.more.models} == {None}


def test_verdicts_and_stamps(tree: Path) -> None:
    _, tables = judged(tree)
    digits = tables[0]
    fid = next(column for column in digits.columns if column.name == "fid")
    verdicts = {row.name: digits.cell(row, fid).verdict for row in digits.models}
    assert verdicts["gmm"] == "best" and verdicts["gaussian"] == "worse"
    assert verdicts["gan"] is None  # a seed diverged
    stamps = {row.name: [stamp for stamp, _ in row.stamps] for row in digits.models}
    assert "copies" in stamps["gaussian"] and stamps["gmm"] == []
    assert stamps["gan"] == ["diverged 1/3"]
    assert [row.name for row in digits.controls] == list(report_tree.CONTROLS)
    assert all(cell.verdict is None for row in digits.controls for cell in row.cells)


def test_png_holds_the_pixels() -> None:
    images = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 1, 2, 2)
    sheet = pixels.sheet(images, columns=2)
    assert sheet.shape == (5, 5, 4)
    assert (sheet[:2, :2, 0] == (images[0, 0] * 255).round()).all()
    assert (sheet[3:, :2, 0] == (images[2, 0] * 255).round()).all()
    file = io.BytesIO(pixels.png(sheet))
    assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    found = {}
    while head := file.read(8):
        length, kind = struct.unpack(">I4s", head)
        body = file.read(length)
        assert struct.unpack(">I", file.read(4))[0] == zlib.crc32(kind + body)
        found[kind] = body
    rows_ = np.frombuffer(zlib.decompress(found[b"IDAT"]), np.uint8).reshape(5, 21)
    assert (rows_[:, 1:].reshape(5, 5, 4) == sheet).all()


def test_difference_is_white_where_nothing_changed() -> None:
    change = np.array([[[0.0, 0.1], [-0.1, 0.05]]])
    image, factor = pixels.difference(change)
    assert factor == 10
    assert image[0, 0, :3].tolist() == [255, 255, 255]
    assert image[0, 1, :3].tolist() == [213, 94, 0]
    assert image[1, 0, :3].tolist() == [0, 114, 178]


def test_scales_and_ticks() -> None:
    assert svg.Scale(0, 10)(2.5) == 0.25
    assert svg.Scale(1, 100, log=True)(10) == pytest.approx(0.5)
    assert svg.Scale(0, 1)(7) == 1
    assert svg.Scale(0, 1).ticks(4) == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert svg.Scale(1, 1000, log=True).ticks() == pytest.approx([1, 3, 10, 30, 100, 300, 1000])
    assert svg.fit([1, 100]).log and not svg.fit([1, 2]).log and not svg.fit([-1, 100]).log


def test_spread_keeps_order_and_distance() -> None:
    places = svg.spread([50, 10, 51, 52], 10, 0, 60)
    assert [int(np.argsort(places)[k]) for k in range(4)] == [1, 0, 2, 3]
    assert min(np.diff(sorted(places))) >= 10 - 1e-9
    assert min(places) >= 0 and max(places) <= 60


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0, "0"), (float("inf"), "never"), (0.012345, "0.0123"), (-3.0, "−3"),
     (12345.6, "12\u202f346"), (0.00001234, "1.23e−05")],
)  # fmt: skip
def test_three_digits(value: float | None, text: str) -> None:
    assert numbers.short(value) == text


def test_decimals_stand_below_each_other() -> None:
    values = [23.94, 4.761, 127.7, 0.0]
    digits = numbers.Digits(values)
    texts = [numbers.fixed(v, digits.places(v)) + digits.padding(v) for v in values]
    assert [text.strip() for text in texts] == ["23.9", "4.76", "128", "0"]
    ends = [re.sub(r".*?[.\u2008]|.*", "", text, count=1) for text in texts]
    assert [len(end) for end in ends] == [2, 2, 2, 2]
    assert numbers.Digits([0.000021, 0.000034]).places(0.000021) == 7
    assert numbers.Digits([12.0, 0.000034, 15.0]).places(0.000034) == 3


def test_an_interval_ends_where_its_quantity_does() -> None:
    assert numbers.interval(Estimate(0.75, 0.5, 3)) == "0.750 [0.250, 1.250]"
    assert numbers.interval(Estimate(0.75, 0.5, 3), -1, 1) == "0.750 [0.250, 1.000]"


def test_numbers_never_claim_a_zero_interval() -> None:
    assert numbers.half_width(Estimate(1.0, 0.0004, 3), 2) == "±<0.01"
    assert numbers.half_width(Estimate(1.0, 0.0, 3), 2) == "±0.00"
    assert numbers.half_width(Estimate(1.0, None, 1), 2) == ""
    assert numbers.fixed(-0.001, 2) == "0.00"
    assert [numbers.percent(x) for x in (0.5, 0.985, 1.0, 0.031)] == [
        "50\xa0%",
        "98.5\xa0%",
        "100\xa0%",
        "3.1\xa0%",
    ]
    assert numbers.listed(["a", "b", "c"]) == "a, b and c"


@pytest.mark.filterwarnings("error")
def test_long_lists_are_cut_and_say_so() -> None:
    assert numbers.some([*"abcd"]) == "a, b, c and d"
    assert numbers.some([*"abcde"]) == "a, b, c and 2 more"
    assert numbers.some([]) == ""


def test_one_wide_interval_does_not_crush_the_rest() -> None:
    narrow, wide = Estimate(2.0, 0.5, 3), Estimate(4.0, 90.0, 3)
    axis = tradeoffs._axis([narrow, wide], "", None)
    assert axis.low > -0.5 and axis.high < 6.5
    assert axis(2.5) - axis(1.5) > 0.1


def test_losses_of_players_that_take_turns_are_drawn_where_they_play() -> None:
    rounds, nothing = np.arange(4.0), np.full(4, np.nan)
    first, second = np.array([3.0, 2.0, np.nan, np.nan]), np.array([np.nan, np.nan, 1.0, 0.0])
    losses = {"round": rounds, "first": first, "second": second, "never": nothing}
    model = Model("m", "M", "family", "", "", [Run(0, "ok", "", losses=losses)], None, None)
    figure = figures.losses(model, 0)
    assert figure is not None
    lines = re.findall(r'class="line"[^>]*d="([^"]*)"', figure.drawing)
    assert [len(re.findall("[ML]", line)) for line in lines] == [2, 2, 2, 2]  # thin, thick, twice
    assert "never" not in figure.drawing
