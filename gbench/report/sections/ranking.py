"""Ranks of the models, and which cannot be distinguished; see `gbench.stats.friedman`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite
from typing import Any

from gbench.report import svg
from gbench.report.kit.section import Column, Part
from gbench.report.kit.tested import Tested
from gbench.report.kit.tidy import Frame, frame
from gbench.report.kit.view import Cell, Figure, Figures, Fold, Grid, Group, Head, Row, View
from gbench.report.numbers import short, some
from gbench.report.sections.measures import MAIN, first
from gbench.stats import (
    ALPHA,
    Estimate,
    Test,
    estimate,
    grouped,
    holm,
    paired_p,
    ranks_by_seed,
)

HEAD = "data metric model mean_rank low high seeds groups f df1 df2 p"
PAIRS = "data metric a b seeds difference low high p p_holm"
ALL = "all"
HEADS = (
    Head("All alike?", "Friedman's test in the form of Iman and Davenport; a block is a seed."),
    Head("Groups", "The largest sets of models of which no two can be distinguished; they "
         "overlap."),
    Head("Tied with the first", "How many models are in a group with the one that has the lowest "
         "mean rank, itself among them."),
)  # fmt: skip
NOTE = (
    "Lines: 95 % t-intervals of each mean rank over seeds. Bars: no two of the models with a dot "
    "on the bar can be distinguished (Friedman's test in the form of Iman and Davenport, then "
    "Conover's t on mean ranks with at least the pair's own variance, Holm-corrected over all "
    "pairs, 5 %). A rank depends on who else takes part: it is a place in this list. Metrics that "
    "see the same fault weigh together. Models with a diverged seed are left out."
)


@dataclass(frozen=True)
class Ranking:
    """One metric, or all.

    Attributes:
        metric: by name, or `ALL`.
        ranks: mean and interval over seeds, lowest first.
        test: None with one seed or one model.
        groups: the largest sets of models of which no two are distinguishable, each in the order
            of the ranks; empty without a test.
    """

    metric: str
    title: str
    ranks: Mapping[str, Estimate]
    test: Test | None
    groups: Sequence[Sequence[str]]

    @property
    def first(self) -> str:
        """The model with the lowest mean rank."""
        return next(iter(self.ranks))

    @property
    def tied(self) -> set[str]:
        """Those in a group with the first, itself among them."""
        return {model for group in self.groups if self.first in group for model in group}

    def letters(self, model: str) -> str:
        """A letter a group, parted by spaces; models that share one are not distinguishable."""
        return " ".join(letter(index) for index, group in enumerate(self.groups) if model in group)


def ranking(
    metric: str, title: str, columns: Sequence[Mapping[str, Mapping[int, float]]]
) -> Ranking:
    """Of losses by model and seed, one mapping a metric."""
    by_seed = {model: seeds for model, seeds in ranks_by_seed(columns).items() if seeds}
    test, groups = grouped(by_seed)
    estimates = {model: estimate([*seeds.values()]) for model, seeds in by_seed.items()}
    known = {model: value for model, value in estimates.items() if value is not None}
    order = sorted(known, key=lambda model: known[model].mean)
    return Ranking(metric, title, {model: known[model] for model in order}, test, groups)


def letter(index: int) -> str:
    """a, ..., z, aa, ab, ..."""
    return (letter(index // 26 - 1) if index >= 26 else "") + chr(ord("a") + index % 26)


def rankings(part: Part) -> list[Ranking]:
    """Over all metrics, then of each; only those by which something can be ranked."""
    return part.once("rankings", lambda: _rankings(part.tested(MAIN)))


def _rankings(tested: Tested) -> list[Ranking]:
    columns = [column for key, column in tested.columns.items() if tested.found.get(key)]
    order = _rivals(tested)
    losses = {column.key: tested.losses(column.key) for column in columns}
    ordered = {key: {m: of[m] for m in order if m in of} for key, of in losses.items()}
    found = [ranking(ALL, "All metrics", [values for values in ordered.values() if values])]
    found += [ranking(c.key, c.title, [ordered[c.key]]) for c in columns]
    return [one for one in found if one.ranks]


def _rivals(tested: Tested) -> list[str]:
    """In the order of params.yaml: ties in rank are listed in it."""
    return sorted(tested.rivals, key=lambda name: tested.subjects[name].index or 0)


def ranks(parts: Sequence[Part]) -> Frame:
    """Every mean rank, with the test of its metric."""
    return frame(HEAD, (row for part in parts for row in _ranks(part)))


def _ranks(part: Part) -> Iterator[Sequence[Any]]:
    for one in rankings(part):
        for model, rank in one.ranks.items():
            ends = (rank.low, rank.high) if rank.half is not None else (None, None)
            start = (part.key, one.metric, model, rank.mean, *ends, rank.n)
            yield *start, one.letters(model), *(one.test or (None, None, None, None))


def views(part: Part) -> Iterator[View]:
    """Places and ties over all metrics, and the test of each; nothing where nothing is tested."""
    found = [one for one in rankings(part) if one.test]
    if found:
        grid = Grid(
            f"{part.anchor}-ranks",
            f"Tests of ranks on {part.key}",
            HEADS,
            [Group("", [*map(_row, found)])],
            first="Ranks by",
        )
        yield Fold(told(part), [Figures([_ladder(part, rankings(part)[0])], "wide"), grid])


def _row(one: Ranking) -> Row:
    ties = f"{len(one.tied)} of {len(one.ranks)}"
    texts = (test_text(one.test) if one.test else "", str(len(one.groups)), ties)
    return Row(one.title, [Cell(text) for text in texts])


def told(part: Part) -> str:
    """Whether models differ over all metrics, and which are tied with the first place."""
    over = rankings(part)[0]
    titles = {name: part.by_name[name].title for name in over.ranks}
    if over.test is None:
        return "With one seed no test says whether the models differ in rank."
    verdict = test_text(over.test)
    if over.test.p >= ALPHA:
        return f"Over all metrics the models cannot be distinguished by their ranks: {verdict}."
    tied = [titles[model] for model in over.ranks if model in over.tied - {over.first}]
    return (
        f"Over all metrics the models differ in rank: {verdict}. {titles[over.first]} has the "
        f"lowest mean rank; not distinguishable from it: {some(tied, 8) or 'no other model'}."
    )


def test_text(test: Test) -> str:
    """ "F(44, 88) = 31, p < 0.001"."""
    f = short(test.f) if isfinite(test.f) else "∞"
    p = "p < 0.001" if test.p < 0.001 else f"p = {short(test.p)}"
    return f"F({test.df1}, {test.df2}) = {f}, {p}"


def _ladder(part: Part, ranking: Ranking) -> Figure:
    """A rung a model by mean rank, after the critical-difference diagram of Demsar 2006; a bar
    joins models of which no two can be distinguished."""
    most, order = float(len(ranking.ranks)), list(ranking.ranks)
    rungs = [
        svg.Rung(
            part.by_name[name].title,
            part.by_name[name].index or 0,
            max(1.0, rank.low),
            rank.mean,
            min(most, rank.high),
            name,
        )
        for name, rank in ranking.ranks.items()
    ]
    groups = [[order.index(model) for model in group] for group in ranking.groups]
    shown = [group for group in groups if len(group) > 1]
    title = (
        f"Mean rank of {len(order)} models, and {len(shown)} groups of models that cannot be "
        "distinguished"
    )
    scale = svg.Scale(1.0, max(2.0, most), "mean rank (lower is better ↓)")
    return Figure(title, svg.ladder(rungs, shown, scale, title), NOTE)


def pairs(parts: Sequence[Part]) -> Frame:
    """A row two models with at least two common seeds, in the order of the models.

    The difference is the value of a less that of b with its 95 % t-interval; p is of the paired
    t-test, and p_holm corrected over all rows of the metric.  Models with a diverged seed are
    left out, as everywhere.
    """
    return frame(PAIRS, (row for part in parts for row in _pairs(part)))


def _pairs(part: Part) -> Iterator[Sequence[Any]]:
    tested = part.tested(MAIN)
    for column in compared(tested):
        found = []
        for a, b in combinations(_rivals(tested), 2):
            own, other = tested.values(a, column.key), tested.values(b, column.key)
            common = sorted(own.keys() & other.keys())
            first_, second = ([side[seed] for seed in common] for side in (own, other))
            value = estimate([x - y for x, y in zip(first_, second, strict=True)])
            if value and value.n > 1:
                start = (part.key, column.key, a, b, value.n)
                p = paired_p(first_, second)
                found.append((*start, value.mean, value.low, value.high, p))
        adjusted = holm([row[-1] for row in found])
        yield from ((*row, p) for row, p in zip(found, adjusted, strict=True))


def compared(tested: Tested) -> list[Column]:
    """The first metric of fidelity and of diversity; of points, the first two of the modes."""
    leading = [column for axis in ("fidelity", "diversity") if (column := first(tested, axis))]
    every = (column for key, column in tested.columns.items() if tested.found.get(key))
    return leading or [column for column in every if column.over == "modes"][:2]
