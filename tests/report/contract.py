"""What every page of every room must hold: one contract, called with each of them.

A page is a folder as `report.page.write` leaves it: index.html, report.md, findings.json, CSVs.
"""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from gbench.report.made import Page
from gbench.report.page import make
from gbench.report.section import Item, Results, Section, Table
from tests.browser import FOUND, Browser, browser

VOID = frozenset(("meta", "link", "img", "input", "br", "path", "circle", "rect"))
Rows = list[list[str]]


class Html(HTMLParser):
    """Tags, text and tables; complains about tags that are not closed in order."""

    def __init__(self, html: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.rows: Rows = []
        self.row = False  # whether a row of a table's body is open
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.row = "tbody" in self.open and dict(attrs).get("class") != "label"
            if self.row:
                self.rows.append([])
        if tag in ("td", "th") and self.row:
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self.row and ("td" in self.open or "th" in self.open):
            self.rows[-1][-1] += data if "abbr" not in self.open else ""

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.text))


def whole_and_alone(out: Path) -> None:
    """Well-formed; ids are unique, links resolve, nothing is fetched; images have texts."""
    text = (out / "index.html").read_text()
    page = Html(text)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)
    for tag, attrs in page.tags:
        for name in ("src", "href", "data", "srcset"):
            target = attrs.get(name) or ""
            if target.startswith("#"):
                assert target == "#" or target[1:] in ids, target
            elif tag == "a" and target.startswith("http"):
                assert target.startswith("https://arxiv.org/abs/"), target
            elif not target.startswith("data:"):
                assert (out / target).exists(), target
    assert "@import" not in text and not re.search(r"url\((?!#)", text) and len(text) < 8e6
    assert all(attrs.get("alt") for tag, attrs in page.tags if tag == "img")
    drawings = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") for attrs in drawings)
    assert "<b>" not in text, "a name that holds markup has reached the page as markup"


def every_section_speaks(page: Page, out: Path) -> None:
    """Each is there with what it cannot show, or is listed with the reason; so are its columns."""
    html = (out / "index.html").read_text()
    words = Html(html).words
    for section in page.sections:
        drawn = f'<h2 id="{section.id}"' in html
        assert drawn or f"{section.title}: " in words, section.id
    assert words.count("Cannot show:") >= html.count("<h2 id=") - 4  # findings, protocol, ...
    heads = re.findall(r'<th scope="col"[^>]*><a href="#([^"]*)" data-tip="([^"]*)"', html)
    glossary = html[html.index('id="glossary"') :]
    assert all(tip for _, tip in heads)
    assert not [anchor for anchor, _ in heads if f'id="{anchor}"' not in glossary]


def tables_agree(out: Path) -> None:
    """HTML and Markdown have the same rows, cell by cell, but for signs and stamps."""
    html = [_plain(row) for row in Html((out / "index.html").read_text()).rows]
    lines = (out / "report.md").read_text().splitlines()
    rows = [line for a, line in zip(["", *lines], lines, strict=False) if line.startswith("| ")]
    marks = {i for i, row in enumerate(rows) if row.startswith("| ---")}
    heads = {i - 1 for i in marks}
    cells = [re.split(r"(?<!\\) \| ", row[2:-2]) for row in rows]
    text = [_plain(row) for i, row in enumerate(cells) if i not in marks | heads]
    assert len(html) == len(text) > 0
    for shown, written in zip(html, text, strict=True):
        assert written[0].startswith(shown[0][:6]), (shown, written)
        assert len(shown) <= len(written), (shown, written)
        for one, other in zip(shown[1:], written[1:], strict=False):
            assert one.startswith(other), (shown, written)  # Markdown may leave an interval out


def _plain(row: list[str]) -> list[str]:
    return [re.sub(r"[\s\\*★=✓✗▲▼()]", "", cell).replace("n=", "") for cell in row]


def means_are_the_files(page: Page, results: Results, out: Path) -> None:
    """The means of each table are those of its CSV file, computed anew by pandas."""
    for section in page.sections:
        for part in make(page, section, results).parts:
            for table in _tables(section.show):
                _compare(section, table, part, out)


def _compare(section: Section, table: Table, part: object, out: Path) -> None:
    frame = pd.read_csv(out / f"{section.id}.csv") if section.written else pd.DataFrame()
    if not {table.row, table.unit, table.by, "value"} <= {*frame.columns} or table.block:
        return
    tested = part.tested(table)  # type: ignore[attr-defined]
    own = frame[frame[section.by].astype(str) == part.key]  # type: ignore[attr-defined]
    means = own.dropna(subset="value").groupby([table.row, table.by])["value"].mean()
    for (row, key), mean in means.items():
        if key in tested.columns and row in tested.subjects and not tested.columns[key].medians:
            value = tested.estimate(row, key)
            assert value is not None and np.isclose(value.mean, mean, rtol=1e-5, atol=1e-9), (
                row,
                key,
                value,
                mean,
            )


def _tables(items: "tuple[Item, ...] | list[Item]") -> list[Table]:
    found = []
    for item in items:
        if isinstance(item, Table):
            found.append(item)
        found += _tables([*getattr(item, "show", ())])
    return found


def findings_are_sentences(out: Path) -> None:
    """At most six at the head; each is in findings.json and, somewhere, on the page."""
    html = (out / "index.html").read_text()
    words = Html(html).words
    found = json.loads((out / "findings.json").read_text())
    assert html.split('<ol class="findings">')[1].split("</ol>")[0].count("<li>") <= 6
    for one in found:
        assert one["lead"].strip() and one["text"].strip().endswith((".", ")")), one
        assert re.sub(r"\s+", " ", one["text"]).strip() in words, one
        assert not one["anchor"] or f'id="{one["anchor"]}"' in html, one


def reads_well(page: Browser, out: Path) -> None:
    """In a browser: no request, no sideways scrolling on a phone, names, the keyboard."""
    page.open(out / "index.html")
    asked = "performance.getEntriesByType('resource').filter(r => !r.name.startsWith('data:'))"
    assert page.run(f"{asked}.length") == 0
    headings = page.run("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => h.innerText)")
    names = page.names("heading")
    shown = [" ".join(text.split()) for text in headings if text.strip()]
    assert [name for name in shown if name not in {" ".join(n.split()) for n in names}] == []
    page.press("Tab")
    assert page.run("document.activeElement.className") == "skip"
    page.resize(400, 800)
    assert page.run("document.documentElement.scrollWidth") <= 400


def holds(page: Page, results: Results, out: Path) -> None:
    """The whole contract; what needs a browser only where there is one."""
    whole_and_alone(out)
    every_section_speaks(page, out)
    tables_agree(out)
    means_are_the_files(page, results, out)
    findings_are_sentences(out)
    if FOUND:
        with TemporaryDirectory() as profile, browser(Path(profile)) as opened:
            reads_well(opened, out)
