"""Ranks of the models, and which are not told apart, as text; see `gbench.stats.friedman`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from gbench.report.numbers import short, some
from gbench.report.tables import Table, losses_of, rankable
from gbench.stats import ALPHA, Estimate, Test, estimate, grouped, ranks_by_seed

HEAD = "data metric model mean_rank low high seeds groups f df1 df2 p"
ALL = "all"


@dataclass(frozen=True)
class Ranking:
    """One metric, or all.

    Attributes:
        metric: by name, or `ALL`.
        ranks: mean and interval over seeds, lowest first.
        test: None with one seed or one model.
        groups: the largest sets of models of which no two are told apart, each in the order of
            the ranks; empty without a test.
    """

    metric: str
    title: str
    ranks: Mapping[str, Estimate]
    test: Test | None
    groups: Sequence[Sequence[str]]

    def letters(self, model: str) -> str:
        """A letter a group, parted by spaces; models that share one are not told apart."""
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


def rankings(table: Table) -> list[Ranking]:
    """Over all metrics, then of each; only those by which something can be ranked."""
    models = rankable(table.data)
    losses = {
        column.name: losses_of(models, column.name, column.metric) for column in table.columns
    }
    found = [ranking(ALL, "All metrics", [values for values in losses.values() if values])]
    found += [ranking(c.name, c.metric.title, [losses[c.name]]) for c in table.columns]
    return [one for one in found if one.ranks]


def letter(index: int) -> str:
    """a, ..., z, aa, ab, ..."""
    return (letter(index // 26 - 1) if index >= 26 else "") + chr(ord("a") + index % 26)


def rows(table: Table) -> Iterable[Sequence[str | int | float | None]]:
    for one in rankings(table):
        for model, rank in one.ranks.items():
            ends = (rank.low, rank.high) if rank.half is not None else (None, None)
            start = (table.data.name, one.metric, model, rank.mean, *ends, rank.n)
            yield *start, one.letters(model), *(one.test or (None, None, None, None))


def told(table: Table, found: Sequence[Ranking]) -> str:
    """Whether models differ over all metrics, and which are not told from the first place."""
    over, titles = found[0], {row.name: row.title for row in table.models}
    if over.test is None:
        return "With one seed no test says whether the models differ in rank."
    verdict = test_text(over.test)
    if over.test.p >= ALPHA:
        return f"Over all metrics the models are not told apart by their ranks: {verdict}."
    first = next(iter(over.ranks))
    tied = {model for group in over.groups if first in group for model in group} - {first}
    names = some([titles[model] for model in over.ranks if model in tied], 8) or "no other model"
    return (
        f"Over all metrics the models differ in rank: {verdict}. {titles[first]} has the lowest "
        f"mean rank; not told from it: {names}."
    )


def lines(found: Sequence[Ranking]) -> list[tuple[str, str, str, str]]:
    """Of each ranking: title, the test, how many groups there are, and the size of the first."""
    written = []
    for one in found:
        if one.test:
            first = next(iter(one.ranks))
            best = {model for group in one.groups if first in group for model in group}
            ties = f"{len(best)} of {len(one.ranks)}"
            written.append((one.title, test_text(one.test), str(len(one.groups)), ties))
    return written


def test_text(test: Test) -> str:
    """ "F(44, 88) = 31, p < 0.001"."""
    f = short(test.f) if isfinite(test.f) else "∞"
    p = "p < 0.001" if test.p < 0.001 else f"p = {short(test.p)}"
    return f"F({test.df1}, {test.df2}) = {f}, {p}"
