"""The main table: every model and control by every metric."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from gbench.protocol.evidence import Metric
from gbench.report.kit.section import Column, Drawing, Finding, Folded, Part, Section, Table
from gbench.report.kit.tested import Tested
from gbench.report.kit.tidy import Frame, columns, frame
from gbench.report.kit.view import Listing, Prose, Stamp, View
from gbench.report.numbers import interval, short, some
from gbench.report.outside import EXPLAINED
from gbench.report.protocol import line
from gbench.report.records import Data, Model, Records
from gbench.report.sections.seen import blind_here
from gbench.report.sections.subjects import data_of
from gbench.report.spread import sampling_sd

AXES = ("fidelity", "diversity", "modes", "overfitting")
PROTOCOL = "n_generated n_reference reference n_train d extractor extractor_hash"
HEAD = f"data model family seed metric value note {PROTOCOL}"
LEDE = (
    "Mean over training seeds, with half of the 95 % t-interval below it. ★ marks the best mean of "
    "a column, = every mean that a paired t-test on the common seeds (Holm-corrected, 5 %) cannot "
    "distinguish from it. The little rulers share one scale a column; the tick on each is real "
    "data, an arrow points beyond the scale. Read each column against the shaded controls: real "
    "test data is the best score one can hope for, noise the worst. A model with a diverged seed "
    "is neither ranked nor marked."
)
BLIND = (
    "what another choice of test examples would change, since all models and seeds share them. "
    "With few seeds only large differences show: = means that no difference is known, not that "
    "there is none."
)


def scores(records: Records) -> Frame:
    """Every value of every metric; `reason` is the note of a run that finished."""
    rows = (row for data in records.data for row in (*_controls(data), *_models(data)))
    return frame(f"{HEAD} reason", rows)


def _controls(data: Data) -> Iterator[Sequence[Any]]:
    for control in data.controls:
        for seed, found in control.scores.items():
            for metric in (name for name in data.metrics if name in found):
                score = found[metric]
                start = (data.name, control.name, "control", seed, metric, score.value, score.note)
                yield *start, *_protocol(data.protocol), ""


def _models(data: Data) -> Iterator[Sequence[Any]]:
    for model in (*data.models, *data.outside):
        for run in model.runs:
            for metric in data.metrics:
                score = run.scores.get(metric)
                reason = score.note if score else "not measured"
                note = reason if run.status == "ok" else f"{run.status}: {run.note}"
                start = (data.name, model.name, model.family, run.seed, metric)
                kept = reason if run.status == "ok" and model in data.models else ""
                yield (
                    *start,
                    score.value if score else None,
                    note,
                    *_protocol(run.evaluation.get("protocol", {})),
                    kept,
                )


def _protocol(found: Mapping[str, Any]) -> Iterator[Any]:
    return (found.get(key) for key in PROTOCOL.split())


def metrics(part: Part, primary: bool | None = None) -> list[Column]:
    """A column a metric, by axis; primary ones, the others, or all."""
    data = data_of(part.results, part.key)
    blind = part.once("blind", lambda: blind_here(part.results, part.key, data.metrics))
    found = [
        _column(name, metric, blind.get(name, ""), part.key)
        for name, metric in data.metrics.items()
        if primary is None or metric.primary is primary
    ]
    return sorted(found, key=lambda column: AXES.index(column.over))


def _column(name: str, metric: Metric, blind: str, data: str) -> Column:
    shared = ("title", "better", "target", "asks", "formula", "blind", "source")
    return Column(
        name,
        over=metric.axis,
        stamp=Stamp("blind here", blind, f"#sensitivity-{data}") if blind else None,
        **{key: getattr(metric, key) for key in shared},
    )


def first(tested: Tested, *axes: str) -> Column | None:
    """The first column of the first of these axes that has one with values: it speaks for it."""
    there = [c for key, c in tested.columns.items() if tested.found.get(key)]
    return next((c for axis in axes for c in there if c.over == axis), None)


def _tip(part: Part, row: str, key: str) -> str:
    model = next((m for m in data_of(part.results, part.key).models if m.name == row), None)
    spread = sampling_sd(model, key) if model else None
    return "" if spread is None else f"SD of sampling alone: {short(spread)}"


def _table(name: str, title: str, *, primary: bool) -> Table:
    return Table(
        name,
        title,
        partial(metrics, primary=primary),
        tidy=lambda found: found.assign(note=found.reason),
        every=True,
        floor="real",
        rulers=True,
        rank=primary,
        filters=primary,
        tip=_tip,
    )


MAIN = _table("main", "Scores", primary=True)
MORE = _table("more", "More scores", primary=False)


def _conditions(part: Part) -> Iterator[View]:
    yield Prose(line(data_of(part.results, part.key)), "line")


def _outside(part: Part) -> Iterator[View]:
    if data_of(part.results, part.key).outside:
        yield Prose(EXPLAINED, "small")


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
    models: list[Model] = [m for m in data_of(part.results, part.key).models if m.caveat]
    if models:
        yield Listing([(model.title, model.caveat) for model in models])


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


def _more(part: Part) -> str:
    titles = [column.title for column in metrics(part, primary=False)]
    return f"{len(titles)} more metrics, which count in no rank: {', '.join(titles)}"


def leaders(parts: Sequence[Part]) -> Iterator[Finding]:
    """Who is best in fidelity and in diversity, and who cannot be distinguished from it."""
    images = [p for p in parts if data_of(p.results, p.key).kind == "images"] or parts
    for part in images[:1]:
        tested = part.tested(MAIN)
        for what, axes in (("Fidelity", ("fidelity", "modes")), ("Diversity", ("diversity",))):
            column = first(tested, *axes)
            if column and (text := _leader(tested, column)):
                yield Finding(f"{what} on {part.key}:", text, part.anchor)


def _leader(tested: Tested, column: Column) -> str:
    best, tied = (tested.with_verdict(column.key, verdict) for verdict in ("best", "tied"))
    others = tested.with_verdict(column.key, "tied", "worse")
    value = tested.estimate(best[0].name, column.key) if best else None
    if value is None or value.half is None or not others:
        return ""
    floor = tested.estimate("real", column.key)
    numbers = f"{column.title} {interval(value)}"
    numbers += f"; real data: {short(floor.mean)}" if floor else ""
    if len(tied) == len(others):
        return f"no model can be distinguished from {best[0].title}, the best mean ({numbers})."
    if not tied:
        return f"{best[0].title} leads alone ({numbers})."
    means = {s.title: e.mean for s in tied if (e := tested.estimate(s.name, column.key))}
    names = some([f"{title} ({short(mean)})" for title, mean in means.items()])
    return (
        f"{best[0].title} has the best mean ({numbers}); {names} cannot be distinguished from it."
    )


SCORES = Section(
    id="scores",
    title="Results",
    lede=LEDE,
    blind=BLIND,
    frame=scores,
    written=columns(HEAD),
    links=("metrics.json",),
    findings=(leaders,),
    empty="no model was evaluated",
    show=(
        Drawing(_conditions),
        MAIN,
        Folded(_more, [MORE]),
        Drawing(_floors),
        Folded("What is expected to lose, and why", [Drawing(_caveats)], open=True),
        Drawing(_outside),
        Folded(_checked, [Drawing(_checks)]),
    ),
)
