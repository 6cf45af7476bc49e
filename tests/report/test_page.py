"""The page's script in a real browser: sorting, filtering, tips; and that it fits a phone."""

from collections.abc import Iterator

import pytest

from gbench.tracks.generation.page import page as generation
from tests import browser, report_tree

TABLE = "#scores-digits-main-table"
ROWS = """
[...document.querySelectorAll('#scores-digits-main-table tbody.models tr:not(.label)')]
  .filter(row => !row.hidden).map(row => row.cells[0].innerText.split('\\n')[0].trim())
"""
SORT = "document.querySelector('#scores-digits-main-table th a[href=\"#metric-{}\"]').parentElement"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Browser]:
    if not browser.FOUND:
        pytest.skip("no browser is installed")
    tree, out = (tmp_path_factory.mktemp(name) for name in ("tree", "out"))
    report_tree.build(tree)
    generation.write(report_tree.PARAMS, tree, out)
    with browser.browser(tmp_path_factory.mktemp("profile")) as opened:
        opened.open(out / "index.html")
        yield opened


def values(page: browser.Browser, metric: str) -> list[float | None]:
    """A column of the table from above to below; None where a cell has no value."""
    found: list[float | None] = page.run(f"""
        (column => [...document.querySelectorAll('{TABLE} tbody.models tr:not(.label)')]
          .map(row => row.cells[column]?.dataset.sort ?? null).map(v => v && Number(v)))
        ({SORT.format(metric)}.cellIndex)""")
    return found


@pytest.mark.parametrize("metric", ["fid", "coverage", "vendi_ratio"])
def test_a_column_sorts_up_down_and_back_by_keyboard(page: browser.Browser, metric: str) -> None:
    """Columns with a target by the distance to it; rows without a value come last."""
    before = page.run(ROWS)
    target = report_tree.metric(metric).target
    assert len(before) == len(report_tree.MODELS)
    head = SORT.format(metric)
    page.run(f"{head}.querySelector('.sort').focus()")
    for said, sign in (("ascending", 1), ("descending", -1)):
        page.press("Enter")
        assert page.run(f"{head}.getAttribute('aria-sort')") == said
        column = values(page, metric)
        known = [value for value in column if value is not None]
        assert len(known) >= 4 and column[: len(known)] == known
        better = report_tree.metric(metric).better
        keys = [abs(v - target) if better == "target" else v for v in known]
        assert keys == sorted(keys, key=lambda key: sign * key)
    page.press("Enter")
    assert page.run(f"{head}.getAttribute('aria-sort')") is None
    assert page.run(ROWS) == before


def test_rows_are_filtered_by_family_and_name(page: browser.Browser) -> None:
    families = {name: family for name, (family, _, _) in report_tree.MODELS.items()}
    box = "document.querySelector('.filters input[value=adversarial]')"
    every = page.run(ROWS)
    page.run(f"{box}.focus()")
    page.press(" ")
    left = page.run(ROWS)
    assert len(left) == sum(family != "adversarial" for family in families.values())
    page.press(" ")
    page.run("document.querySelector('.filters input[type=search]').focus()")
    for letter in "gan":
        page.press(letter)
    found = page.run(ROWS)
    assert found == [title for title in every if "gan" in title.lower()] and len(found) == 3
    page.run("document.querySelector('.filters input[type=search]').select()")
    page.press("Delete")
    assert page.run(ROWS) == every


def test_a_focused_definition_shows_its_tip(page: browser.Browser) -> None:
    page.run(f"{SORT.format('fid')}.querySelector('a').focus()")
    told = page.run("!tip.hidden && tip.textContent")
    assert "Lower is better. Cannot see: " in told
    page.press("Escape")
    assert page.run("tip.hidden")


def test_it_fits_a_phone_and_makes_no_request(page: browser.Browser) -> None:
    assert page.run("performance.getEntriesByType('resource').filter(one => "
                    "!one.name.startsWith('data:')).length") == 0  # fmt: skip
    page.resize(400, 800)
    assert page.run("document.documentElement.scrollWidth") <= 400


def test_every_cells_tip_is_reached_by_the_arrow_keys(page: browser.Browser) -> None:
    """One stop of the Tab key a table; cells without a tip, and filtered rows, are passed."""
    stops = "[...document.querySelectorAll('#scores-digits-main-table [data-tip]')]"
    stops += ".filter(cell => cell.matches('td, th') && cell.tabIndex === 0).length"
    assert page.run(stops) == 1
    page.run(
        "document.querySelector('#scores-digits-main-table tbody.models td[data-tip]').focus()"
    )
    here = "[document.activeElement.parentElement.rowIndex, document.activeElement.cellIndex]"
    row, column = page.run(here)
    page.press("ArrowRight")
    assert page.run(here) == [row, column + 1]
    assert page.run("!tip.hidden && tip.textContent").startswith("seed 0: ")
    page.press("ArrowDown")
    below, same = page.run(here)
    assert below > row and same == column + 1
    page.press("ArrowUp")
    assert page.run(here) == [row, column + 1]


def test_a_model_that_is_pointed_at_lights_up_everywhere(page: browser.Browser) -> None:
    page.resize(1000, 900)
    page.run("document.querySelector('tr[data-model=vae] th').dispatchEvent("
             "new MouseEvent('mouseover', {bubbles: true}))")  # fmt: skip
    lit, its = (f"[...document.querySelectorAll('{selector}')].length"
                for selector in (".lit", "[data-model=vae]"))  # fmt: skip
    assert page.run(lit) == page.run(its) > 5
    page.run("document.querySelector('h1').dispatchEvent("
             "new MouseEvent('mouseover', {bubbles: true}))")  # fmt: skip
    assert page.run(lit) == 0
