"""Places of the models over all metrics, and every comparison with the best for the files."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gbench.report import svg
from gbench.report.numbers import some
from gbench.report.section import Part
from gbench.report.sections.measures import MAIN, MORE
from gbench.report.tested import BORROWED, Tested
from gbench.report.tidy import Frame, frame
from gbench.report.view import Figure, Figures, Fold, View
from gbench.stats import Compared, Estimate, estimate, ranks_by_seed

RANKS = "data metric model mean_rank low high seeds verdict"
COMPARISONS = "data metric scale model best seeds difference p verdict"
ALL = "all"
NOTE = (
    "Lines: 95 % t-intervals of each mean rank over seeds. Bar: the first place, and all that "
    f"cannot be distinguished from it {BORROWED}. A rank depends on who else takes part: it is a "
    "place in this list. Metrics that see the same fault weigh together. Models with a diverged "
    "seed are left out."
)


def ranks(parts: Sequence[Part]) -> Frame:
    """Every mean rank, over all metrics of the main table and by each, and the verdict on it.

    By one metric the verdict is that of its values, as in the table; over all, that of the ranks.
    """
    return frame(RANKS, (row for part in parts for row in _ranks(part)))


def _ranks(part: Part) -> Iterator[Sequence[Any]]:
    tested = part.tested(MAIN)
    yield from _of(part, ALL, tested.ranks_by_seed, tested.placed)
    for key, compared in tested.compared.items():
        yield from _of(part, key, ranks_by_seed([tested.losses(key)]), compared)


def _of(
    part: Part,
    metric: str,
    by_seed: Mapping[str, Mapping[int, float]],
    compared: Mapping[str, Compared],
) -> Iterator[Sequence[Any]]:
    known = [(model, found) for model, of in by_seed.items() if (found := estimate([*of.values()]))]
    for model, rank in sorted(known, key=lambda pair: pair[1].mean):
        ends = (rank.low, rank.high) if rank.half is not None else (None, None)
        yield part.key, metric, model, rank.mean, *ends, rank.n, compared[model].verdict


def comparisons(parts: Sequence[Part]) -> Frame:
    """Every model against the best one by every metric.

    The difference is that of the means on the scale of the metric, above 0 where the model is
    worse; on a logarithmic scale exp(difference) is how many times as large.
    """
    return frame(COMPARISONS, (row for part in parts for row in _comparisons(part)))


def _comparisons(part: Part) -> Iterator[Sequence[Any]]:
    for tested in (part.tested(MAIN), part.tested(MORE)):
        for key, compared in tested.compared.items():
            best = next((m for m, found in compared.items() if found.verdict == "best"), None)
            for model, found in compared.items():
                n = len(tested.values(model, key))
                start = (part.key, key, tested.columns[key].scale, model, best, n)
                known = (found.difference, found.p) if best else (None, None)
                yield *start, *known, found.verdict


def views(part: Part) -> Iterator[View]:
    """Places over all metrics; nothing with one seed."""
    tested = part.tested(MAIN)
    if tested.ranks:
        yield Fold(told(tested), [Figures([_ladder(tested)], "wide")])


def _placed(tested: Tested) -> list[tuple[str, Estimate]]:
    """The models and their mean ranks, the lowest first."""
    return sorted(tested.ranks.items(), key=lambda pair: pair[1].mean)


def told(tested: Tested) -> str:
    """Who has the first place over all metrics, and who cannot be distinguished from it."""
    order = [name for name, _ in _placed(tested)]
    titles = {name: tested.subjects[name].title for name in order}
    tied = [titles[name] for name in order if tested.placed[name].verdict == "tied"]
    first = f"Over all metrics {titles[order[0]]} has the lowest mean rank"
    if len(tied) == len(order) - 1:
        return f"{first}; no model can be distinguished from it."
    return f"{first}; not distinguishable from it: {some(tied, 8) or 'no other model'}."


def _ladder(tested: Tested) -> Figure:
    """A rung a model by mean rank; a bar joins the first with what is tied with it."""
    placed = _placed(tested)
    most = float(len(placed))
    rungs = [
        svg.Rung(
            tested.subjects[name].title,
            tested.subjects[name].index or 0,
            max(1.0, rank.low),
            rank.mean,
            min(most, rank.high),
            name,
        )
        for name, rank in placed
    ]
    group = [k for k, (name, _) in enumerate(placed) if tested.placed[name].verdict != "worse"]
    title = f"Mean rank of {len(placed)} models over all metrics"
    scale = svg.Scale(1.0, max(2.0, most), "mean rank (lower is better ↓)")
    return Figure(title, svg.ladder(rungs, group, scale, title), NOTE)
