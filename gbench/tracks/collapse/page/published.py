"""Our numbers next to those of the literature, and to what a perfect sampler would score."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gbench.core.entry import implementation, trick, tricks
from gbench.report.kit.cells import DASH, plain
from gbench.report.kit.section import Drawing, Part, Section
from gbench.report.kit.tidy import Frame, columns, frame
from gbench.report.kit.tidy import rows as rows_of
from gbench.report.kit.view import Cell, Grid, Group, Head, Prose, Row, View
from gbench.report.numbers import fixed, interval
from gbench.report.records import Data, Model
from gbench.report.sections.subjects import data_of
from gbench.stats import estimate
from gbench.tracks.collapse.measure import published
from gbench.tracks.collapse.measure.published import Published, Value
from gbench.tracks.collapse.page.matrices import Matrices
from gbench.tracks.collapse.page.plain import budget

METRICS = {  # those of modes, high quality and KL here, by kind of data
    "points": ("modes", "high_quality", "mode_kl"),
    "images": ("class_modes", "", "class_mode_kl"),
}
MEASURES = {"modes": 1, "high_quality": 3, "kl": 2}  # of `Published` and `Floor`, with decimals
ALIKE = {"stacked_digits": "stacked_mnist"}  # where the papers have another data set of the kind
HEAD = f"data model where {' '.join(MEASURES)} source"


def compared(results: Matrices) -> Frame:
    """The perfect sampler first, then each of our models with its counterparts; cells as text."""
    rows = (row for data in results.data for row in _rows(data, results.params))
    return frame(f"{HEAD} name", rows)


def _rows(data: Data, params: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    """Nothing where no model has a value or no paper a number."""
    found: list[Sequence[str]] = []
    for model in data.models:
        theirs = counterparts(params, model.name, data.name)
        ours = _ours(data, model)
        if theirs and any(ours):
            found.append((data.name, model.title, "here", *ours, "here", model.name))
            found += [(data.name, *_theirs(row), "") for row in theirs]
    n = data.protocol.get("n_generated", 0)
    if found and n and data.modes:
        yield data.name, "Perfect sampler", "here", *_perfect(data, n), "exact expectation", ""
        yield from found


def counterparts(params: Mapping[str, Any], name: str, data: str) -> list[Published]:
    """The published systems that are made as one of our entries is."""
    applied = [trick(listed) for listed in tricks(params["models"][name], data)]
    packed = next((given.get("samples", 2) for kind, given in applied if kind == "packing"), 1)
    file = implementation(params["models"][name], name)
    return published.beside(ALIKE.get(data, data), file, [kind for kind, _ in applied], packed)


def _ours(data: Data, model: Model) -> list[str]:
    values = [
        estimate([*model.values(metric).values()]) if metric else None
        for metric in METRICS[data.kind]
    ]
    return [interval(value, 0) if value else "" for value in values]


def _theirs(row: Published) -> Sequence[str]:
    cells = [_printed(getattr(row, measure), places) for measure, places in MEASURES.items()]
    trials = f", {row.trials} trials" if row.trials else ""
    return row.system, "published", *cells, row.source + trials


def _printed(value: Value | None, places: int) -> str:
    """ "6.3 ± 0.5 (s.e.)"."""
    if value is None:
        return ""
    mean = fixed(value.mean, places)
    return mean if value.error is None else f"{mean} ± {fixed(value.error, places)} (s.e.)"


def _perfect(data: Data, n: int) -> list[str]:
    points = data.kind == "points"
    floor = published.floor(data.modes, n, **({} if points else {"high_quality": 1.0}))
    cells = {m: fixed(getattr(floor, m), max(places, 3)) for m, places in MEASURES.items()}
    return [*(cells if points else cells | {"high_quality": ""}).values()]


def _table(part: Part) -> Iterator[View]:
    data = data_of(part.results, part.key)
    heads = [
        Head(f"Modes of {data.modes}", "How many modes are reached.", "higher", key="modes"),
        Head("High quality", "Share of samples within three sigma of a mode.", "higher"),
        Head("KL (nats)", "Of the shares of the modes from those of the data.", "lower"),
        Head("Source", "Trained here, or who printed it.", kind="text"),
    ]
    rows = [_row(part, row) for row in rows_of(part.frame)]
    yield Prose(budget(data), "line")
    yield Grid(
        f"{part.anchor}-table", f"Published numbers on {part.key}", heads, [Group("", rows)],
        first="System",
    )  # fmt: skip
    if part.key in ALIKE:
        yield Prose(
            f"The papers have {ALIKE[part.key].replace('_', ' ')}: three 28×28 digits of MNIST "
            "where these are of 8×8. The number of modes is the same; the difficulty is not.",
            "small",
        )


def _row(part: Part, row: Mapping[str, str]) -> Row:
    cells = [*(Cell(row[m] or DASH) for m in MEASURES), plain(row["source"])]
    if subject := part.by_name.get(row["name"]):
        return Row(row["model"], cells, subject.name, subject.index)
    theirs = row["where"] == "published"
    return Row(f"{'published: ' if theirs else ''}{row['model']}", cells)


PUBLISHED = Section(
    id="published",
    title="Compared with the literature",
    nav="Literature",
    lede="Ring and grid are PacGAN's: the same radius, sigma, 2,500 samples, three sigma, and "
    "networks of the same layers. The budget is not the same, and with it the networks, which are "
    "narrower here, and the step size, which is larger and falls. The paper trains for 400,000 "
    "rounds of 100. Ours: mean and 95 % t-interval over seeds. Theirs as printed.",
    blind="whether a difference is due to the method: papers disagree on the plain GAN by a factor "
    "of six on the ring, so the baseline is set by whoever tunes it.",
    frame=compared,
    written=columns(HEAD),
    empty="no model that a paper has a number for was evaluated",
    show=(Drawing(_table),),
)
