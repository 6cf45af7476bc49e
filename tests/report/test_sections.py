"""The sections that every training pipeline shows, of a fabricated tree: what they must say."""

import csv
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gbench import report
from gbench.core.files import DataError
from gbench.report import page as kit
from gbench.report import reading
from gbench.report.records import Model, Records, Run
from gbench.report.section import Part, Section
from gbench.report.sections import (
    classes,
    costs,
    found,
    losses,
    means,
    measures,
    pictures,
    protocol,
    ranking,
    scores,
    spread,
    subjects,
)
from gbench.report.sections.tradeoffs import TRADE_OFFS
from gbench.report.table import views as table_views
from gbench.report.tidy import where
from gbench.report.view import Figures, Fold, Grid, Sheets, Stamp
from gbench.tracks.generation.page import page
from tests import report_tree
from tests.report import contract

pytestmark = pytest.mark.usefixtures("stand_ins")
PARAMS = report_tree.PARAMS
SHARES = {"gmm": [0.5, 0.3, 0.2], "vae": [0.2, 0.2, 0.6], "gan": [0.4, 0.35, 0.25]}
REAL = [0.5, 0.3, 0.2]


def by_class(shares: Sequence[float], step: float = 0.0) -> list[dict[str, Any]]:
    """The first class has one per cent more a step, taken from the last."""
    moved = [shares[0] + step / 100, shares[1], shares[2] - step / 100]
    within = {"coverage": 0.9, "vendi_ratio": None, "nn_ratio": 1.1}
    return [
        {"class": label, "share": share, "real_share": real} | within
        for label, (share, real) in enumerate(zip(moved, REAL, strict=True))
    ]


def change(path: Path, **values: Any) -> None:
    """Changes one JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    report_tree.build(root)
    for seed in PARAMS["seeds"]:
        for variant, shares in SHARES.items():
            path = root / f"results/scores/digits/{variant}/{seed}.json"
            if json.loads(path.read_text())["status"] == "ok":
                values = {"fid": [1.0 + seed, 3.0 + seed], "kid": [1.0, None]}
                change(path, by_class=by_class(shares, seed - 1), batches=values)
        every = {name: by_class(REAL) for name in report_tree.CONTROLS}
        change(root / f"results/controls/digits/{seed}.json", by_class=every)
    return root


@pytest.fixture(scope="module")
def out(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    page.write(PARAMS, tree, folder)
    return folder


def records(tree: Path, **params: Any) -> Records:
    return reading.read(PARAMS | params, tree)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def parts(results: Records, section: Section = scores.SCORES) -> list[Part]:
    return kit.make(page.PAGE, section, results).parts


def words(out: Path) -> str:
    return contract.Html((out / "index.html").read_text()).words


def test_the_contract_holds(out: Path, tree: Path) -> None:
    contract.holds(page.PAGE, records(tree), out)


def test_every_model_has_its_row_and_says_what_went_wrong(out: Path) -> None:
    text = words(out)
    for _, title, _ in report_tree.MODELS.values():
        assert text.count(title) >= 3  # a row for each data set
    assert "diverged 1/3" in text and "diverged 3/3" in text
    assert "seed 1: diverged at round 412 of 3000: critic nan" in text
    assert "not run: there is no runs/grid/gan/2/run.json" in text
    assert "fewer than 50 samples a subset" in text
    assert "Inception FID : has no column: no Inception weights" in text
    assert "Gaussian (PCA) : One Gaussian <has> one centre." in text
    assert "3 of 3 control checks passed" in text
    assert "Author of vae, 2014, arXiv:1406.2661" in text


def test_findings_say_what_the_tables_show(out: Path) -> None:
    told = {f["lead"]: f["text"] for f in json.loads((out / "findings.json").read_text())}
    assert told["Fidelity on digits:"].startswith("Gaussian mixture")
    assert "on digits, Gaussian (PCA) copies training data" in told["Copying:"]
    assert "on ring, Gaussian (PCA), VAE, GAN <b>& and WGAN-GP miss modes" in told["Collapse:"]
    assert "Gaussian mixture" in told["Cost on digits:"] and "in 12.0 [" in told["Cost on digits:"]


def test_verdicts_and_stamps(tree: Path) -> None:
    part = parts(records(tree))[0]
    tested = part.tested(measures.MAIN)
    verdicts = {name: tested.verdict(name, "fid") for name in report_tree.MODELS}
    assert verdicts["gmm"] == "best" and verdicts["gaussian"] == "worse"
    assert verdicts["gan"] is None  # a seed diverged
    stamps = {s.name: [stamp.text for stamp in s.stamps] for s in part.subjects}
    assert "copies" in stamps["gaussian"] and stamps["gmm"] == []
    assert stamps["gan"] == ["diverged 1/3"]
    assert [s.name for s in part.subjects if s.reference] == list(report_tree.CONTROLS)


def test_one_seed_ranks_and_flags_nobody(tree: Path, tmp_path: Path) -> None:
    page.write(PARAMS | {"seeds": [0]}, tree, tmp_path)
    html = (tmp_path / "index.html").read_text()
    assert "none is ranked, marked or flagged" in words(tmp_path)
    assert set(re.findall(r'class="stamp"[^>]*>([^<]*)<', html)) == {"diverged 1/1"}
    assert "★" not in html.split('id="scores-digits-main-table"')[1].split("</table>")[0]


def test_nothing_was_run(tmp_path: Path) -> None:
    page.write(PARAMS, tmp_path / "empty", tmp_path / "out")
    assert "Nothing was measured yet." in words(tmp_path / "out")
    assert "there is no data/digits/data.safetensors" in words(tmp_path / "out")
    found_ = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert found_ == {name: {} for name in PARAMS["data"]}


def test_quick_mode_shows_what_it_trains_and_how_much_it_leaves_out(tree: Path) -> None:
    facts = dict(protocol.facts(records(tree, quick=True)))
    assert "3 more models are switched on, but not in quick_variants" in facts["Quick setting"]


def test_a_corrupt_file_is_named(tmp_path: Path) -> None:
    report_tree.build(tmp_path / "tree")
    (tmp_path / "tree/runs/digits/vae/0/run.json").write_text("{")
    with pytest.raises(DataError, match=r"runs.digits.vae.0.run\.json"):
        page.write(PARAMS, tmp_path / "tree", tmp_path / "out")


def test_metrics_that_are_not_primary_count_in_no_rank(tree: Path) -> None:
    """With one primary metric the mean rank is the rank in it, and it speaks for its axis."""
    results = records(tree, variants=["gmm", "vae"], data=["digits"])
    metrics = results.data[0].metrics

    def only(*names: str) -> Part:
        of = {key: replace(metric, primary=key in names) for key, metric in metrics.items()}
        return parts(replace(results, data=[replace(results.data[0], metrics=of)]))[0]

    tested = only("density").tested(measures.MAIN)
    assert {name: rank.mean for name, rank in tested.ranks.items()} == {"gmm": 1, "vae": 2}
    column = measures.first(tested, "fidelity")
    assert column is not None and column.key == "density"
    assert measures.first(tested, "diversity") is None
    assert not only().tested(measures.MAIN).columns and not [*found.leaders([only()])]


def test_a_rooms_stamps_and_words_reach_the_table(tree: Path, tmp_path: Path) -> None:
    def blind(part: Part) -> Mapping[str, Stamp]:
        return {"fid": Stamp("blind here", f"blind on {part.key}")}

    mine = replace(page.PAGE, sections=(scores.section(blind),))
    kit.write(mine, records(tree), tmp_path)
    html = (tmp_path / "index.html").read_text()
    assert html.count(">blind here</span>") == 2  # at its only head and in the glossary
    results = records(tree)
    both = [replace(results.data[0], name=name) for name in ("digits", "digits2")]
    kit.write(mine, replace(results, data=both), tmp_path)
    glossary = words(tmp_path).split("Glossary and how to read")[1]
    assert "blind on digits " in glossary and "blind on digits2 " in glossary


def test_ranks_over_all_metrics_are_those_of_the_table(tree: Path) -> None:
    part = parts(records(tree))[0]
    tested, frame = part.tested(measures.MAIN), ranking.ranks([part])
    over = {row.model: row for row in frame[frame.metric == ranking.ALL].itertuples()}
    assert over.keys() == tested.ranks.keys() and "gan" not in over
    for name, rank in tested.ranks.items():
        assert over[name].mean_rank == pytest.approx(rank.mean)
        assert over[name].high == pytest.approx(rank.high)
        assert over[name].verdict == tested.placed[name].verdict
    assert frame[frame.metric == "fid"].mean_rank.sum() == pytest.approx(15)  # 1 + ... + 5
    told = ranking.told(tested)
    assert "Gaussian mixture has the lowest mean rank; not distinguishable from it:" in told
    assert "WGAN-GP" in told
    (fold,) = ranking.views(part)
    assert isinstance(fold, Fold) and isinstance(fold.views[0], Figures)
    drawing = fold.views[0].figures[0].drawing
    assert drawing.count('class="mark"') == 5 and "Cannot be distinguished: " in drawing


def test_the_files_say_what_the_table_marks(tree: Path) -> None:
    digits, ring, _ = parts(records(tree))
    frame, ranks = ranking.comparisons([digits, ring]), ranking.ranks([digits, ring])
    for part, table in product((digits, ring), (measures.MAIN, measures.MORE)):
        tested, own = part.tested(table), where(frame, data=part.key)
        grid = next((v for v in table_views(part, table) if isinstance(v, Grid)), None)
        if grid is None:  # points have no second table
            continue
        keys = [head.key for head in grid.heads if head.key != "mean_rank"]
        marked = {
            (row.model, key): cell.verdict
            for group in grid.groups
            for row in group.rows
            for key, cell in zip(keys, row.cells, strict=False)
        }
        for row in (r for r in own.itertuples() if r.metric in keys):
            assert marked[row.model, row.metric] == row.verdict
            assert row.verdict != "best" or row.best == row.model
            assert row.scale == tested.columns[row.metric].scale
        own = where(ranks, data=part.key)
        for row in own[own.metric.isin(keys)].itertuples():
            assert table is measures.MORE or marked[row.model, row.metric] == row.verdict
    (one,) = where(frame, data="digits", metric="fid", model="vae").itertuples()
    values = [np.log([*digits.tested(measures.MAIN).values(m, "fid").values()]).mean()
              for m in ("vae", one.best)]  # fmt: skip
    assert one.difference == pytest.approx(values[0] - values[1])
    assert {*ranking.comparisons([ring]).metric} >= {"modes", "high_quality"}


def test_one_seed_has_ranks_and_no_verdict(tree: Path) -> None:
    part = parts(records(tree, seeds=[0]))[0]
    frame, compared = ranking.ranks([part]), ranking.comparisons([part])
    assert len(frame) and {(r.verdict, r.high) for r in frame.itertuples()} == {("untested", None)}
    assert len(compared) and {(r.verdict, r.best, r.p) for r in compared.itertuples()} == {
        ("untested", None, None)
    }
    assert not [*ranking.views(part)] and not [*spread.views(part)]


def test_quality_against_images_seen_is_among_the_trade_offs(tree: Path) -> None:
    (figures,) = kit.views(parts(records(tree), TRADE_OFFS)[0], TRADE_OFFS.show)
    assert isinstance(figures, Figures) and len(figures.figures) == 4
    assert any(f.title.startswith("FID against Training examples seen: ") for f in figures.figures)


def test_spread_knows_its_parts(tree: Path) -> None:
    """Batches of 1 + s and 3 + s: the variance of sampling is 2 everywhere; half of it explains
    the variance over seeds, which is 1."""
    part = parts(records(tree))[0]
    (row,) = spread.spread([part]).itertuples()
    assert (row.metric, row.models, row.runs, row.batches) == ("fid", 3, 8, 2)
    assert row.sampling_sd == pytest.approx(2**0.5)
    model = next(m for m in part.results.data[0].models if m.name == "vae")
    assert spread.sampling_sd(model, "fid") == pytest.approx(2**0.5)
    assert spread.sampling_sd(model, "kid") is None  # a batch has no value
    tip = next(s for s in [measures.MAIN.tip] if s)(part, "vae", "fid")
    assert tip == "SD of sampling alone: 1.41"
    (fold,) = spread.views(part)
    assert isinstance(fold, Fold) and fold.summary.startswith("How much of the spread is sampling?")


def test_shares_over_real_shares(tree: Path) -> None:
    part = parts(records(tree, variants=["gmm", "vae", "gan"]))[0]
    (fold,) = classes.views(part)
    assert isinstance(fold, Fold)
    grid = fold.views[1]
    assert isinstance(grid, Grid) and [head.title for head in grid.heads] == ["0", "1", "2"]
    shown = {row.title: row.cells for row in grid.groups[0].rows}
    assert [*shown] == ["Share of the reference", "Real test data", "Gaussian mixture", "VAE",
                        "GAN <b>&"]  # fmt: skip
    assert [cell.text for cell in shown["Share of the reference"]] == [
        *("50\xa0%", "30\xa0%", "20\xa0%")
    ]
    assert [cell.text for cell in shown["Real test data"]] == ["1.00", "1.00", "1.00"]
    assert [cell.text for cell in shown["VAE"]] == ["0.40", "0.67", "3.00"]
    assert [cell.kind for cell in shown["VAE"]] == ["far", "off", "far"]
    assert [cell.kind for cell in shown["Gaussian mixture"]] == ["", "", ""]
    tip = shown["VAE"][0].tip  # 0.38, 0.40, 0.42: t(2, 0.975) 0.02 / sqrt(3)
    assert tip == "share over real share 0.40 ± 0.05; coverage 0.9; NN ratio 1.1"
    assert "±" in shown["GAN <b>&"][0].tip  # a seed diverged: of the other two
    frame = classes.classes(part.results)
    assert len(frame) == 3 * (4 * 3 + 2 * 3 + 2)  # controls, two models, and one with two seeds
    assert [*classes.views(parts(records(tree))[1])] == []  # points without classes


def test_pictures_are_the_first_and_say_why_there_are_none(tree: Path) -> None:
    digits, ring, _ = parts(records(tree), pictures.PICTURES)
    (sheets,) = kit.views(digits, pictures.PICTURES.show)
    assert isinstance(sheets, Sheets)
    real, *models = sheets.sheets
    assert real.title == pictures.REAL and len(real.pictures) == 1
    assert [len(one.pictures) for one in models] == [2] * len(report_tree.MODELS)
    run = digits.results.data[0].models[2].runs[0]
    assert models[2].pictures[1].below == [
        f"{distance:.2f}" for distance in run.evaluation["neighbours"]["distance"][:10]
    ]
    maps, rings = kit.views(ring, pictures.PICTURES.show)
    assert isinstance(maps, Figures) and "three sigma" in str(rings)
    notes = {figure.model: figure.note for figure in maps.figures}
    assert "no samples: seeds 0, 1, 2: diverged" in notes["dcgan"]
    assert len(maps.figures) == 1 + len(report_tree.MODELS)


def test_costs_by_phase(tree: Path) -> None:
    part = parts(records(tree), costs.COSTS)[0]
    figures, grid = kit.views(part, costs.COSTS.show)
    assert isinstance(figures, Figures) and isinstance(grid, Grid)
    assert [name for _, name in figures.legend] == [*costs.PHASES]
    assert "VAE 35.6 s" in figures.figures[0].drawing  # 4.1 + 0.2 + 28.5 + 0.3 + 2.5


def test_means(tree: Path) -> None:
    found_ = means.means(records(tree))
    assert found_["digits"]["vae"]["train_seconds"] == pytest.approx(28.4558)
    assert "dcgan" not in found_["ring"]  # every seed diverged


def test_players_that_take_turns_are_drawn_where_they_play(tree: Path) -> None:
    rounds, nothing = np.arange(4.0), np.full(4, np.nan)
    first, second = np.array([3.0, 2.0, np.nan, np.nan]), np.array([np.nan, np.nan, 1.0, 0.0])
    logged = {"round": rounds, "first": first, "second": second, "never": nothing}
    model = Model("m", "M", "family", "", "", [Run(0, "ok", "", losses=logged)], None, None)
    results = records(tree, data=["digits"])
    results = replace(results, data=[replace(results.data[0], models=[model])])
    (part,) = parts(results, losses.LOSSES)
    (figures,) = kit.views(part, losses.LOSSES.show)
    assert isinstance(figures, Figures)
    lines = re.findall(r'class="line"[^>]*d="([^"]*)"', figures.figures[0].drawing)
    assert [len(re.findall("[ML]", line)) for line in lines] == [2, 2, 2, 2]  # thin, thick, twice


def test_scores_are_tidy(out: Path) -> None:
    found_ = rows(out / "scores.csv")
    keys = [(r["data"], r["model"], r["seed"], r["metric"]) for r in found_]
    assert len(keys) == len({*keys})
    assert [*found_[0]] == measures.HEAD.split()
    valued = {(r["n_generated"], r["d"], r["extractor_hash"]) for r in found_ if r["value"]}
    assert valued == {("400", "64", "0fa1b2c3d4e5")}
    assert all(row["value"] or row["note"] for row in found_)
    assert {r["model"] for r in found_ if r["family"] == "control"} == {*report_tree.CONTROLS}
    gone = [r for r in found_ if (r["data"], r["model"], r["seed"]) == ("digits", "gan", "1")]
    assert gone and all(not row["value"] and "diverged" in row["note"] for row in gone)
    assert not [r for r in found_ if r["metric"] == "fid" and r["data"] == "ring"]


def test_other_data_are_tidy(out: Path) -> None:
    logged = rows(out / "losses.csv")
    lengths = Counter((r["data"], r["model"], r["seed"], r["player"]) for r in logged)
    assert max(lengths.values()) <= 200
    ends = [int(r["round"]) for r in logged if r["model"] == "vae" and r["data"] == "digits"]
    assert (min(ends), max(ends)) == (1, 2996)
    assert len(rows(out / "cost.csv")) == 3 * 6 * 3 - 1  # one run is missing
    for file in out.glob("*.csv"):
        head = file.read_text().splitlines()[0].split(",")
        assert len(head) == len({*head}), f"{file.name} names a column twice"


@pytest.mark.parametrize("name", ["scores", "losses"])
def test_dvc_templates_name_columns(out: Path, name: str) -> None:
    text = (Path(report.__file__).parent / "plots" / f"{name}.json").read_text()
    assert json.loads(text)["data"] == {"values": "<DVC_METRIC_DATA>"}
    made = {*re.findall(r'"as": "(\w+)"', text), "rev"}
    named = {*re.findall(r'"field": "(\w+)"', text), *re.findall(r"datum\.(\w+)", text)}
    assert named - made <= {*rows(out / f"{name}.csv")[0]}


def test_the_same_results_give_the_same_files(out: Path, tree: Path, tmp_path: Path) -> None:
    page.write(PARAMS, tree, tmp_path)
    for path in out.glob("*.*"):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_what_params_drop_vanishes(tree: Path, tmp_path: Path) -> None:
    page.write(PARAMS | {"variants": ["gmm", "vae"], "data": ["digits"]}, tree, tmp_path)
    html = (tmp_path / "index.html").read_text()
    assert "WGAN-GP" not in html and 'id="scores-ring"' not in html
    assert {row["model"] for row in rows(tmp_path / "cost.csv")} == {"gmm", "vae"}


def test_a_model_is_named_wherever_it_is_drawn(out: Path) -> None:
    html = (out / "index.html").read_text()
    assert all(f'<{tag} data-model="vae"' in html for tag in ("tr", "g", "figure"))


def test_guests_stand_before_the_costs(tree: Path, tmp_path: Path) -> None:
    guest = replace(
        costs.COSTS,
        id="guest",
        title="A guest",
        also={},
        metrics=lambda _: {"digits": {"attacked": {"clean": 0.5}}},
        failures=lambda _: ["the guest failed"],
    )
    page.write(PARAMS, tree, tmp_path, [guest])
    html = (tmp_path / "index.html").read_text()
    assert html.index('id="along"') < html.index('id="guest"') < html.index('id="cost"')
    assert "the guest failed" in html
    found_ = json.loads((tmp_path / "metrics.json").read_text())["digits"]
    assert found_["attacked"] == {"clean": 0.5} and "vae" in found_
    assert subjects.maker(records(tree), "digits", "nobody") is None
