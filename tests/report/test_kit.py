"""The kit's parts by themselves: tests, cells, lines, crosses, files, words."""

from pathlib import Path

import pytest

from gbench.report import crosses, lines, markdown, table, tidy
from gbench.report.crosses import Cross, axis
from gbench.report.section import ZERO, Column, Lines, Part, Section, Subject, Table
from gbench.report.view import Cell, Grid, Head
from gbench.stats import Estimate

A, B = Subject("a", "A <b>", 0), Subject("b", "B|", 1)
REAL = Subject("real", "Real", reference=True)


def part(rows: list[tuple[object, ...]], head: str = "data model seed metric value note") -> Part:
    frame = tidy.frame(head, rows)
    section = Section("s", "S", "", "all else", lambda _: frame, ())
    return Part(section, "d", frame, None, [REAL, A, B])


def scores(metric: str, **values: list[float | None]) -> list[tuple[object, ...]]:
    return [
        ("d", model, seed, metric, value, "" if value is not None else "broken")
        for model, several in values.items()
        for seed, value in enumerate(several)
    ]


COLUMN = Column("m", "M", "lower", asks="How far?")


def test_table_sentence_and_gap_come_from_one_test() -> None:
    rows = scores("m", a=[1.0, 1.1, 0.9], b=[5.0, 5.2, None], real=[0.1, 0.1, 0.1])
    spec = Table("t", "T", [COLUMN, Column("n", "N", asks="?")], every=True, floor="real")
    found = part(rows)
    tested = found.tested(spec)
    assert tested is found.tested(spec)
    assert (tested.verdict("a", "m"), tested.verdict("real", "m")) == ("best", None)
    assert tested.with_verdict("m", "best") == [A]
    assert tested.gap("b", "m") == "seed 2: broken"
    (grid,) = table.views(found, spec)
    assert isinstance(grid, Grid) and [head.title for head in grid.heads] == ["M"]
    shown = {row.title: row.cells[0] for group in grid.groups for row in group.rows}
    assert shown["A <b>"].verdict == "best" and shown["B|"].n == 2
    assert [group.kind for group in grid.groups] == ["controls", "models"]
    text = "\n".join(markdown.grid(grid))
    assert "| A \\<b\\> | **1.00 ±0.25** |" in text and "*Real*" in text and "B\\|" in text


def test_signs_are_against_a_baseline_or_zero() -> None:
    rows = scores("m", a=[1.0, 1.1, 0.9]) + scores("base", a=[5.0, 5.1, 5.2])
    rows += scores("gain", a=[2.0, 2.1, 2.2], b=[-1.0, 1.0, 0.1])
    base = Column("base", "Base", "", asks="?", against="m")
    spec = Table("t", "T", [COLUMN, base, Column("gain", "Gain", asks="?", against=ZERO)])
    tested = part(rows).tested(spec)
    assert tested.sign("a", "base") == 1  # m is lower, which is better
    assert (tested.sign("a", "gain"), tested.sign("b", "gain")) == (1, 0)
    assert tested.sign("b", "base") is None
    p = tested.p("a", "gain")
    assert p is not None and p < 0.05


@pytest.mark.parametrize("each", ["model", ""])
@pytest.mark.parametrize("band", [False, True])
def test_lines_are_a_chart_each_or_one_for_all(each: str, band: bool) -> None:
    rows = [("d", m, s, x, s + x) for m in "ab" for s in (0, 1, 2) for x in (1, 10, 100)]
    found = part(rows, "data model seed x y")
    spec = Lines("x", "y", "steps", "reward", line="" if each else "model", each=each, band=band,
                 log="x", rules=lambda *_: [(3.0, "random")])  # fmt: skip
    (shown,) = lines.views(found, spec)
    assert len(shown.figures) == (2 if each else 1)
    drawn = "".join(figure.drawing for figure in shown.figures)
    assert drawn.count('<g data-model="') == 2 and "random" in drawn
    assert ('class="band"' in drawn) == band
    assert "A &lt;b&gt;" in drawn or each


def test_one_collapsed_model_does_not_squeeze_the_others() -> None:
    values = [Estimate(float(v), 0.1, 3) for v in (1, 2, 3, 4, 5, 6, 900)]
    scale = axis(values, values[:1], "", None)
    assert scale.high < 20 and not scale.log
    subjects = [Subject(f"m{k}", f"M{k}", k) for k in range(7)]
    marks = [Cross(s, v, Estimate(1.0, None, 1)) for s, v in zip(subjects, values, strict=True)]
    drawing = crosses.crosses(marks, COLUMN, COLUMN).drawing
    assert drawing.count('class="edge"') == 1 and "M6: M 900 [900, 900]" in drawing


def test_files_keep_whole_numbers_and_gaps(tmp_path: Path) -> None:
    found = tidy.frame("a b c", [(1, 0.123456789, None), (2, None, "x")])
    tidy.write_csv(tmp_path / "f.csv", found)
    assert (tmp_path / "f.csv").read_text() == "a,b,c\n1,0.123457,\n2,,x\n"


def test_a_column_says_what_it_asks_and_a_section_what_it_cannot_show() -> None:
    with pytest.raises(ValueError, match="'Speed' has no definition"):
        Head("Speed", "")
    with pytest.raises(ValueError, match="'S' does not say"):
        Section("s", "S", "", "", lambda _: tidy.frame("data", []), ())


def test_cells_in_markdown() -> None:
    assert markdown.cell(Cell("1.0", "±<0.1", verdict="tied")) == "= 1.0 ±<0.1"
    assert markdown.cell(Cell(gap="a|b")) == "a\\|b"
    assert markdown.cell(Cell("1 000", plain="1,000")) == "1,000"
