"""The probes of latent spaces as tables: each value beside what it is to be read against."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gbench.report.latent_probes import SPECS, Head, Spec
from gbench.report.numbers import Digits, fixed, half_width, short
from gbench.report.records import Data, Model, Run
from gbench.stats import ALPHA, Estimate, estimate, holm, paired_p

Values = Mapping[int, float]  # by seed


SIGNS = {1: ("✓", "better than this"), -1: ("✗", "worse than this"), 0: ("=", "not told from this")}


class Cell(NamedTuple):
    """
    Attributes:
        sign: on a baseline's cell, how the value compares with it: 1 better, -1 worse, 0 not told
            apart, None not tested.
        tip: each seed's value.
    """

    text: str
    interval: str
    tip: str
    sign: int | None = None


@dataclass(frozen=True)
class Row:
    index: int
    title: str
    note: str
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    """
    Attributes:
        groups: title and rows of each block.
        absent: (reason, titles of the models) that have no row.
    """

    spec: Spec
    groups: list[tuple[str, list[Row]]]
    absent: list[tuple[str, list[str]]]

    @property
    def width(self) -> int:
        return sum(1 + len(head.against) for head in self.spec.heads)


def measured(run: Run, probe: str) -> Iterable[Mapping[str, Any]]:
    """The rows of one probe of one run; none where it was not probed."""
    return run.latent.get("probes", {}).get(probe, {}).get("rows", ())


def values(model: Model, probe: str, measure: str, against: str = "") -> Values:
    """A measure by seed, or the baseline `against` which it is read."""
    found = {}
    for run in model.runs:
        for row in measured(run, probe):
            if row["measure"] != measure or against not in ("", row["against"]):
                continue
            value = row["baseline"] if against else row["value"]
            if value is not None:
                found[run.seed] = float(value)
    return found


def tables(data: Data) -> list[Table]:
    """A table a probe that some model answers."""
    made = (_table(data, spec) for spec in SPECS)
    return [table for table in made if table.groups]


def _table(data: Data, spec: Spec) -> Table:
    groups = []
    for title, prefix in spec.groups:
        chosen = [
            (index, model)
            for index, model in enumerate(data.models)
            if any(values(model, spec.probe, prefix + head.measure) for head in spec.heads)
        ]
        if not chosen:
            continue
        columns = [
            column
            for head in spec.heads
            for column in _columns([model for _, model in chosen], spec, head, prefix)
        ]
        rows = [
            Row(index, model.title, _note(model, spec.probe), [column[k] for column in columns])
            for k, (index, model) in enumerate(chosen)
        ]
        groups.append((title, rows))
    shown = {row.index for _, rows in groups for row in rows}
    reasons: dict[str, list[str]] = {}
    for index, model in enumerate(data.models):
        if index not in shown:
            reasons.setdefault(_reason(model, spec.probe), []).append(model.title)
    return Table(spec, groups, list(reasons.items()))


def _note(model: Model, probe: str) -> str:
    notes = (run.latent.get("probes", {}).get(probe, {}).get("note", "") for run in model.runs)
    return "; ".join(dict.fromkeys(filter(None, notes)))


def _reason(model: Model, probe: str) -> str:
    """Why a model has no row."""
    rows = [row["note"] for run in model.runs for row in measured(run, probe)]
    notes = [*rows, *(run.latent.get("note", "") for run in model.runs)]
    return "; ".join(dict.fromkeys(filter(None, notes))) or _note(model, probe) or "not probed"


def _columns(models: Sequence[Model], spec: Spec, head: Head, prefix: str) -> list[list[Cell]]:
    """The cells of a measure and of each of its baselines, a column each."""
    measure = prefix + head.measure
    own = [values(model, spec.probe, measure) for model in models]
    columns = [_cells(own, spec.medians)]
    for name, _ in head.against:
        other = [values(model, spec.probe, measure, name) for model in models]
        signs = told(own, other, head.better)
        cells = _cells(other, spec.medians)
        columns.append([c._replace(sign=s) for c, s in zip(cells, signs, strict=True)])
    return columns


def told(own: Sequence[Values], other: Sequence[Values], better: str) -> list[int | None]:
    """Whether each model's value is better (1) or worse (-1) than its baseline, or not told from it
    (0): paired t-tests over seeds, Holm-corrected over the models; None with fewer than two seeds.
    """
    signs: list[int | None] = [None] * len(own)
    gains, tested = {}, {}
    for k, (a, b) in enumerate(zip(own, other, strict=True)):
        seeds = sorted(a.keys() & b.keys())
        if len(seeds) >= 2:
            first, second = [a[s] for s in seeds], [b[s] for s in seeds]
            gains[k] = (sum(first) - sum(second)) * (1 if better == "higher" else -1)
            tested[k] = paired_p(first, second)
    for k, p_value in zip(tested, holm([*tested.values()]), strict=True):
        signs[k] = (1 if gains[k] > 0 else -1) if p_value < ALPHA else 0
    return signs


def _cells(column: Sequence[Values], medians: bool) -> list[Cell]:
    middles = [_middle(v, medians) for v in column]
    digits = Digits([m.mean for m in middles if m])
    return [_cell(v, m, digits, medians) for v, m in zip(column, middles, strict=True)]


def _middle(found: Values, medians: bool) -> Estimate | None:
    if not medians or not found:
        return estimate([*found.values()])
    ordered = sorted(found.values())
    half = len(ordered) // 2
    return Estimate((ordered[half] + ordered[~half]) / 2, None, len(ordered))


def _cell(found: Values, middle: Estimate | None, digits: Digits, medians: bool) -> Cell:
    if middle is None:
        return Cell("–", "", "")
    places = digits.places(middle.mean)
    seeds = [fixed(found[seed], places) for seed in sorted(found)]
    beside = ", ".join(seeds) if medians and len(seeds) > 1 else half_width(middle, places)
    tip = "; ".join(f"seed {seed}: {short(found[seed])}" for seed in sorted(found))
    return Cell(fixed(middle.mean, places), beside, tip)


def line(data: Data) -> str:
    """How much was asked of every model, in one line."""
    cards = (run.latent["settings"] for m in data.models for run in m.runs if run.latent)
    found = next(cards, None)
    if found is None:
        return ""
    return (
        f"{min(found['n'], data.sizes.get('test', found['n']))} images a judgement · "
        f"{found['pairs']} paths of {found['steps']} steps · {found['samples']} samples, half of "
        f"them for mean codes · {found['moves']} moves"
    )
