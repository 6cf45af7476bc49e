"""Any two models in comparison: differences on common seeds, with paired t-tests."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from gbench.report.tables import Column, Table, rankable
from gbench.stats import estimate, holm, paired_p

HEAD = "data metric a b seeds difference low high p p_holm"


def compared(table: Table) -> list[Column]:
    """The first metric of fidelity and of diversity; of points, the first two of the modes."""
    first, second = table.first("fidelity"), table.first("diversity")
    modes = [column for column in table.columns if column.metric.axis == "modes"]
    return [column for column in (first, second) if column] or modes[:2]


def rows(table: Table) -> Iterable[Sequence[str | int | float]]:
    """A row two models with at least two common seeds, in the order of the models.

    The difference is the value of a less that of b with its 95 % t-interval; p is of the paired
    t-test, and p_holm corrected over all rows of the metric.  Models with a diverged seed are
    left out, as everywhere.
    """
    models = rankable(table.data)
    for column in compared(table):
        found = []
        for a, b in combinations(models, 2):
            first, second = a.values(column.name), b.values(column.name)
            common = sorted(first.keys() & second.keys())
            difference = estimate([first[seed] - second[seed] for seed in common])
            if difference and difference.n > 1:
                p = paired_p([first[seed] for seed in common], [second[seed] for seed in common])
                found.append((a.name, b.name, difference, p))
        adjusted = holm([p for *_, p in found])
        for (a_name, b_name, value, p), corrected in zip(found, adjusted, strict=True):
            start = (table.data.name, column.name, a_name, b_name, value.n)
            yield *start, value.mean, value.low, value.high, p, corrected
