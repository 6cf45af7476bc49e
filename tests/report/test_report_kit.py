"""The kit's page of a fabricated tree, and its numbers against those of the page before it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gbench import report
from gbench.report import outside as outside_before
from gbench.report import reading
from gbench.report.kit import page
from gbench.report.records import Records
from gbench.tracks.generation.page import outside
from gbench.tracks.generation.page.page import PAGE
from tests import report_tree
from tests.report.test_report import Page
from tests.tracks.generation import test_report_latent, test_report_likelihood

pytestmark = pytest.mark.usefixtures("stand_ins")
FILES = (
    *("scores", "ranks", "comparisons", "spread", "classes", "losses", "along", "stopping"),
    *("longer", "cost", "latent", "likelihood"),
)
PARAMS = report_tree.PARAMS


def read(root: Path) -> Records:
    """The records, with one metric that is not primary."""
    found = outside.added(reading.read(PARAMS, root))
    data = [
        replace(one, metrics={k: replace(m, primary=k != "kid") for k, m in one.metrics.items()})
        for one in found.data
    ]
    return replace(found, data=data)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    report_tree.build(root)
    test_report_latent.add(root)
    test_report_likelihood.add(root)
    return root


@pytest.fixture(scope="module")
def before(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("before")
    with pytest.MonkeyPatch.context() as patch:
        records = read(tree)
        patch.setattr(outside_before, "added", lambda *_: records)
        report.write(PARAMS, tree, folder)
    yield folder


@pytest.fixture(scope="module")
def out(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    page.write(PAGE, read(tree), folder)
    return folder


def blocks(path: Path) -> list[str]:
    """The tables of a Markdown file."""
    return re.findall(r"(?:^\|.*\n)+", path.read_text(), re.M)


@pytest.mark.parametrize("name", FILES)
def test_files_are_as_before(before: Path, out: Path, name: str) -> None:
    assert (out / f"{name}.csv").read_bytes() == (before / f"{name}.csv").read_bytes()


def test_metrics_are_as_before_but_for_attacks(before: Path, out: Path) -> None:
    """The attacks' are for their room to add."""
    old, new = (json.loads((path / "metrics.json").read_text()) for path in (before, out))
    for data in old:
        old[data] = {k: v for k, v in old[data].items() if not k.startswith("attacked_")}
    assert old == new


def test_markdown_tables_are_as_before(before: Path, out: Path) -> None:
    """But for a needless backslash in likelihoods, the costs, which now are the page's, a head,
    and tables that were on the page alone."""
    known = {
        block.replace("±\\<", "±<").replace("Not told from the first", "Tied with the first")
        for block in blocks(before / "report.md")
    }
    alone = ("Peak memory", "| Player |", "→ ")
    every = blocks(out / "report.md")
    made = [b for b in every if not any(sign in b for sign in alone) or "Mean rank" in b]
    assert len(made) >= 3 + 1 + 3 + 4 + 2  # scores, more scores, ranks, probes, likelihoods
    assert [block for block in made if block not in known] == []


def test_page_is_whole_and_alone(out: Path) -> None:
    html = (out / "index.html").read_text()
    found = Page(html)
    ids = [attrs["id"] for _, attrs in found.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in found.tags:
        target = attrs.get("href") or ""
        if target.startswith("#"):
            assert target[1:] in ids, target
        elif tag == "a" and not target.startswith("https://arxiv.org/abs/"):
            assert (out / target).exists(), target
    assert "@import" not in html and "url(" not in html and "<b>" not in html
    assert all(attrs.get("alt") for tag, attrs in found.tags if tag == "img")
    drawings = [attrs for tag, attrs in found.tags if tag == "svg"]
    assert drawings and all(a.get("aria-label") or a.get("aria-hidden") for a in drawings)


def test_headings_are_named_by_their_text(out: Path) -> None:
    html = (out / "index.html").read_text()
    headings = re.findall(r"<h\d[^>]*>.*?</h\d>", html, re.S)
    assert headings and not [one for one in headings if "aria-label" in one]


def test_every_column_is_in_the_glossary(out: Path) -> None:
    html = (out / "index.html").read_text()
    glossary = html[html.index('id="glossary"') :]
    heads = re.findall(r'<th scope="col"[^>]*><a href="#([^"]*)" data-tip="([^"]*)"', html)
    assert len(heads) > 30 and all(tip for _, tip in heads)
    assert not [anchor for anchor, _ in heads if f'id="{anchor}"' not in glossary]


def test_every_section_says_what_it_cannot_show_or_why_it_is_not_there(
    out: Path, tree: Path, tmp_path: Path
) -> None:
    words = Page((out / "index.html").read_text()).words
    assert words.count("Cannot show:") >= len(PAGE.sections)
    records = reading.read(PARAMS, tmp_path / "nothing")
    page.write(PAGE, records, tmp_path)
    words = Page((tmp_path / "index.html").read_text()).words
    assert "Nothing was measured yet." in words
    for section in PAGE.sections:
        assert f"{section.title}: {section.empty}" in words


def test_a_model_is_named_wherever_it_is_drawn(out: Path) -> None:
    html = (out / "index.html").read_text()
    assert '<tr data-model="vae"' in html
    assert '<g data-model="vae"' in html
    assert '<figure data-model="vae"' in html
