"""Our numbers beside those of the literature, and beside what a perfect sampler would score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gbench.core.entry import implementation, trick
from gbench.core.entry import tricks as tricks_of
from gbench.report.numbers import fixed, interval
from gbench.report.records import Data, Model
from gbench.stats import estimate
from gbench.tracks.collapse.measure import published
from gbench.tracks.collapse.measure.published import Floor, Published, Value

MEASURES = ("modes", "high_quality", "kl")  # as `Published` and `Floor` name them
METRICS = {  # the metrics that measure them here, by kind of data
    "points": ("modes", "high_quality", "mode_kl"),
    "images": ("class_modes", "", "class_mode_kl"),
}
ALIKE = {"stacked_digits": "stacked_mnist"}  # where the papers have another data set of the kind
PLACES = {"modes": 1, "high_quality": 3, "kl": 2}


@dataclass(frozen=True)
class Row:
    """One of our models, or one published system.

    Attributes:
        ours: whether it was trained here.
        index: of our model's colour and mark; None for what was published.
        cells: modes, high quality and KL as text; empty where there is none.
        source: where the numbers are from.
    """

    title: str
    ours: bool
    index: int | None
    cells: Sequence[str]
    source: str


@dataclass(frozen=True)
class Section:
    """
    Attributes:
        modes: how many there are.
        theirs: the papers' data set, where it is another; empty if it is the same.
        rows: the perfect sampler first, then each of our models with its counterparts below.
    """

    data: Data
    modes: int
    theirs: str
    rows: Sequence[Row]


def section(data: Data, params: Mapping[str, Any]) -> Section | None:
    """None where no model has a value or no paper a number.

    Args:
        params: all of the track's params.yaml, whose entries say what a model is made of.
    """
    theirs = ALIKE.get(data.name, data.name)
    modes = data.modes
    rows: list[Row] = []
    for index, model in enumerate(data.models):
        found = counterparts(params, model.name, data.name, theirs)
        ours = cells(data, model)
        if found and any(ours):
            rows.append(Row(model.title, True, index, ours, "here"))
            rows += [_published(row) for row in found]
    n = data.protocol.get("n_generated", 0)
    if not rows or not n or not modes:
        return None
    quality = {} if data.kind == "points" else {"high_quality": 1.0}
    perfect = _perfect(published.floor(modes, n, **quality), data.kind)
    return Section(data, modes, "" if theirs == data.name else theirs, [perfect, *rows])


def counterparts(params: Mapping[str, Any], name: str, data: str, theirs: str) -> list[Published]:
    """The published systems that are made as one of our entries is."""
    tricks = [trick(listed) for listed in tricks_of(params["models"][name], data)]
    packed = next((given.get("samples", 2) for kind, given in tricks if kind == "packing"), 1)
    file = implementation(params["models"][name], name)
    return published.beside(theirs, file, [kind for kind, _ in tricks], packed)


def cells(data: Data, model: Model) -> list[str]:
    found = []
    for metric in METRICS[data.kind]:
        value = estimate([*model.values(metric).values()]) if metric else None
        found.append(interval(value, 0) if value else "")
    return found


def _published(row: Published) -> Row:
    values: list[Value | None] = [getattr(row, measure) for measure in MEASURES]
    told = [_told(value, PLACES[m]) for m, value in zip(MEASURES, values, strict=True)]
    trials = f", {row.trials} trials" if row.trials else ""
    return Row(row.system, False, None, told, row.source + trials)


def _told(value: Value | None, places: int) -> str:
    """ "6.3 ± 0.5 (s.e.)"."""
    if value is None:
        return ""
    mean = fixed(value.mean, places)
    return mean if value.error is None else f"{mean} ± {fixed(value.error, places)} (s.e.)"


def _perfect(floor: Floor, kind: str) -> Row:
    values = [getattr(floor, measure) for measure in MEASURES]
    told = [fixed(v, max(PLACES[m], 3)) for m, v in zip(MEASURES, values, strict=True)]
    if kind != "points":
        told[1] = ""
    return Row("Perfect sampler", True, None, told, "exact expectation")


HEAD = "data model where modes high_quality kl source"


def rows(sections: Iterable[Section]) -> Iterable[Sequence[str]]:
    """The table as tidy data, its cells as text."""
    for one in sections:
        for row in one.rows:
            where = "here" if row.ours else "published"
            yield one.data.name, row.title, where, *row.cells, row.source
