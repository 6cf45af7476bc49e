"""Mean ranks with their ties, after the critical-difference diagram of Demsar 2006."""

from gbench.report import svg
from gbench.report.figures.figure import Figure
from gbench.report.ranking import Ranking
from gbench.report.tables import Table


def ladder(table: Table, ranking: Ranking) -> Figure:
    """A rung a model by mean rank; a bar joins models of which no two are told apart."""
    rows = {row.name: row for row in table.models}
    k = len(ranking.ranks)
    rungs = [
        svg.Rung(
            rows[model].title,
            rows[model].index or 0,
            max(1.0, rank.low),
            rank.mean,
            min(float(k), rank.high),
        )
        for model, rank in ranking.ranks.items()
    ]
    order = list(ranking.ranks)
    groups = [[order.index(model) for model in group] for group in ranking.groups]
    shown = [group for group in groups if len(group) > 1]
    title = f"Mean rank of {k} models, and {len(shown)} groups of models that are not told apart"
    scale = svg.Scale(1.0, max(2.0, float(k)), "mean rank (lower is better ↓)")
    note = (
        "Lines: 95 % t-intervals of each mean rank over seeds. Bars: no two of the models with a "
        "dot on the bar are told apart (Friedman's test in the form of Iman and Davenport, then "
        "Conover's t on mean ranks with at least the pair's own variance, Holm-corrected over all "
        "pairs, 5 %). A rank depends on who else takes part: it is a place in this list. Metrics "
        "that see the same fault weigh together. Models with a diverged seed are left out."
    )
    return Figure(title, svg.ladder(rungs, shown, scale, title), note)
