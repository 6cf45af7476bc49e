"""The main table, and all that qualifies it: ranks, parts of the spread, classes, controls."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from gbench.report.numbers import short
from gbench.report.section import Drawing, Folded, Part, Section
from gbench.report.sections import classes, ranking, spread
from gbench.report.sections.found import cautions, flagged, leaders
from gbench.report.sections.measures import (
    HEAD,
    MAIN,
    MORE,
    Stamped,
    first,
    metrics,
    nothing,
    scores,
    table,
)
from gbench.report.sections.protocol import line
from gbench.report.sections.subjects import data_of
from gbench.report.tested import WITH_BEST, unmeasured
from gbench.report.tidy import columns
from gbench.report.view import Listing, Prose, View

__all__ = ["MAIN", "MORE", "SCORES", "first", "metrics", "scores", "section"]

LEDE = (
    "Mean over training seeds, with half of the 95 % t-interval below it. "
    f"{WITH_BEST} The little rulers share one scale a column; the tick on each is real "
    "data, an arrow points beyond the scale. Read each column against the shaded controls: real "
    "test data is the best score one can hope for, noise the worst. A model with a diverged seed "
    "is neither ranked nor marked."
)
BLIND = (
    "what another choice of test examples would change, since all models and seeds share them. "
    "With few seeds only large differences show: = means that no difference is known, not that "
    "there is none."
)


def _conditions(part: Part) -> Iterator[View]:
    yield Prose(line(data_of(part.results, part.key)), "line")


def _floors(part: Part) -> Iterator[View]:
    data = data_of(part.results, part.key)
    if data.kind == "points" and data.centres is not None:
        n = data.protocol.get("n_generated", 2500)
        yield Prose(
            f"Floors of a perfect sampler: all {data.modes} modes; high quality 0.98889, the share "
            f"of a 2-D Gaussian within three sigma; mode KL {short((data.modes - 1) / (2 * n))} "
            "nats, which is (K−1)/(2n) for K modes and n samples.",
            "small",
        )


def _caveats(part: Part) -> Iterator[View]:
    models = [model for model in data_of(part.results, part.key).models if model.caveat]
    if models:
        yield Listing([(model.title, model.caveat) for model in models])


def _sources(part: Part) -> Iterator[View]:
    """Of the models, which are those of all data sets: said once."""
    models = [model for model in part.results.data[0].models if model.source]
    if models and part.key == part.results.data[0].name:
        yield Listing([(model.title, f"{model.family}. {model.source}") for model in models])


def _more(part: Part) -> str:
    tested = part.tested(MORE)
    titles = [c.title for key, c in tested.columns.items() if tested.found.get(key)]
    return f"{len(titles)} more metrics, which count in no rank: {', '.join(titles)}"


def _unmeasured(part: Part) -> Iterator[View]:
    """The further metrics, where none of them has a value, so that there is no table of them."""
    tested = part.tested(MORE)
    if not any(tested.found.get(key) for key in tested.columns) and unmeasured(tested):
        yield Listing([(title, f"has no column: {why}") for title, why in unmeasured(tested)])


def _checked(part: Part) -> str:
    checks = data_of(part.results, part.key).checks
    passed = sum(bool(check["passed"]) for check in checks)
    return (
        f"{passed} of {len(checks)} control checks passed: the metrics distinguish the controls as "
        "they must"
    )


def _checks(part: Part) -> Iterator[View]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for check in data_of(part.results, part.key).checks:
        found.setdefault(check["check"], []).append(check)
    items = [
        (
            f"{'✓' if all(one['passed'] for one in checks) else '✗'} {name}",
            "; ".join(f"seed {one['seed']}: {one['detail']}" for one in checks),
        )
        for name, checks in found.items()
    ]
    if items:
        yield Listing(items)


def _nothing_more(part: Part) -> Iterable[View]:
    return ()


def section(
    blind: Stamped = nothing, more: Callable[[Part], Iterable[View]] = _nothing_more
) -> Section:
    """The section, with what a room adds.

    Args:
        blind: by metric, a stamp on its column.
        more: views below the table: words on its rows.
    """
    return Section(
        id="scores",
        title="Results",
        lede=LEDE,
        blind=BLIND,
        frame=scores,
        written=columns(HEAD),
        also={"classes": classes.classes},
        derived={
            "ranks": ranking.ranks,
            "spread": spread.spread,
            "comparisons": ranking.comparisons,
        },
        links=("metrics.json",),
        findings=(cautions, leaders, flagged),
        empty="no model was evaluated",
        show=(
            Drawing(_conditions),
            table("main", "Scores", primary=True, stamped=blind),
            Folded(_more, [table("more", "More scores", primary=False, stamped=blind)]),
            Drawing(_unmeasured),
            Drawing(_floors),
            Folded("What is expected to lose, and why", [Drawing(_caveats)], open=True),
            Drawing(more),
            Drawing(ranking.views),
            Drawing(spread.views),
            Folded(_checked, [Drawing(_checks)]),
            Drawing(classes.views),
            Folded("The models and their sources", [Drawing(_sources)]),
        ),
    )


SCORES = section()
